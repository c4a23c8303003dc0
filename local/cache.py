"""The cache: Valkey in memory only, behind a password."""

from pathlib import Path


def configuration(port: int, password: str, folder: Path, bind: str = "127.0.0.1") -> str:
    """Return Valkey's configuration file: the password is in a file, because a command line is visible to all users."""
    return f"""\
bind {bind}
port {port}
requirepass {password}
protected-mode yes
dir "{folder}"
# Nothing is stored on disk: the content may be lost at any time.
save ""
appendonly no
maxmemory 64mb
# The least recently used keys are evicted first. Generations are read with every page, so they stay longest.
maxmemory-policy allkeys-lru
daemonize no
enable-debug-command no
"""


def url(port: int, password: str, host: str = "127.0.0.1") -> str:
    """Return the URL by which the services reach the cache."""
    return f"redis://:{password}@{host}:{port}/0"
