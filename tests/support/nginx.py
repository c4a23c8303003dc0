"""The real gateway: nginx with the project's templates, in front of stand-ins for the services."""

import http.client
import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local import gateway, tools
from local.ports import free_ports
from tests.support.ports import first_port
from tests.support.processes import end, start

S3_ORIGIN = "http://127.0.0.1:8333"
INDEX = b"<!doctype html><title>page</title>"


@dataclass(frozen=True)
class Reply:
    """An answer as received. Header names are case-insensitive."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def json(self) -> Any:
        """Return the parsed JSON body."""
        return json.loads(self.body)


LOG_SECONDS = 1.5
"""nginx writes its access log in blocks, at least once a second."""


class Gateway:
    """A running nginx on 127.0.0.1, and functions that send it requests."""

    def __init__(self, folder: Path, port: int) -> None:
        self.port = port
        self.origin = f"http://localhost:{port}"
        self.log_file = folder / "nginx.log"
        self._folder = folder

    def ask(
        self,
        path: str,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        host: str = "localhost",
        seconds: float = 15,
    ) -> Reply:
        """Send one request on a new connection, with exactly these headers besides Host."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            connection.putheader("Host", host)
            for name, value in (headers or {}).items():
                connection.putheader(name, value)
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            return Reply(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def raw(self, request: bytes) -> bytes:
        """Send these bytes; return what nginx sends until it closes the connection or is silent."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
            connection.sendall(request)
            parts = []
            try:
                while part := connection.recv(65536):
                    parts.append(part)
            except TimeoutError:
                pass
            return b"".join(parts)

    def log_text(self) -> str:
        """Return nginx's output so far, access log lines and errors."""
        return self.log_file.read_text("utf-8", "replace")

    def whole_log(self) -> str:
        """Return nginx's output about all requests so far."""
        # Nothing shows that a line will never come, so this waits as long as nginx may hold lines back.
        time.sleep(LOG_SECONDS)
        return self.log_text()

    def access_line(self, request_id: str) -> dict[str, Any]:
        """Wait for the access log line of this request and return it."""
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            for line in self.log_text().splitlines():
                if f'"request_id":"{request_id}"' in line:
                    found: dict[str, Any] = json.loads(line)
                    return found
            time.sleep(0.02)
        raise AssertionError(f"no access log line of {request_id} in {self.log_text()[-2000:]}")


def values(port: int, servers: Mapping[str, str], static: Path, **other: str) -> dict[str, str]:
    """Return a value for every variable of the templates; `servers` has the directives of each service."""
    return {
        "GATEWAY_LISTEN": f"127.0.0.1:{port}",
        "SERVER_NAMES": "localhost 127.0.0.1",
        "PUBLIC_ORIGINS": f"http://localhost:{port},http://127.0.0.1:{port}",
        "S3_PUBLIC_ENDPOINT_URL": S3_ORIGIN,
        "STATIC_ROOT": f'"{static}"',
        "RESOLVER": "",
        "TRUSTED_PROXIES": "",
        "AUTH_URL": "",
        "AUTH_SIGN_IN": "",
        "CACHE_DIR": "microcache",
        **{f"{service.upper()}_SERVERS": lines for service, lines in servers.items()},
        **other,
    }


def directives(paths: Sequence[Path]) -> str:
    """Return the upstream lines for replicas on these unix sockets."""
    return "\n".join(f'server "unix:{path}" max_fails=0;' for path in paths)


def make_page(folder: Path) -> Path:
    """Build a small front end as Vite would lay it out, and return its folder."""
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_bytes(INDEX)
    (folder / "sw.js").write_text("// service worker\n")
    (folder / "app.webmanifest").write_text("{}")
    (folder / ".hidden").write_text("not for anyone")
    (folder / "assets/app-abc123.js").write_text("export const x = 1;\n" * 200)
    return folder


def check(folder: Path) -> subprocess.CompletedProcess[str]:
    """Have nginx check the rendered configuration below `folder` (nginx -t)."""
    command = [*gateway.command(tools.find_program("NGINX", os.environ), folder / "gateway"), "-t"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@contextmanager
def running_gateway(folder: Path, replicas: Mapping[str, Sequence[Path]], **other: str) -> Iterator[Gateway]:
    """Run nginx in `folder` in front of these sockets; `other` overrides variables."""
    port = free_ports(1, first_port(os.getpid() * 53 + 700))[0]
    servers = {service: directives(paths) for service, paths in replicas.items()}
    filled = values(port, servers, make_page(folder / "page"), **other)
    gateway.render(folder, filled)
    running = Gateway(folder, port)
    command = gateway.command(tools.find_program("NGINX", os.environ), folder / "gateway")
    process = start(command, running.log_file, {"PATH": os.defpath})
    try:
        _wait(running, process)
        yield running
    finally:
        end(process)


def _wait(running: Gateway, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 10
    while True:
        try:
            if running.ask("/healthz").status == 200:
                return
        except OSError:
            assert process.poll() is None, running.log_text()[-2000:]
            assert time.monotonic() < deadline, running.log_text()[-2000:] or "the gateway does not answer"
            time.sleep(0.02)
