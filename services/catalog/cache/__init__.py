"""Caches list pages in Redis and in this process, and builds each page once for all concurrent requests."""
