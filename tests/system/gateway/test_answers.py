"""Every answer has the security headers and a request id, and every refusal by the gateway is a problem document."""

from pathlib import Path

import pytest

from tests.support.fake_server import Answer, FakeServer
from tests.support.nginx import S3_ORIGIN, Gateway, Reply, running_gateway

ALWAYS = (
    "X-Request-ID",
    "Content-Security-Policy",
    "X-Content-Type-Options",
    "Referrer-Policy",
    "Permissions-Policy",
    "Cross-Origin-Opener-Policy",
    "Cross-Origin-Resource-Policy",
)


def assert_problem(reply: Reply, status: int) -> None:
    assert reply.status == status
    assert reply.headers["Content-Type"] == "application/problem+json"
    problem = reply.json()
    assert set(problem) == {"type", "title", "status", "detail", "request_id"}
    assert problem["status"] == status
    assert problem["title"] != "Error"
    assert problem["detail"].endswith(".")
    assert problem["request_id"] == reply.headers["X-Request-ID"]
    assert reply.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("path", "method", "host"),
    [
        ("/", "GET", "localhost"),
        ("/p/x", "GET", "localhost"),
        ("/sw.js", "GET", "localhost"),
        ("/app.webmanifest", "GET", "localhost"),
        ("/assets/app-abc123.js", "GET", "localhost"),
        ("/healthz", "GET", "localhost"),
        ("/nope", "GET", "localhost"),
        ("/", "POST", "localhost"),
        ("/", "GET", "evil.example"),
        ("/api/nope", "GET", "localhost"),
        ("/api/images", "GET", "localhost"),
        ("/api/uploads", "POST", "localhost"),
        ("/api/downloads", "POST", "localhost"),
        ("/api/s/x", "GET", "localhost"),
    ],
)
def test_every_answer_has_each_header_exactly_once(
    gateway: Gateway, fakes: dict[str, FakeServer], path: str, method: str, host: str
) -> None:
    """Pages, files, answers and errors alike; a header that a service sends itself is not doubled."""
    for fake in fakes.values():
        fake.answer = lambda request: Answer(headers=dict.fromkeys(ALWAYS, "the-service's"))
    reply = gateway.ask(path, method, host=host)
    assert {name: len(reply.headers.get_all(name, [])) for name in ALWAYS} == dict.fromkeys(ALWAYS, 1)
    assert "the-service's" not in [reply.headers[name] for name in ALWAYS]
    assert reply.headers["Server"] == "nginx"
    assert "Strict-Transport-Security" not in reply.headers


@pytest.mark.parametrize("path", ["/", "/api/images"])
def test_a_precondition_that_does_not_hold_is_a_problem(
    gateway: Gateway, fakes: dict[str, FakeServer], path: str
) -> None:
    """nginx itself compares If-Match with what it sends."""
    fakes["catalog"].answer = lambda request: Answer(headers={"ETag": '"ours"'})
    assert_problem(gateway.ask(path, headers={"If-Match": '"another"'}), 412)


def test_the_policy_names_storage_and_allows_nothing_inline(gateway: Gateway) -> None:
    """Scripts come only from the gateway; pictures and requests may also go to storage."""
    policy = gateway.ask("/").headers["Content-Security-Policy"]
    rules = {rule.split()[0]: rule.split()[1:] for rule in policy.split(";")}
    assert rules["default-src"] == ["'none'"]
    assert rules["script-src"] == ["'self'"]
    assert rules["frame-ancestors"] == ["'none'"]
    assert rules["require-trusted-types-for"] == ["'script'"]
    assert rules["trusted-types"] == ["default"]  # one policy, the page's, and it cannot be created twice
    assert [name for name, sources in rules.items() if S3_ORIGIN in sources] == ["img-src", "connect-src"]
    assert "unsafe" not in policy


def test_only_a_gallery_that_is_all_https_says_so(folder: Path, fakes: dict[str, FakeServer]) -> None:
    """HSTS and the forwarded scheme follow the public origins; the policy names the origin without its path."""
    other = {
        "PUBLIC_ORIGINS": "https://gallery.example, https://www.gallery.example",
        "S3_PUBLIC_ENDPOINT_URL": "https://s3.example/base/path",
    }
    replicas = {name: [fake.path] for name, fake in fakes.items()}
    with running_gateway(folder, replicas, **other) as gateway:
        reply = gateway.ask("/api/uploads", "POST", {"Origin": "https://www.gallery.example"})
        assert reply.status == 200
        assert reply.headers["Strict-Transport-Security"] == "max-age=31536000"
        assert "connect-src 'self' https://s3.example;" in reply.headers["Content-Security-Policy"]
        assert fakes["upload"].seen[0].headers["X-Forwarded-Proto"] == "https"


def test_what_the_gateway_refuses_is_a_problem_document(gateway: Gateway) -> None:
    """404, 403, 405, 413 and 421, in the same form as the services' own."""
    assert_problem(gateway.ask("/api/nope"), 404)
    assert_problem(gateway.ask("/nope.html"), 404)
    assert_problem(gateway.ask("/api/uploads", "POST", {"Origin": "http://evil.example"}), 403)
    assert_problem(gateway.ask("/", "POST"), 405)
    assert_problem(gateway.ask("/api/uploads", "POST", {"Content-Length": str(2**20 + 1)}), 413)
    assert_problem(gateway.ask("/", host="evil.example"), 421)


@pytest.mark.parametrize(
    ("request_head", "status"),
    [
        (b"RUBBISH\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n", 400),
        (b"GET /%zz HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        (b"GET /../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: " + b"a" * 9000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n", 505),
        (b"TRACE / HTTP/1.1\r\nHost: localhost\r\n\r\n", 405),
    ],
)
def test_what_is_hardly_http_gets_one_too(gateway: Gateway, request_head: bytes, status: int) -> None:
    """Also where nginx gives up before it knows a path."""
    head, _, body = gateway.raw(request_head).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert b"Content-Type: application/problem+json" in head
    assert b"X-Request-ID: " in head
    assert b'"status":%d,' % status in body


@pytest.mark.parametrize(
    "headers",
    [
        b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        b"Content-Length: 4\r\nContent-Length: 5\r\n",
        b"Content-Length: +4\r\n",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: identity, chunked\r\n",
        b"Transfer-Encoding : chunked\r\n",
        b"Content-Length: 4\r\n\tfolded: x\r\n",
    ],
)
def test_a_request_with_two_possible_lengths_is_refused(
    gateway: Gateway, fakes: dict[str, FakeServer], headers: bytes
) -> None:
    """Request smuggling needs two servers that disagree about the end of a request."""
    answer = gateway.raw(b"POST /api/uploads HTTP/1.1\r\nHost: localhost\r\n" + headers + b"\r\n0\r\n\r\n")
    assert answer.split()[1] in (b"400", b"501")
    assert answer.count(b"HTTP/1.1 ") == 1
    assert not fakes["upload"].seen


def test_bodies_up_to_one_mebibyte_arrive_whole(gateway: Gateway, fakes: dict[str, FakeServer]) -> None:
    """The limit is exact, also for chunked bodies."""
    body = b"x" * 2**20
    assert gateway.ask("/api/uploads", "POST", body=body).status == 200
    assert fakes["upload"].seen[0].body == body
    chunk = b"100001\r\n" + body + b"x\r\n0\r\n\r\n"
    head = b"POST /api/uploads HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    assert gateway.raw(head + chunk).startswith(b"HTTP/1.1 413 ")
    assert len(fakes["upload"].seen) == 1


def test_a_service_s_own_problem_passes_untouched(gateway: Gateway, fakes: dict[str, FakeServer]) -> None:
    """The gateway adds its headers and changes nothing else; Retry-After and Allow stay."""
    for status in (400, 401, 403, 404, 405, 409, 410, 413, 422, 429, 500, 502, 503, 504):
        body = b'{"title":"of the service","request_id":"x"}'
        headers = {"Content-Type": "application/problem+json", "Retry-After": "17", "Allow": "POST"}
        answer = Answer(status, headers, body)
        fakes["upload"].answer = lambda request, answer=answer: answer  # type: ignore[misc]
        reply = gateway.ask("/api/uploads", "POST")
        assert (reply.status, reply.body) == (status, body)
        assert reply.headers.get_all("Retry-After") == ["17"]
        assert reply.headers.get_all("Allow") == ["POST"]
    assert len(fakes["upload"].seen) == 14


def test_a_long_location_passes(gateway: Gateway, fakes: dict[str, FakeServer]) -> None:
    """Signed URLs with a session token exceed nginx's default buffer."""
    location = "https://s3.example/k?X-Amz-Security-Token=" + "t" * 12_000
    fakes["download"].answer = lambda request: Answer(302, {"Location": location}, b"")
    assert gateway.ask("/api/images/x/download").headers["Location"] == location


def test_forwarded_headers_are_the_gateway_s_own(gateway: Gateway, fakes: dict[str, FakeServer]) -> None:
    """The gateway forwards no claim of a client about itself, under any name that a service might read."""
    forged = {
        "X-Forwarded-For": "6.6.6.6",
        "X-Forwarded-Proto": "gopher",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Port": "6",
        "X-Forwarded-Prefix": "/evil",
        "X_Forwarded_For": "6.6.6.6",
        "Forwarded": "for=6.6.6.6",
        "X-Real-IP": "6.6.6.6",
        "Connection": "upgrade, x-request-id",
    }
    gateway.ask("/api/uploads", "POST", forged)
    headers = fakes["upload"].seen[0].headers
    assert headers.get_all("X-Forwarded-For") == ["127.0.0.1"]
    assert headers.get_all("X-Forwarded-Proto") == ["http"]
    assert headers.get_all("X-Forwarded-Host") == ["localhost"]
    assert headers["Host"] == "localhost"
    assert not {"X-Forwarded-Port", "X-Forwarded-Prefix", "Forwarded", "X-Real-IP", "X_Forwarded_For"} & set(headers)
    assert not [value for value in headers.values() if "6.6.6.6" in value or "evil" in value]
