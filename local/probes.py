"""Probes that ask a part over its own socket whether it answers."""

import http.client
import socket
from pathlib import Path


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=5)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def status_on_socket(path: Path, target: str) -> int | None:
    """Return the status of a GET to the server on a unix socket, or None if it does not answer."""
    return _status(_UnixConnection(path), target)


def status_on_port(port: int, target: str) -> int | None:
    """Return the status of a GET to the server on a local port, or None if it does not answer."""
    return _status(http.client.HTTPConnection("127.0.0.1", port, timeout=5), target)


def _status(connection: http.client.HTTPConnection, target: str) -> int | None:
    try:
        connection.request("GET", target)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def redis_answers(port: int) -> bool:
    """Return whether the cache answers on a port. Without a password it answers that it needs one, which is enough."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith((b"-NOAUTH", b"+PONG"))
    except OSError:
        return False
