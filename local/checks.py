"""What can be known to go wrong before anything is started, each said in one sentence."""

import errno
import os
import platform
import socket
from pathlib import Path

from local.errors import CannotRunError
from local.settings import Settings

# sun_path has 108 bytes with its closing zero (unix(7)).
_SOCKET_PATH_BYTES = 107
# The supervisor appends its process id to its socket's name while it makes it; Linux has ids up to 4,194,304.
_LONGEST_SOCKET = "supervisor.sock.4194304"
# Below this the store's volumes can fill up and refuse writes.
_LITTLE_SPACE = 1 << 30


def platform_fits(system: str = platform.system(), machine: str = platform.machine()) -> None:
    """Raise CannotRunError unless the wheels' programs run here."""
    if (system, machine) != ("Linux", "x86_64"):
        raise CannotRunError(
            f"make up is for Linux x86_64 and this is {system} {machine}; elsewhere use docker compose."
        )


def folder_fits(settings: Settings) -> None:
    """Make the data folder, private to its owner. Raises CannotRunError when that cannot be."""
    longest = len(os.fsencode(settings.run / _LONGEST_SOCKET))
    if longest > _SOCKET_PATH_BYTES:
        raise CannotRunError(
            f"DATA_DIR={settings.data} is {longest - _SOCKET_PATH_BYTES} bytes too long for unix sockets in it;"
            " choose a shorter path."
        )
    try:
        settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        settings.data.chmod(0o700)
        probe = settings.data / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise CannotRunError(f"DATA_DIR={settings.data} cannot be used: {error.strerror}.") from None


def little_space(data: Path) -> bool:
    """Whether so little is free that the store may soon refuse uploads."""
    return free_bytes(data) < _LITTLE_SPACE


def free_bytes(folder: Path) -> int:
    """How much can still be written there."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


def ports_are_free(settings: Settings) -> None:
    """Raise CannotRunError naming the first port that cannot be had, and its variable."""
    for variable, port, address in (
        ("PORT", settings.port, settings.listen_address),
        ("S3_PORT", settings.s3_port, settings.listen_address),
        ("REDIS_PORT", settings.redis_port, "127.0.0.1"),
    ):
        fault = _bind_fault(port, address)
        if fault == errno.EADDRINUSE:
            raise CannotRunError(f"Port {port} is in use; end what listens there or choose another {variable}.")
        if fault is not None:
            raise CannotRunError(f"Port {port} cannot be used ({os.strerror(fault)}); choose another {variable}.")


def _bind_fault(port: int, address: str) -> int | None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do: a port whose last connections are still in TIME_WAIT counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            return error.errno
    return None
