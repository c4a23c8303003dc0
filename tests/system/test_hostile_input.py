"""Whatever a client sends to the three services, with or without the gateway, no answer is a 5xx."""

import http.client
import json
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.domain.keys import make_id
from tests.support.gallery import Gallery
from tests.support.services import Services, running_services
from tests.support.store import Store

NOBODY = make_id(1_700_000_000_000, 0, 5)
PATHS = [
    ("POST", "/api/uploads"),
    ("POST", "/api/uploads/{}/sign"),
    ("POST", "/api/uploads/{}/parts"),
    ("GET", "/api/uploads/{}/parts"),
    ("POST", "/api/uploads/{}/complete"),
    ("DELETE", "/api/uploads/{}"),
    ("DELETE", "/api/images/{}"),
    ("POST", "/api/images/{}/restore"),
    ("GET", "/api/images"),
    ("GET", "/api/images/{}"),
    ("GET", "/api/timeline"),
    ("GET", "/api/images/{}/download"),
    ("GET", "/api/images/{}/original"),
    ("GET", "/api/images/{}/thumbnail"),
    ("POST", "/api/downloads"),
    ("POST", "/api/images/{}/links"),
    ("GET", "/api/s/{}"),
    ("GET", "/api/config"),
    ("POST", "/s3/multipart"),
    ("GET", "/s3/multipart/{}"),
    ("GET", "/s3/multipart/{}/1"),
    ("GET", "/s3/multipart/x/{}"),
    ("POST", "/s3/multipart/{}/complete"),
    ("DELETE", "/s3/multipart/{}"),
]
HEADERS = [
    "Authorization",
    "Origin",
    "Accept",
    "Content-Type",
    "If-None-Match",
    "If-Modified-Since",
    "Cache-Control",
    "Range",
    "X-Request-ID",
    "X-Upload-Key",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "Cookie",
    "Accept-Language",
    "X-HTTP-Method-Override",
]
SPECIAL = [
    "Bearer v1.k1..",
    "Bearer v1.k1.e30.x",
    'W/"x", *',
    "*/*;q=zzz",
    "application/json;q=1e999",
    "text/html;q=0.1, application/json;q=0.1;q=0.2",
    "bytes=0-18446744073709551616",
    "Thu, 99 Foo 0000 99:99:99 GMT",
    "null",
    "application/json; charset=utf-99",
    "application/json; charset*=''%",
    "=;=;;",
    "\xff\xfe",
]
# What can be sent as a header line at all: bytes that a service sees as Latin-1.
VALUES = st.sampled_from(SPECIAL) | st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=60)
SEGMENTS = (
    st.just(NOBODY)
    | st.sampled_from(
        ["%00", "%ff", "%c0%af", "..%2f..", "%252e", "a" * 3000, "%F0%9F%98%80", "{}", "%0d%0aX:%20y", "~"]
    )
    | st.text(max_size=30).map(lambda text: quote(text.encode("utf-8", "surrogatepass"), safe=""))
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
MEMBERS = st.sampled_from(
    [
        "files",
        "filename",
        "content_type",
        "size",
        "sha256",
        "thumbnail",
        "variant",
        "refs",
        "ids",
        "expires_in",
        "parts",
    ]
)
BODIES = (
    st.binary(max_size=80)
    | st.dictionaries(MEMBERS, JSON, max_size=4).map(lambda value: json.dumps(value).encode("utf-8", "surrogatepass"))
    | st.sampled_from([b"[" * 5000, b"\xef\xbb\xbf{}", b'{"a":1e999}', b'{"size":' + b"9" * 5000 + b"}", b"\xff"])
)


@pytest.fixture(scope="module")
def plain(store: Store) -> Iterator[Services]:
    """The three services with the real store, without a cache."""
    return running_services(store, None)


@settings(max_examples=250, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from(PATHS),
    SEGMENTS,
    st.dictionaries(st.sampled_from(HEADERS), VALUES, max_size=4),
    st.none() | BODIES,
    st.text(st.characters(max_codepoint=255), max_size=20),
)
def test_no_path_header_query_or_body_makes_a_service_fail(
    plain: Services, call: tuple[str, str], segment: str, headers: dict[str, str], body: bytes | None, query: str
) -> None:
    method, path = call
    path = path.format(segment) + (f"?{quote(query.encode('latin-1'), safe='=&')}" if query else "")
    for client in (plain.upload, plain.catalog, plain.download):
        answer = client.open(path, method=method, headers={"Content-Type": "application/json", **headers}, data=body)
        assert answer.status_code < 500, (method, path, headers, body, answer.json)
        if answer.status_code >= 400:
            assert answer.content_type == "application/problem+json"
            assert set(answer.json) >= {"type", "title", "status", "detail", "request_id"}


@pytest.mark.parametrize(
    "segment", ["%00", "%ff%fe", "%c0%ae%c0%ae", "%ed%a0%80", "..%2f..%2f", "%0d%0aX-Evil:%20y", "a" * 3000]
)
@pytest.mark.parametrize(
    ("method", "path"), [call for call in PATHS if call[1].startswith("/api/") and "{}" in call[1]], ids=str
)
def test_a_segment_that_is_no_id_is_a_4xx_at_the_gateway_too(
    gallery: Gallery, method: str, path: str, segment: str
) -> None:
    """Bad UTF-8, NUL, line breaks and `..`, from the wire to the real services."""
    status, headers, body = ask(gallery, method, path.replace("{}", segment), b"{}" if method == "POST" else b"")
    if (method, segment) == ("GET", "..%2f..%2f"):  # the gateway resolves that path itself, and it leads to the page
        assert (status, headers["Content-Type"]) == (200, "text/html") or status == 404
        return
    assert 400 <= status < 500, body
    assert headers["Content-Type"] == "application/problem+json"
    assert "X-Evil" not in headers


@pytest.mark.parametrize("value", ["%00", "%ff", "%ed%a0%80", "a" * 3000, "", "%0d%0aX-Evil:%20y"])
@pytest.mark.parametrize("name", ["cursor", "limit", "before", "after", "sort", "%ff"])
def test_a_parameter_that_cannot_be_used_is_a_400_at_the_gateway_too(gallery: Gallery, name: str, value: str) -> None:
    status, headers, body = ask(gallery, "GET", f"/api/images?{name}={value}", b"")
    assert (status, headers["Content-Type"]) == (400, "application/problem+json"), body


@pytest.mark.parametrize(
    "body", [b"\xff\xfe", b'{"files": ["\xff"]}', b"\x00", b"{" * 100_000, b'{"variant": "\\ud800"}', b"null"]
)
@pytest.mark.parametrize("path", ["/api/uploads", "/api/downloads", f"/api/images/{NOBODY}/links"])
def test_a_body_that_is_no_json_is_a_400_at_the_gateway_too(gallery: Gallery, path: str, body: bytes) -> None:
    status, headers, answer = ask(gallery, "POST", path, body)
    assert (status, headers["Content-Type"]) == (400, "application/problem+json"), answer


def ask(gallery: Gallery, method: str, target: str, body: bytes) -> tuple[int, http.client.HTTPMessage, bytes]:
    """Send one request with exactly this target."""
    connection = http.client.HTTPConnection("localhost", gallery.port, timeout=30)
    try:
        connection.request(method, target, body, {"Content-Type": "application/json"} if body else {})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()
