"""The list side: pages of the gallery, newest first, from S3 by way of a cache in Redis."""
