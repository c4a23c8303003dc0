"""Redis: the client, and the generations that say whether a cached list is still valid."""
