"""The list side: serves pages of the gallery, newest first, from S3 through a cache in Redis."""
