"""Handwritten hostile requests get a clean 4xx from the gateway, and reach a service at most once."""

import secrets

import pytest

from tests.support.fake_server import FakeServer
from tests.support.nginx import Gateway

HEAD = b"POST /api/uploads HTTP/1.1\r\nHost: localhost\r\n"
SMUGGLED = b"DELETE /api/images/smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"


def statuses(answer: bytes) -> list[int]:
    return [int(part[:3]) for part in answer.split(b"HTTP/1.1 ")[1:]]


def seen(fakes: dict[str, FakeServer]) -> list[tuple[str, str]]:
    return [(request.method, request.target) for fake in fakes.values() for request in fake.seen]


@pytest.mark.parametrize(
    "body",
    [
        b"zz\r\nabc\r\n0\r\n\r\n",
        b"-1\r\nabc\r\n0\r\n\r\n",
        b"0x3\r\nabc\r\n0\r\n\r\n",
        b"fffffffffffffffff\r\nabc\r\n0\r\n\r\n",
        b"3\r\nabcX0\r\n\r\n",
        b"3\r\nabcd\r\n0\r\n\r\n",
        b" 3\r\nabc\r\n0\r\n\r\n",
        b"\r\n\r\n",
    ],
)
def test_a_chunk_that_is_none_is_refused(gateway: Gateway, fakes: dict[str, FakeServer], body: bytes) -> None:
    """The bytes after it are not treated as another request."""
    answer = gateway.raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + body + SMUGGLED)
    assert statuses(answer) == [400]
    assert seen(fakes) == []


@pytest.mark.parametrize(
    "headers",
    [
        b"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 0\r\n",
        b"Content-Length: 0\r\nContent-Length: 0\r\n",
        b"Content-Length: 0, 0\r\n",
        b"Content-Length: -1\r\n",
        b"Content-Length: 0x0\r\n",
        b"Content-Length: 99999999999999999999\r\n",
        b"Content-Length:\r\n",
        b"Transfer-Encoding: xchunked\r\n",
        b"Transfer-Encoding: chunked, identity\r\n",
        b"Transfer-Encoding: gzip, chunked\r\n",
        b"Transfer-Encoding: \x0bchunked\r\n",
        b"Transfer-Encoding:\r\n chunked\r\n",
        b"Transfer-Encoding\r\n: chunked\r\n",
    ],
)
def test_a_second_request_cannot_hide_behind_an_unclear_length(
    gateway: Gateway, fakes: dict[str, FakeServer], headers: bytes
) -> None:
    """Whatever happens to the first request, nothing in its body becomes another one."""
    answer = gateway.raw(HEAD + headers + b"\r\n" + SMUGGLED)
    assert len(statuses(answer)) == 1
    assert 400 <= statuses(answer)[0] < 600
    assert seen(fakes) == []


def test_names_that_look_like_a_length_are_not_handed_on(gateway: Gateway, fakes: dict[str, FakeServer]) -> None:
    """A service that treats "_" like "-" would see a second length."""
    gateway.raw(HEAD + b"Content_Length: 5\r\nTransfer_Encoding: chunked\r\nContent-Length: 2\r\n\r\n{}")
    (request,) = fakes["upload"].seen
    assert (request.body, request.headers.get_all("Content-Length")) == (b"{}", ["2"])
    assert not {"Content_Length", "Transfer_Encoding", "Transfer-Encoding"} & set(request.headers)


def test_two_honest_requests_on_one_connection_are_two(gateway: Gateway, fakes: dict[str, FakeServer]) -> None:
    """The opposite case: pipelining is not an attack."""
    one = HEAD + b"Content-Length: 2\r\n\r\n{}"
    assert statuses(gateway.raw(one + one)) == [200, 200]
    assert [request.body for request in fakes["upload"].seen] == [b"{}", b"{}"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c", "HTTP2-Settings": "AAMAAABkAAQAAP__"},
        {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Key": "x", "Sec-WebSocket-Version": "13"},
    ],
)
def test_no_connection_to_a_service_is_turned_into_another_protocol(
    gateway: Gateway, fakes: dict[str, FakeServer], headers: dict[str, str]
) -> None:
    """Through such a tunnel, later requests would bypass the gateway."""
    assert gateway.ask("/api/uploads", "POST", headers).status == 200
    (request,) = fakes["upload"].seen
    assert not {"Upgrade"} & set(request.headers)
    assert "upgrade" not in (request.headers["Connection"] or "").lower()


@pytest.mark.parametrize(
    "request_line",
    [
        b"GET /api/images\x00 HTTP/1.1",
        b"GET /api/images/%00 HTTP/1.1",
        b"GET /api/images/a%00b/thumbnail HTTP/1.1",
        b"GET /api/s/%00 HTTP/1.1",
        b"GET\x00 /api/images HTTP/1.1",
        b"GET /api/images HTTP/1.1\x00",
        b"G\xc3\x89T /api/images HTTP/1.1",
        b"get /api/images HTTP/1.1",
        b"GET  HTTP/1.1",
        b"CONNECT localhost:6379 HTTP/1.1",
        b"GET api/images HTTP/1.1",
        b"GET /api/%2e%2e/%2e%2e/%2e%2e/etc/passwd HTTP/1.1",
        b"PRI * HTTP/2.0",
    ],
)
def test_a_request_line_that_is_none_is_refused(
    gateway: Gateway, fakes: dict[str, FakeServer], request_line: bytes
) -> None:
    answer = gateway.raw(request_line + b"\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert statuses(answer)[0] in (400, 404, 405, 505)
    assert seen(fakes) == []


@pytest.mark.parametrize(
    "header",
    [
        b"X-Bad: a\x00b",
        b"X\x00Bad: a",
        b"X Bad: a",
        b": a",
        b"\x01: a",
        b" X-Folded-First: a",
        b"X-Long: " + b"a" * 40_000,
        b"\r\n".join(b"X-Many-%d: %s" % (number, b"a" * 500) for number in range(200)),
        b"Host: evil.example",
        b"Host:",
    ],
)
def test_header_lines_that_are_none_are_refused(gateway: Gateway, fakes: dict[str, FakeServer], header: bytes) -> None:
    answer = gateway.raw(HEAD + header + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    assert statuses(answer)[0] in (400, 431)
    assert seen(fakes) == []


@pytest.mark.parametrize(
    "host",
    [
        b"localhost@evil.example",
        b"evil.example@localhost",
        b"localhost:8080@evil.example",
        b"localhost:80:80",
        b"localhost/evil",
        b"localhost#evil",
        b"localhost?evil",
        b"localhost evil.example",
        b"localhost, evil.example",
        b"localhost\tevil",
        b"localhost:evil",
        b"localhost%00.evil.example",
        b"localhost\x00.evil.example",
        b"127.0.0.1.",
        b"0x7f.1",
        b"2130706433",
        b"127.1",
        b"\xc4\xbaocalhost",
    ],
)
def test_a_host_that_is_not_ours_to_the_letter_reaches_no_service(
    gateway: Gateway, fakes: dict[str, FakeServer], host: bytes
) -> None:
    """Two programs that parse a host differently could be led to different places."""
    answer = gateway.raw(b"GET /api/images HTTP/1.1\r\nHost: " + host + b"\r\nConnection: close\r\n\r\n")
    known_to_be_ours = [request.headers["Host"] for fake in fakes.values() for request in fake.seen]
    if statuses(answer)[0] == 200:  # nginx has read it as one of the allowed names, and forwards nothing else
        assert set(known_to_be_ours) <= {"localhost", "127.0.0.1"}
    else:
        assert statuses(answer)[0] in (400, 421)
        assert known_to_be_ours == []


@pytest.mark.parametrize(
    "target",
    [
        b"http://evil.example/api/images",
        b"http://localhost@evil.example/api/images",
        b"http://evil.example:80@localhost.evil.example/api/images",
        b"//evil.example/api/images",
        b"http:///api/images",
        b"http://[::1]:99999/api/images",
    ],
)
def test_an_absolute_address_of_somebody_else_reaches_no_service(
    gateway: Gateway, fakes: dict[str, FakeServer], target: bytes
) -> None:
    answer = gateway.raw(b"GET " + target + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert statuses(answer)[0] in (400, 404, 421)
    assert seen(fakes) == []


@pytest.mark.parametrize(
    "target", [b"/api/images/%ff%fe", b"/api/images/\xff\xfe", b"/api/s/%c0%ae", b"/api/images?cursor=%ff"]
)
def test_bad_utf_8_passes_as_it_came_and_stays_in_its_field_of_the_log(
    gateway: Gateway, fakes: dict[str, FakeServer], target: bytes
) -> None:
    """The services answer 4xx to it (tests/system/test_hostile_input.py); the log line is valid JSON all the same."""
    mark = secrets.token_hex(8)
    request = b"GET " + target + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Request-ID: "
    assert statuses(gateway.raw(request + mark.encode() + b"\r\n\r\n")) == [200]
    assert gateway.access_line(mark)["status"] == 200
