"""A small load generator: one process with several keep-alive connections. It parses only the length of an answer.

It needs a few microseconds per request, so it is much faster than any Python server. When it measures nginx, both sides
of the ratio contain the same cost.
"""

import re
import selectors
import socket
import sys
import time
from dataclasses import dataclass

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CHUNKED_END = b"\r\n0\r\n\r\n"
CONNECTIONS = 8


@dataclass
class Connection:
    """One keep-alive connection, with the bytes received of the current answer."""

    socket: socket.socket
    received: bytearray
    need: int = 0
    """Length of the whole answer in bytes; 0 until its head is complete."""
    chunked: bool = False
    last: bool = False
    """The server closes the connection after this answer, as nginx does after 1,000 requests."""

    def clear(self) -> None:
        """Prepare for the next answer."""
        self.received.clear()
        self.need, self.chunked, self.last = 0, False, False


def count(address: str, request: bytes, seconds: float, connections: int = CONNECTIONS) -> tuple[int, float]:
    """Send this request over and over; return the number of answers and the seconds that they took.

    ``address`` is host:port or the path of a socket. Raises RuntimeError for an answer that is not 2xx,
    because its time would mean nothing.
    """
    selector = selectors.DefaultSelector()
    for _ in range(connections):
        opened = connect(address)
        selector.register(opened, selectors.EVENT_READ, Connection(opened, bytearray()))
        opened.sendall(request)
    done, began = 0, time.perf_counter()
    end = began + seconds
    while time.perf_counter() < end:
        for key, _ in selector.select(1):
            connection: Connection = key.data
            received = connection.socket.recv(262144)
            if not received:
                raise RuntimeError("the server closed the connection")
            connection.received += received
            if complete(connection):
                done += 1
                if connection.last:
                    selector.unregister(connection.socket)
                    connection.socket.close()
                    connection.socket = connect(address)
                    selector.register(connection.socket, selectors.EVENT_READ, connection)
                connection.clear()
                connection.socket.sendall(request)
    elapsed = time.perf_counter() - began
    for key in list(selector.get_map().values()):
        key.data.socket.close()
    selector.close()
    return done, elapsed


def request(path: str, *, method: str = "GET", body: bytes = b"", **headers: str) -> bytes:
    """Return the bytes of a request; underscores in header names become hyphens."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost"]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def answer(address: str, wanted: bytes) -> bytes:
    """Send a request; return the whole answer, head and body."""
    with connect(address) as opened:
        opened.settimeout(10)
        opened.sendall(wanted)
        connection = Connection(opened, bytearray())
        while not complete(connection):
            connection.received += opened.recv(262144)
        return bytes(connection.received)


def connect(address: str) -> socket.socket:
    """Connect to host:port or to the path of a unix socket."""
    if address.startswith("/"):
        opened = socket.socket(socket.AF_UNIX)
        opened.connect(address)
        return opened
    host, _, port = address.rpartition(":")
    return socket.create_connection((host, int(port)))


def complete(connection: Connection) -> bool:
    """Return whether the answer is complete. Raises RuntimeError if it is not a success."""
    if not connection.need:
        end = connection.received.find(b"\r\n\r\n")
        if end < 0:
            return False
        if not connection.received.startswith((b"HTTP/1.1 2", b"HTTP/1.0 2")):
            raise RuntimeError(f"not a success: {bytes(connection.received[:400])!r}")
        length = _LENGTH.search(connection.received, 0, end + 2)
        connection.chunked = length is None
        connection.last = b"\r\nconnection: close\r\n" in connection.received[: end + 2].lower()
        connection.need = end + 4 + (int(length[1]) if length else 0)
    if connection.chunked:
        return connection.received.endswith(_CHUNKED_END)
    return len(connection.received) >= connection.need


if __name__ == "__main__":  # arguments: address, seconds, connections; the request is on stdin
    print(*count(sys.argv[1], sys.stdin.buffer.read(), float(sys.argv[2]), int(sys.argv[3])))
