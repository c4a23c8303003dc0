"""The gateway answers only for its own host names, and only its own pages may change anything."""

import pytest

from tests.support.fake_server import FakeServer
from tests.support.nginx import Gateway


@pytest.mark.parametrize("host", ["localhost", "localhost:8080", "127.0.0.1", "127.0.0.1:1", "LOCALHOST", "localhost."])
def test_our_names_are_answered_whatever_the_port(gateway: Gateway, host: str) -> None:
    """A published port may differ from the one that nginx listens on."""
    assert gateway.ask("/", host=host).status == 200


@pytest.mark.parametrize("path", ["/", "/api/images", "/api/uploads", "/assets/app-abc123.js"])
@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "[::1]", "xlocalhost", "_"]
)
def test_any_other_name_is_misdirected(gateway: Gateway, fakes: dict[str, FakeServer], host: str, path: str) -> None:
    """A foreign page that points its own name here (DNS rebinding) learns nothing."""
    reply = gateway.ask(path, host=host)
    assert reply.status == 421
    assert reply.headers["Content-Type"] == "application/problem+json"
    assert reply.json()["status"] == 421
    assert not any(fake.seen for fake in fakes.values())


def test_the_name_in_an_absolute_address_counts(gateway: Gateway, fakes: dict[str, FakeServer]) -> None:
    """A foreign name cannot pass beside an allowed one, nor reach a service."""
    foreign = gateway.raw(b"GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert foreign.split()[1] in (b"421", b"400")
    gateway.raw(b"GET http://localhost/api/config HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
    assert [request.headers["Host"] for request in fakes["upload"].seen] in ([], ["localhost"])


def test_probes_are_answered_under_any_name(gateway: Gateway) -> None:
    """An orchestrator connects by address."""
    for host in ("localhost", "10.0.0.7:8080", "[fd00::1]:8080", "gateway"):
        reply = gateway.ask("/healthz", host=host)
        assert (reply.status, reply.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_foreign_page_cannot_change_anything(gateway: Gateway, fakes: dict[str, FakeServer], method: str) -> None:
    """403, and no service gets the request."""
    for origin in (
        "http://evil.example",
        "null",
        "https://localhost",
        "http://localhost",
        f"http://localhost:{gateway.port}.evil.example",
        f"http://localhost:{gateway.port}/",
        f"{gateway.origin}, http://evil.example",
        "x,http://evil.example,|http://evil.example",
        "|",
        ",",
    ):
        reply = gateway.ask("/api/uploads/x", method, {"Origin": origin})
        assert (origin, reply.status) == (origin, 403)
        assert reply.headers["Content-Type"] == "application/problem+json"
    assert not fakes["upload"].seen


def test_two_origin_headers_are_refused(gateway: Gateway, fakes: dict[str, FakeServer]) -> None:
    """Otherwise it would be undefined which of the two counts."""
    ours = gateway.origin.encode()
    answer = gateway.raw(
        b"POST /api/uploads HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n"
        b"Origin: " + ours + b"\r\nOrigin: http://evil.example\r\n\r\n"
    )
    assert answer.startswith(b"HTTP/1.1 403 ")
    assert not fakes["upload"].seen


def test_our_pages_and_programs_may(gateway: Gateway) -> None:
    """Each public origin passes, and so does a program, which sends no Origin."""
    for origin in (gateway.origin, f"http://127.0.0.1:{gateway.port}"):
        assert gateway.ask("/api/uploads", "POST", {"Origin": origin}).status == 200
    assert gateway.ask("/api/uploads", "POST").status == 200


def test_reading_is_not_a_change(gateway: Gateway) -> None:
    """A GET with a foreign Origin is answered; without CORS headers its page cannot read the answer."""
    reply = gateway.ask("/api/images", headers={"Origin": "http://evil.example"})
    assert reply.status == 200
    assert "Access-Control-Allow-Origin" not in reply.headers
