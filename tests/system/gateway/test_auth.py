"""With AUTH_URL, the gateway lets nobody in without the sign-in service's consent; no answer means no."""

import threading
from collections.abc import Iterator
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.support.fake_server import FakeServer
from tests.support.nginx import INDEX, Gateway, running_gateway

PICTURE = "0" * 26
SIGN_IN = "/oauth2/start?rd="
SIGNED_IN = {"Cookie": "_session=good"}
API = [("GET", "/api/images"), ("POST", "/api/uploads"), ("GET", "/api/s/a.1.b"), ("GET", "/s3/multipart/u?key=k")]
PAGE = ["/", f"/p/{PICTURE}", "/assets/app-abc123.js", "/sw.js"]


class SignIn:
    """A fake oauth2-proxy: its answers depend on the session's cookie."""

    def __init__(self) -> None:
        self.answers = {"good": 202, "stranger": 403}
        self.asked: list[tuple[str, str, Message]] = []
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                service.asked.append((self.command, self.path, self.headers))
                session = self.headers.get("Cookie", "").removeprefix("_session=")
                status = service.answers.get(session, 401) if self.path == "/oauth2/auth" else 200
                self.send_response(status)
                if not self.path.startswith("/oauth2/auth"):
                    self.send_header("Set-Cookie", "_session=good; Path=/; HttpOnly")
                self.send_header("Content-Length", "4")
                self.end_headers()
                self.wfile.write(b"body")

            do_POST = do_GET  # noqa: N815

            def log_message(self, *_: object) -> None:
                """Keep the test's output clean."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Stop; nobody listens on the port."""
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def sign_in() -> Iterator[SignIn]:
    service = SignIn()
    yield service
    service.stop()


@pytest.fixture
def guarded(folder: Path, fakes: dict[str, FakeServer], sign_in: SignIn) -> Iterator[Gateway]:
    """A gateway that asks the sign-in service."""
    with running_gateway(
        folder,
        {name: [fake.path] for name, fake in fakes.items()},
        AUTH_URL=f"{sign_in.url}/oauth2/auth",
        AUTH_SIGN_IN=SIGN_IN,
    ) as running:
        yield running


def test_who_is_signed_in_gets_page_and_api(guarded: Gateway, fakes: dict[str, FakeServer]) -> None:
    for path in PAGE:
        assert guarded.ask(path, headers=SIGNED_IN).status == 200
    for method, path in API:
        assert guarded.ask(path, method, SIGNED_IN).status == 200
    assert sum(len(fake.seen) for fake in fakes.values()) == len(API)


def test_who_is_not_gets_a_problem_from_the_api_and_reaches_no_service(
    guarded: Gateway, fakes: dict[str, FakeServer]
) -> None:
    for method, path in API:
        reply = guarded.ask(path, method, {"Cookie": "_session=forged"})
        assert (path, reply.status) == (path, 401)
        assert reply.headers["Content-Type"] == "application/problem+json"
        assert reply.json()["title"] == "Sign in first"
        assert "Content-Security-Policy" in reply.headers
    assert not any(fake.seen for fake in fakes.values())


@pytest.mark.parametrize(
    ("path", "back"), [("/", "/"), ("/?x=1", "/"), (f"/p/{PICTURE}", f"/p/{PICTURE}"), ("/p/%0d%0aSet-Cookie:a=b", "/")]
)
def test_a_browser_that_opens_the_page_is_sent_to_sign_in_and_comes_back(
    guarded: Gateway, path: str, back: str
) -> None:
    """To the address of the page that it wanted, and never to one that a stranger made up."""
    reply = guarded.ask(path)
    assert reply.status == 302
    assert reply.headers["Location"] == f"{SIGN_IN}{back}"
    assert reply.headers["Cache-Control"] == "no-store"
    assert reply.headers["Set-Cookie"] is None
    assert INDEX not in reply.body


@pytest.mark.parametrize("path", ["/assets/app-abc123.js", "/sw.js", "/favicon.svg"])
def test_parts_of_the_page_are_refused_and_not_redirected(guarded: Gateway, path: str) -> None:
    """A script cannot use a form, and a cached form in place of a file would break the page."""
    reply = guarded.ask(path)
    assert (reply.status, reply.headers["Content-Type"]) == (401, "application/problem+json")
    assert reply.headers["Cache-Control"] == "no-store"


def test_who_may_not_is_told_so(guarded: Gateway) -> None:
    for path in ("/", "/api/images"):
        reply = guarded.ask(path, headers={"Cookie": "_session=stranger"})
        assert (reply.status, reply.headers["Content-Type"]) == (403, "application/problem+json")
        assert "not open to you" in reply.json()["detail"]


@pytest.mark.parametrize("status", [299, 302, 400, 404, 429, 500, 503])
def test_only_2xx_opens(guarded: Gateway, sign_in: SignIn, fakes: dict[str, FakeServer], status: int) -> None:
    """A redirect or an error of the sign-in service is not a yes."""
    sign_in.answers["good"] = status
    reply = guarded.ask("/api/images", headers=SIGNED_IN)
    assert reply.status == (200 if status < 300 else 503)
    if status >= 300:
        assert reply.headers["Content-Type"] == "application/problem+json"
        assert int(reply.headers["Retry-After"]) > 0
        assert not fakes["catalog"].seen


def test_nobody_comes_in_while_the_sign_in_service_is_away(
    guarded: Gateway, sign_in: SignIn, fakes: dict[str, FakeServer]
) -> None:
    """A list that was served a moment ago is refused too; the gateway keeps running."""
    assert guarded.ask("/api/images", headers=SIGNED_IN).status == 200
    fakes["catalog"].seen.clear()
    sign_in.stop()
    for path in (*PAGE, "/api/images", "/api/config"):
        reply = guarded.ask(path, headers=SIGNED_IN)
        assert (path, reply.status) == (path, 503)
        assert reply.headers["Content-Type"] == "application/problem+json"
        assert "Retry-After" in reply.headers
    assert guarded.ask("/healthz").status == 200
    assert not any(fake.seen for fake in fakes.values())
    line = guarded.access_line(reply.headers["X-Request-ID"])
    assert (line["status"], line["auth"]) == (503, "502")


def test_the_question_carries_the_session_and_no_secret_of_ours(guarded: Gateway, sign_in: SignIn) -> None:
    """A token, an upload key or a share link in another service's log would work for anyone who reads it."""
    headers = {
        **SIGNED_IN,
        "Authorization": "Bearer v1.secret",
        "X-Upload-Key": "secret",
        "X-Forwarded-For": "6.6.6.6",
        "X-Forwarded-Uri": "/forged",
        "Content-Type": "application/json",
    }
    assert guarded.ask("/api/uploads", "POST", headers, b'{"files":[]}').status == 200
    guarded.ask("/api/s/link.1.secret", headers=SIGNED_IN)
    for method, path, seen in sign_in.asked:
        assert (method, path) == ("GET", "/oauth2/auth")
        assert "secret" not in str(seen)
        assert seen["Cookie"] == "_session=good"
        assert seen["X-Forwarded-For"] == "127.0.0.1"
        assert seen["X-Forwarded-Uri"] is None
        assert seen["Content-Length"] is None
    assert len(sign_in.asked) == 2


ALLOWED = {"Cookie", "User-Agent", "Accept", "Accept-Language", "Content-Type"}
"""The client's headers that the sign-in service may see."""
OURS = {"Host", "X-Request-ID", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "Content-Length"}
"""The headers that the gateway writes itself."""
FORGED = [
    "X-Forwarded-For",
    "X-Forwarded-Proto",
    "X-Forwarded-Host",
    "X-Forwarded-Uri",
    "X-Forwarded-Port",
    "X-Forwarded-Prefix",
    "X-Forwarded-Method",
    "X-Forwarded-User",
    "X-Forwarded-Email",
    "X-Forwarded-Groups",
    "X-Original-URI",
    "X-Original-URL",
    "X-Original-Method",
    "X-Rewrite-URL",
    "X-Auth-Request-User",
    "X-Auth-Request-Email",
    "X-Auth-Request-Redirect",
    "X-Real-IP",
    "X-Client-IP",
    "X-Client-Address",
    "True-Client-IP",
    "CF-Connecting-IP",
    "Forwarded",
    "Via",
    "X-HTTP-Method-Override",
    "Authorization",
    "Proxy-Authorization",
    "X-Upload-Key",
    "Range",
    "If-Range",
    "If-None-Match",
    "If-Modified-Since",
    "Referer",
    "Origin",
    "Expect",
    "TE",
    "Upgrade",
    "Accept-Encoding",
    "X-Anything",
]


@pytest.mark.parametrize(("path", "asked"), [("/api/images", "/oauth2/auth"), ("/oauth2/start", "/oauth2/start")])
def test_only_listed_headers_of_a_client_reach_the_sign_in_service(
    guarded: Gateway, sign_in: SignIn, path: str, asked: str
) -> None:
    """Such services trust headers that tell who asks, from where and for what; a client must not set them."""
    passed = {"Cookie": "_session=good", "User-Agent": "a", "Accept": "b", "Accept-Language": "c", "Content-Type": "d"}
    assert set(passed) == ALLOWED
    forged = {name: "100-continue" if name == "Expect" else "forged" for name in FORGED}
    assert guarded.ask(path, headers={**passed, **forged}).status == 200
    ((_, target, seen),) = sign_in.asked
    assert target == asked
    assert set(seen) <= ALLOWED | OURS
    assert "forged" not in str(seen)
    assert {name: seen[name] for name in passed} == passed
    assert (seen["X-Forwarded-For"], seen["X-Forwarded-Proto"], seen["X-Forwarded-Host"]) == (
        "127.0.0.1",
        "http",
        "localhost",
    )


def test_services_never_see_the_session(guarded: Gateway, fakes: dict[str, FakeServer]) -> None:
    guarded.ask("/api/images", headers=SIGNED_IN)
    guarded.ask("/api/uploads", "POST", SIGNED_IN)
    assert [request.headers["Cookie"] for fake in fakes.values() for request in fake.seen] == [None, None]


def test_signing_in_is_handed_on_with_query_cookie_and_body(guarded: Gateway, sign_in: SignIn) -> None:
    reply = guarded.ask("/oauth2/callback?code=1&state=a%2Fb")
    assert (reply.status, reply.headers["Set-Cookie"]) == (200, "_session=good; Path=/; HttpOnly")
    assert guarded.ask("/oauth2/sign_out", "POST", body=b"x=1").status == 200
    (_, first, _), (_, second, headers) = sign_in.asked
    assert (first, second, headers["Content-Length"]) == (
        "/oauth2/callback?code=1&state=a%2Fb",
        "/oauth2/sign_out",
        "3",
    )
    assert "code=" not in guarded.whole_log()


def test_other_hosts_and_probes_are_not_asked_about(guarded: Gateway, sign_in: SignIn) -> None:
    assert guarded.ask("/", host="evil.example").status == 421
    assert guarded.ask("/healthz", host="10.0.0.1").status == 200
    assert not sign_in.asked


def test_without_a_sign_in_address_the_page_is_refused(
    folder: Path, fakes: dict[str, FakeServer], sign_in: SignIn
) -> None:
    replicas = {name: [fake.path] for name, fake in fakes.items()}
    with running_gateway(folder, replicas, AUTH_URL=f"{sign_in.url}/oauth2/auth") as running:
        assert running.ask("/").status == 401
        assert running.ask("/", headers=SIGNED_IN).status == 200


def test_a_sign_in_service_whose_name_is_not_known_keeps_nothing_from_starting_and_lets_nobody_in(
    folder: Path, fakes: dict[str, FakeServer]
) -> None:
    replicas = {name: [fake.path] for name, fake in fakes.items()}
    with running_gateway(folder, replicas, AUTH_URL="http://sign-in.example/auth", AUTH_SIGN_IN=SIGN_IN) as running:
        assert running.ask("/").status == 503
        assert running.ask("/api/images").status == 503


def test_without_auth_url_everyone_is_let_in_and_no_sign_in_is_there(gateway: Gateway) -> None:
    assert gateway.ask("/").status == 200
    assert gateway.ask("/oauth2/start").status == 404
