"""No redirect leads to a host that the client chose, whatever path it requests and whichever server answers."""

import re
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import product
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.fake_server import Answer, FakeServer, Request
from tests.support.nginx import running_gateway

EVIL = "evil.example"
KINDS = [
    "/",
    "/p/abc",
    "/assets",
    "/assets/",
    "/assets/app-abc123.js",
    "/app.webmanifest",
    "/.hidden",
    "/healthz",
    "/-/problem",
    "/-/auth",
    "/api",
    "/api/images",
    "/api/images/x",
    "/api/images/x/download",
    "/api/uploads",
    "/api/uploads/x/complete",
    "/api/downloads",
    "/api/s/link",
    "/api/nope",
    "/api/upload/openapi.json",
    "/s3",
    "/s3/multipart",
    "/oauth2",
    "/oauth2/start",
]
"""One path for each kind of location."""
FORMS = [
    "/{0}{evil}/..{path}",
    "/{0}{evil}/%2e%2e{path}",
    "/{0}{evil}{path}",
    "/.{0}/{evil}/..{path}",
    "/x/..{0}/{evil}/..{path}",
    "{path}/{0}{evil}",
    "{path}{0}{evil}/",
    "{path}?next={0}/{evil}/",
    "http://localhost/{0}{evil}/..{path}",
]
SLASHES = ["/", "//", "\\", "%2f", "%2F", "%5c", "\\/", "%09/", "%0a/", "%0d%0aLocation:%20//"]
PATHS = [form.format(slash, evil=EVIL, path=path) for form, slash, path in product(FORMS, SLASHES, KINDS)]
PATHS += [f"{path}{end}" for path, end in product(KINDS, ["%0a", "%0d%0a", "%0d", "%0aLocation:%20//evil.example"])]


def as_browsers_read(location: str) -> str:
    """Return a Location as browsers read it by the URL standard."""
    return re.sub(r"[\t\r\n]", "", location.strip()).replace("\\", "/")


def naive(request: Request) -> Answer:
    """Redirect to the requested address with a slash appended, like many frameworks."""
    path, _, query = request.target.partition("?")
    return Answer(308, {"Location": f"{path}/?{query}"})


@pytest.fixture
def sign_in() -> Iterator[str]:
    """An equally naive sign-in service; only the session "good" is signed in. Yields its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            question = self.path == "/auth"
            self.send_response((202 if self.headers.get("Cookie") == "s=good" else 401) if question else 308)
            if not question:
                self.send_header("Location", self.path.partition("?")[0] + "/")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keep the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def raw(port: int, number: int, request: str) -> str:
    """Send a request; return the head of the answer. Each 500 requests come from a new address, below its limit."""
    source = (f"127.0.0.{2 + number // 500}", 0)
    with socket.create_connection(("127.0.0.1", port), 10, source) as connection:
        connection.sendall(request.encode())
        parts = iter(lambda: connection.recv(65536), b"")
        return b"".join(parts).partition(b"\r\n\r\n")[0].decode("latin-1")


@pytest.mark.parametrize("guard", ["open", "signed in", "signed out"])
def test_no_location_leads_to_a_host_of_the_client_s_choice(
    folder: Path, fakes: dict[str, FakeServer], sign_in: str, guard: str
) -> None:
    """However naive the servers behind the gateway are."""
    for fake in fakes.values():
        fake.answer = naive
    auth = {"AUTH_URL": f"{sign_in}/auth", "AUTH_SIGN_IN": "/oauth2/start?rd="} if guard != "open" else {}
    cookie = "Cookie: s=good\r\n" if guard == "signed in" else ""
    elsewhere, locations = [], 0
    with running_gateway(folder, {name: [fake.path] for name, fake in fakes.items()}, **auth) as running:
        for number, path in enumerate(PATHS):
            request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{cookie}Connection: close\r\n\r\n"
            head = raw(running.port, number, request)
            assert re.match(r"HTTP/1.1 (200|30[128]|40[0145]) ", head), (path, head)
            # a header line ends with CR LF; any other line break is part of its value
            for location in re.findall(r"(?is)\r\nlocation:(.*?)(?=\r\n|\Z)", head):
                locations += 1
                if urlsplit(as_browsers_read(location)).netloc or "\n" in location:
                    elsewhere.append((path, location))
    assert elsewhere == []
    assert locations > 50, "hardly anything was redirected"
