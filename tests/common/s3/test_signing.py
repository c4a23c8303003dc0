"""Signed URLs are usable as sent, and invalid arguments are refused when signing."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from common.s3.signing import Credentials, Signer

NOW = 1_764_000_000  # 2025-11-24T16:00:00Z
CREDENTIALS = Credentials("AKIDEXAMPLE", "a secret that nobody sees", "a session that nobody sees")


def signer(**changes: Any) -> Signer:
    usual: dict[str, Any] = {
        "credentials": Credentials("AKIDEXAMPLE", "secret"),
        "region": "us-east-1",
        "endpoint_url": "http://127.0.0.1:8333",
        "bucket": "vitrine",
        "addressing_style": "path",
    }
    return Signer(**usual | changes)


def test_the_example_in_the_manual_of_aws() -> None:
    """AWS, "Authenticating Requests: Using Query Parameters": the example of a GET."""
    aws = Signer(
        Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        "us-east-1",
        "https://s3.amazonaws.com",
        "examplebucket",
        "virtual",
    )
    url = aws.presign("GET", "test.txt", now=1_369_353_600, expires=86_400)
    assert url == (
        "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256"
        "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
        "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
        "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
    )


@pytest.mark.parametrize(
    ("endpoint", "style", "start"),
    [
        ("http://127.0.0.1:8333", "path", "http://127.0.0.1:8333/vitrine/a?"),
        ("http://localhost:8333/", "path", "http://localhost:8333/vitrine/a?"),
        ("https://s3.example.org", "virtual", "https://vitrine.s3.example.org/a?"),
        ("http://[::1]:8333", "path", "http://[::1]:8333/vitrine/a?"),
    ],
)
def test_browsers_are_sent_to_the_endpoint_that_was_set(endpoint: str, style: str, start: str) -> None:
    url = signer(endpoint_url=endpoint, addressing_style=style).presign("GET", "a", now=NOW, expires=60)
    assert url.startswith(start)


@pytest.mark.parametrize("expires", [0, -1, 604_801])
def test_a_life_that_storage_refuses_is_not_signed(expires: int) -> None:
    with pytest.raises(ValueError, match="1 to 604800"):
        signer().presign("GET", "a", now=NOW, expires=expires)


@pytest.mark.parametrize("key", ["", "\ud800"])
def test_what_can_be_no_key_is_not_signed(key: str) -> None:
    with pytest.raises(ValueError):
        signer().presign("GET", key, now=NOW, expires=60)


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "elsewhere.example"},
        {"user-agent": "x"},
        {"Transfer-Encoding": "chunked"},
        {"content-type": "a", "Content-Type": "b"},
        {"x-amz-meta-a\nhost": "x"},
        {"x;y": "x"},
        {"": "x"},
    ],
)
def test_headers_that_would_not_arrive_as_signed_are_refused(headers: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="can't be signed"):
        signer().presign("PUT", "a", now=NOW, expires=60, headers=headers)


@pytest.mark.parametrize("name", ["X-Amz-Expires", "x-amz-signature", ""])
def test_a_parameter_cannot_pass_for_one_of_the_signature(name: str) -> None:
    with pytest.raises(ValueError, match="belongs to the signature"):
        signer().presign("GET", "a", now=NOW, expires=60, query={name: "1"})


@pytest.mark.parametrize(
    "changes",
    [
        {"credentials": Credentials("", "secret")},
        {"credentials": Credentials("AKID", "")},
        {"region": ""},
        {"region": "us/east"},
        {"bucket": ""},
        {"bucket": "UPPER"},
        {"bucket": "a/b"},
        {"endpoint_url": ""},
        {"endpoint_url": "s3.example.org"},
        {"endpoint_url": "ftp://s3.example.org"},
        {"endpoint_url": "http://"},
        {"endpoint_url": "http://user@s3.example.org"},
        {"endpoint_url": "http://s3.example.org/path"},
        {"endpoint_url": "http://s3.example.org?x"},
        {"endpoint_url": "http://s3.example.org:port"},
        {"addressing_style": "auto"},
    ],
)
def test_a_place_that_cannot_be_signed_for_stops_the_start(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        signer(**changes)


def test_the_url_is_the_same_all_through_a_second_and_for_every_order_of_headers() -> None:
    """Browsers cache by URL, so equal arguments must give the same URL."""
    headers = {"content-type": "image/jpeg", "if-none-match": "*"}
    one = signer().presign("put", "a", now=NOW, expires=60, headers=headers)
    other = signer().presign("PUT", "a", now=NOW + 0.999, expires=60, headers=dict(reversed(headers.items())))
    assert one == other


def test_a_signer_goes_on_past_midnight_and_through_any_number_of_seconds() -> None:
    lasting = signer()
    for second in (*range(NOW, NOW + 200), NOW + 86_400, NOW):
        url = lasting.presign("GET", "a", now=second, expires=60)
        assert url == signer().presign("GET", "a", now=second, expires=60)


def test_the_session_token_travels_in_the_url() -> None:
    url = signer(credentials=CREDENTIALS).presign("GET", "a", now=NOW, expires=60)
    assert parse_qs(urlsplit(url).query)["X-Amz-Security-Token"] == [CREDENTIALS.session_token]


def test_an_empty_session_token_is_none() -> None:
    empty = signer(credentials=Credentials("AKIDEXAMPLE", "secret", ""))
    assert empty.presign("GET", "a", now=NOW, expires=60) == signer().presign("GET", "a", now=NOW, expires=60)


def test_nothing_that_can_be_printed_shows_a_secret() -> None:
    printed = repr(CREDENTIALS) + str(CREDENTIALS) + repr(signer(credentials=CREDENTIALS))
    assert "nobody sees" not in printed
    assert "AKIDEXAMPLE" in printed
