"""The cache: Valkey in memory only, behind a password."""

from pathlib import Path


def configuration(port: int, password: str, folder: Path, bind: str = "127.0.0.1") -> str:
    """Return Valkey's configuration file: it holds the password, which a command line would show to all."""
    return f"""\
bind {bind}
port {port}
requirepass {password}
protected-mode yes
dir "{folder}"
# Nothing is kept: what is in here can be lost at any time.
save ""
appendonly no
maxmemory 64mb
# The least recently used goes first. The generations are read with every page, so they stay while pages go.
maxmemory-policy allkeys-lru
daemonize no
enable-debug-command no
"""


def url(port: int, password: str, host: str = "127.0.0.1") -> str:
    """Return the address by which the services reach it."""
    return f"redis://:{password}@{host}:{port}/0"
