"""The store itself refuses any request that differs from the signed one: no service runs between browser and store."""

from typing import Any

import msgspec
import pytest
import requests

from tests.support.pictures import picture
from tests.support.services import Services, digest, send


@pytest.fixture
def content() -> bytes:
    return picture()


@pytest.fixture
def put(services: Services, content: bytes) -> dict[str, Any]:
    permission: dict[str, Any] = services.grant(content)["put"]
    return permission


def put_with(put: dict[str, Any], content: bytes, **headers: str) -> int:
    sent = {**put["headers"], **{name.replace("_", "-"): value for name, value in headers.items()}}
    return requests.put(put["url"], data=content, headers=sent, timeout=10).status_code


def test_exactly_what_was_signed_is_taken(put: dict[str, Any], content: bytes) -> None:
    assert send(put, content).status_code == 200


@pytest.mark.parametrize("change", [b"x", b"", b"longer by more than one byte"])
def test_another_length_is_refused(put: dict[str, Any], content: bytes, change: bytes) -> None:
    """One byte more, one byte fewer, many more."""
    other = content + change if change else content[:-1]
    assert send(put, other).status_code == 403


def test_another_body_of_the_same_length_is_refused(put: dict[str, Any], content: bytes) -> None:
    other = content[:-1] + bytes([content[-1] ^ 1])
    answer = send(put, other)
    assert (answer.status_code, "BadDigest" in answer.text) == (400, True)


def test_another_body_under_its_own_checksum_is_refused(put: dict[str, Any], content: bytes) -> None:
    other = content[:-1] + bytes([content[-1] ^ 1])
    assert put_with(put, other, x_amz_checksum_sha256=digest(other)) == 403


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("content_type", "text/html"),
        ("if_none_match", '"d41d8cd98f00b204e9800998ecf8427e"'),
        ("x_amz_meta_name", "b3RoZXIuanBn"),
        ("x_amz_acl", "public-read"),
        ("x_amz_meta_fate", "published"),
    ],
)
def test_another_header_is_refused(put: dict[str, Any], content: bytes, header: str, value: str) -> None:
    assert put_with(put, content, **{header: value}) == 403


def test_a_missing_condition_is_refused(put: dict[str, Any], content: bytes) -> None:
    headers = {name: value for name, value in put["headers"].items() if name != "if-none-match"}
    assert requests.put(put["url"], data=content, headers=headers, timeout=10).status_code == 403


def test_a_second_put_is_refused(put: dict[str, Any], content: bytes) -> None:
    """The 412 tells the uploader that an earlier try arrived."""
    assert send(put, content).status_code == 200
    assert send(put, content).status_code == 412


def test_an_expired_url_is_refused(services: Services, content: bytes) -> None:
    """Signed like the service signs, but an hour ago."""
    dependencies = services.upload_app.extensions["vitrine"]
    claims = _claims(services, content)
    old = dependencies.presigned.for_upload(claims, claims.issued_at - 3600)
    assert send(msgspec.to_builtins(old.put), content).status_code == 403


@pytest.mark.parametrize("what", ["key", "signature", "expiry", "bucket"])
def test_an_altered_url_is_refused(put: dict[str, Any], content: bytes, what: str) -> None:
    url: str = put["url"]
    altered = {
        "key": url.replace("/staging/", "/images/"),
        "signature": url[:-1] + ("0" if url[-1] != "0" else "1"),
        "expiry": url.replace("X-Amz-Expires=900", "X-Amz-Expires=90000"),
        "bucket": url.replace("/vitrine/", "/vitrinf/"),
    }[what]
    assert altered != url
    assert requests.put(altered, data=content, headers=put["headers"], timeout=10).status_code == 403


@pytest.mark.parametrize("method", ["GET", "DELETE", "POST", "HEAD"])
def test_another_method_is_refused(put: dict[str, Any], content: bytes, method: str) -> None:
    send(put, content)
    assert requests.request(method, put["url"], headers=put["headers"], timeout=10).status_code in (403, 405)


def _claims(services: Services, content: bytes) -> Any:
    from common.domain import tokens

    dependencies = services.upload_app.extensions["vitrine"]
    return tokens.verify(dependencies.keyring, services.grant(content)["token"])
