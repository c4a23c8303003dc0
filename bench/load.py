"""A small load generator: one process, several keep-alive connections, raw bytes, nothing parsed but the length.

Its own cost is a few microseconds a request, so it can outrun any Python server by far; against nginx both sides of a
ratio carry the same cost of it.
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
    """One keep-alive connection and what has come over it of the current answer."""

    socket: socket.socket
    received: bytearray
    need: int = 0
    """Bytes of the whole answer; 0: its head is not complete yet."""
    chunked: bool = False
    last: bool = False
    """The server closes after it: nginx does after 1,000 requests."""

    def clear(self) -> None:
        """Be ready for the next answer."""
        self.received.clear()
        self.need, self.chunked, self.last = 0, False, False


def count(address: str, request: bytes, seconds: float, connections: int = CONNECTIONS) -> tuple[int, float]:
    """How many answers the server at ``address`` (host:port or a socket's path) gives to this request, in what time.

    Raises RuntimeError for an answer that is not 2xx: its time would mean nothing.
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
                raise RuntimeError("the server hung up")
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
    """The bytes of a request; underscores in header names become hyphens."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost"]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def answer(address: str, wanted: bytes) -> bytes:
    """One whole answer to a request, head and body."""
    with connect(address) as opened:
        opened.settimeout(10)
        opened.sendall(wanted)
        connection = Connection(opened, bytearray())
        while not complete(connection):
            connection.received += opened.recv(262144)
        return bytes(connection.received)


def connect(address: str) -> socket.socket:
    """A connection to host:port or to a unix socket's path."""
    if address.startswith("/"):
        opened = socket.socket(socket.AF_UNIX)
        opened.connect(address)
        return opened
    host, _, port = address.rpartition(":")
    return socket.create_connection((host, int(port)))


def complete(connection: Connection) -> bool:
    """Whether a whole answer has come. Raises RuntimeError for one that is no success."""
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


if __name__ == "__main__":  # as a process of its own: address, seconds, connections; stdin has the request
    print(*count(sys.argv[1], sys.stdin.buffer.read(), float(sys.argv[2]), int(sys.argv[3])))
