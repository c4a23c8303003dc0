"""A proxy that simulates a bad network between a browser and the store: it cuts, stalls, slows down or answers itself.

Chromium's --host-resolver-rules make the browser connect here instead of to the store's port. The Host header stays
that of the store, so signatures remain valid.
"""

import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import parse_qs

_CHUNK = 64 * 1024


@dataclass(frozen=True)
class Request:
    """The input of a rule. `nth` counts the tries for one object or part, from 1; `size` is in bytes."""

    method: str
    path: str
    part: str
    size: int
    nth: int


@dataclass(frozen=True)
class Cut:
    """Reset the connection after so many bytes of the body."""

    after: int = 0


@dataclass(frozen=True)
class Stall:
    """Stop reading after so many bytes of the body, and do not answer until the proxy is told to release it."""

    after: int = 0


@dataclass(frozen=True)
class Answer:
    """Answer with this and do not ask the store."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class LoseAnswer:
    """Pass the whole request to the store, but not its answer."""


@dataclass(frozen=True)
class Slow:
    """Pass the body on at so many bytes a second, until the proxy is told to release it."""

    rate: int


Fault = Cut | Stall | Answer | LoseAnswer | Slow | None
Rule = Callable[[Request], Fault]


class FaultyNetwork:
    """Listens on its own port. `rule` decides what happens to each request; a test may replace it at any time."""

    def __init__(self, upstream: int) -> None:
        """Make a proxy for this port of 127.0.0.1."""
        self.upstream = upstream
        self.rule: Rule = lambda _request: None
        self.seen: list[Request] = []
        self.most_puts = 0
        self._puts = 0
        self._nth: Counter[tuple[str, str, str]] = Counter()
        self._lock = threading.Lock()
        self._released = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def reset(self) -> None:
        """Pass everything on again, release stalled requests, and forget past requests."""
        self._released.set()
        with self._lock:
            self._released = threading.Event()
            self.rule = lambda _request: None
            self.seen.clear()
            self._nth.clear()
            self.most_puts = 0  # running requests decrement the counter themselves

    def puts(self, *, previews: bool = False) -> list[Request]:
        """Return the PUTs that arrived: those of previews, or the others."""
        with self._lock:
            return [each for each in self.seen if each.method == "PUT" and each.path.endswith(".t") is previews]

    def close(self) -> None:
        """Stop listening and cut stalled connections."""
        self._released.set()
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.settimeout(120)
            head = _head(connection)
            if head is None:
                return
            lines, rest = head
            request = self._enter(lines)
            try:
                self._act(connection, lines, rest, request)
            finally:
                if request.method == "PUT":
                    with self._lock:
                        self._puts -= 1

    def _enter(self, lines: list[bytes]) -> Request:
        method, target, _ = lines[0].decode("latin-1").split(" ", 2)
        path, _, query = target.partition("?")
        part = "".join(parse_qs(query).get("partNumber", []))
        sizes = [int(line[15:]) for line in lines if line.lower().startswith(b"content-length:")]
        with self._lock:
            self._nth[method, path, part] += 1  # not the whole URL, because every signature differs
            request = Request(method, path, part, sizes[0] if sizes else 0, self._nth[method, path, part])
            self.seen.append(request)
            if method == "PUT":
                self._puts += 1
                self.most_puts = max(self.most_puts, self._puts)
        return request

    def _act(self, connection: socket.socket, lines: list[bytes], rest: bytes, request: Request) -> None:
        fault = self.rule(request)
        released = self._released
        body = _body(connection, rest, request.size)
        match fault:
            case Cut(after):
                _take(body, after)
                _reset(connection)
            case Stall(after):
                _take(body, after)
                released.wait(120)
                _reset(connection)
            case Answer(status, headers):
                _take(body, request.size)
                connection.sendall(_answer(status, headers))
                connection.shutdown(socket.SHUT_WR)
            case _:
                self._pass_on(connection, lines, body, fault)

    def _pass_on(self, connection: socket.socket, lines: list[bytes], body: Iterator[bytes], fault: Fault) -> None:
        released = self._released
        kept = [line for line in lines if not line.lower().startswith(b"connection:")]
        with socket.create_connection(("127.0.0.1", self.upstream), 10) as store:
            store.settimeout(120)
            store.sendall(b"\r\n".join([*kept, b"Connection: close", b"", b""]))
            for chunk in body:
                store.sendall(chunk)
                if isinstance(fault, Slow):
                    released.wait(len(chunk) / fault.rate)
            while chunk := store.recv(_CHUNK):
                if not isinstance(fault, LoseAnswer):
                    connection.sendall(chunk)
        if isinstance(fault, LoseAnswer):
            _reset(connection)


@contextmanager
def faulty_network(upstream: int) -> Iterator[FaultyNetwork]:
    """Run a proxy for this port until the block ends."""
    network = FaultyNetwork(upstream)
    try:
        yield network
    finally:
        network.close()


def _head(connection: socket.socket) -> tuple[list[bytes], bytes] | None:
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = connection.recv(_CHUNK)
        if not chunk:
            return None
        data += chunk
    head, _, rest = data.partition(b"\r\n\r\n")
    return head.split(b"\r\n"), rest


def _body(connection: socket.socket, rest: bytes, size: int) -> Iterator[bytes]:
    left = size
    if rest:
        left -= len(rest)
        yield rest
    while left > 0:
        chunk = connection.recv(min(_CHUNK, left))
        if not chunk:
            raise ConnectionResetError
        left -= len(chunk)
        yield chunk


def _take(body: Iterator[bytes], size: int) -> None:
    taken = 0
    while taken < size:
        chunk = next(body, None)
        if chunk is None:
            return
        taken += len(chunk)


def _reset(connection: socket.socket) -> None:
    # With a linger time of 0 the peer gets a reset, as from a broken network.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _answer(status: int, headers: dict[str, str]) -> bytes:
    fields = {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": "Retry-After",
        "Content-Length": "0",
        "Connection": "close",
        **headers,
    }
    lines = [f"HTTP/1.1 {status} As told", *(f"{name}: {value}" for name, value in fields.items()), "", ""]
    return "\r\n".join(lines).encode()
