"""A stand-in for a service behind the gateway. It answers as a test says and records requests."""

import json
import socket
import socketserver
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Request:
    """A received request. `target` is the path with its query, as received."""

    method: str
    target: str
    headers: Message
    body: bytes


@dataclass(frozen=True)
class Answer:
    """The answer to send."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b"{}"


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 512

    def __init__(self, path: str, handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(path, handler)
        self.connections: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Record the connection, so that it can be cut."""
        self.connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Remove a connection that has ended."""
        self.connections.discard(request)
        super().shutdown_request(request)

    def cut(self) -> None:
        """End all connections, also kept-alive ones, as a process does when it ends."""
        for connection in list(self.connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: object, client_address: object) -> None:
        """Print no traceback when the gateway cuts a connection, as some tests intend."""


class FakeServer:
    """A service on a unix socket. Set `answer` to change its answers."""

    def __init__(self, path: Path, name: str) -> None:
        self.path = path
        self.name = name
        self.seen: list[Request] = []
        self.answer: Callable[[Request], Answer] = self.default
        self._server: _Server | None = None

    def default(self, request: Request) -> Answer:
        """Answer with the service's name and the request."""
        body = {"service": self.name, "method": request.method, "target": request.target}
        return Answer(headers={"Content-Type": "application/json"}, body=json.dumps(body).encode())

    def start(self) -> None:
        """Listen; also works after `stop`."""
        self.path.unlink(missing_ok=True)
        self._server = _Server(str(self.path), self._handler())
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Stop and remove the socket."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server.cut()
            self._server = None
            self.path.unlink(missing_ok=True)

    def reset(self) -> None:
        """Reset: run, with the default answer and no recorded requests."""
        if self._server is None:
            self.start()
        self.answer = self.default
        self.seen.clear()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Head and body in one write: after a kill between two writes, the gateway could not mend the answer.
            wbufsize = -1

            def handle_any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                request = Request(self.command, self.path, self.headers, body)
                fake.seen.append(request)
                answer = fake.answer(request)
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                if answer.status not in (204, 304):
                    self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                if request.method != "HEAD" and answer.status not in (204, 304):
                    self.wfile.write(answer.body)

            do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_OPTIONS = do_PATCH = handle_any  # noqa: N815

            def address_string(self) -> str:
                return "gateway"

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Keep the test's output clean."""

        return Handler


if __name__ == "__main__":  # run as a separate process, for a test that kills it
    FakeServer(Path(sys.argv[1]), sys.argv[2]).start()
    threading.Event().wait()
