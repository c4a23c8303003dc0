"""Checks before anything starts. Each failure is reported in one sentence."""

import errno
import os
import platform
import socket
from pathlib import Path

from local.errors import CannotRunError
from local.settings import Settings

# sun_path has 108 bytes, including the final zero byte (unix(7)).
_SOCKET_PATH_BYTES = 107
# While the supervisor creates its socket, it appends its process id (up to 4,194,304 on Linux) to the name.
_LONGEST_SOCKET = "supervisor.sock.4194304"
# With less free space, the store's volumes may fill up and refuse writes.
_LITTLE_SPACE = 1 << 30


def platform_fits(system: str = platform.system(), machine: str = platform.machine()) -> None:
    """Raise CannotRunError unless the programs in the wheels can run on this machine."""
    if (system, machine) != ("Linux", "x86_64"):
        raise CannotRunError(f"make up needs Linux x86_64, and this is {system} {machine}; use docker compose instead.")


def folder_fits(settings: Settings) -> None:
    """Make the data folder, private to its owner. Raises CannotRunError if that fails."""
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
    """Return whether so little space is free that the store may soon refuse uploads."""
    return free_bytes(data) < _LITTLE_SPACE


def free_bytes(folder: Path) -> int:
    """Return the number of bytes that can still be written there."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


def ports_are_free(settings: Settings) -> None:
    """Raise CannotRunError that names the first unavailable port and its variable."""
    for variable, port, address in (
        ("PORT", settings.port, settings.listen_address),
        ("S3_PORT", settings.s3_port, settings.listen_address),
        ("REDIS_PORT", settings.redis_port, "127.0.0.1"),
    ):
        fault = _bind_fault(port, address)
        if fault == errno.EADDRINUSE:
            raise CannotRunError(
                f"Port {port} is in use; end the program that listens there, or choose another {variable}."
            )
        if fault is not None:
            raise CannotRunError(f"Port {port} cannot be used ({os.strerror(fault)}); choose another {variable}.")


def _bind_fault(port: int, address: str) -> int | None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do: a port counts as free while its last connections are in TIME_WAIT.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            return error.errno
    return None
