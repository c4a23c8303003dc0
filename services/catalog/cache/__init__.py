"""The list cache: pages in Redis and in this process, made once for all who ask."""
