"""`make up` reports at its start how many connections it can hold, and a sign-in service that locks everyone out."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests

from local import gateway
from tests.support.gallery import Gallery, running_gallery


class RefusesAll(BaseHTTPRequestHandler):
    """A sign-in service that refuses everybody."""

    def do_GET(self) -> None:
        self.send_response(401)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture
def refusing() -> Iterator[int]:
    """The port of a running sign-in service."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), RefusesAll)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@pytest.fixture
def silent() -> Iterator[int]:
    """A port that accepts connections and never answers."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield server.getsockname()[1]


@pytest.mark.parametrize(("service", "status", "warned"), [("refusing", 401, False), ("silent", 503, True)])
def test_a_sign_in_service_keeps_nothing_from_starting(
    short_folder: Path, request: pytest.FixtureRequest, service: str, status: int, warned: bool
) -> None:
    """Whether it refuses clients that are not signed in, as it must, or is down."""
    port = request.getfixturevalue(service)
    settings = {"AUTH_URL": f"http://127.0.0.1:{port}/auth", "REPLICAS": "1"}
    with running_gallery(short_folder / service, settings) as gallery:
        assert requests.get(f"{gallery.url}/api/images", timeout=20).status_code == status
        assert ("AUTH_URL" in gallery.output.read_text()) is warned


def test_it_says_how_many_connections_there_is_room_for(gallery: Gallery) -> None:
    """Derived from the limit of open files, which the operator can raise."""
    expected = gateway.connections(gateway.file_limit())
    assert f"room for {expected:,} connections" in gallery.output.read_text()
