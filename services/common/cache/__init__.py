"""Redis as a cache: the client, and the generations that invalidate cached lists."""
