"""For parts too, the store itself refuses any request that differs from the signed one."""

import secrets
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
import requests

from common.domain import tokens
from common.domain.keys import staging_key
from tests.support.in_parts import MIB, InParts, put
from tests.support.services import Services, digest
from upload.multipart.part_sizes import USUAL_PART


class Signed:
    """The signed PUT of a file's last, short part, and the parts of the upload in storage."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.content = secrets.token_bytes(1000)
        granted = services.grant(b"", size=2 * USUAL_PART + len(self.content))

        def ask(method: str, path: str, headers: dict[str, str], body: Any) -> tuple[int, Any]:
            answer = services.upload.open(path, method=method, headers=headers, json=body)
            return answer.status_code, answer.json

        self.upload = InParts(ask, granted, b"")
        (self.permit,) = self.upload.sign([3], {3: self.content})

    @property
    def key(self) -> str:
        return staging_key(self.upload.granted["id"])

    def put(self, content: bytes | None = None, url: str | None = None, **headers: str) -> int:
        sent = {**self.permit["headers"], **{name.replace("_", "-"): value for name, value in headers.items()}}
        body = self.content if content is None else content
        return put({"url": url or self.permit["url"], "headers": sent}, body).status_code

    def stored(self) -> list[int]:
        """The sizes of the parts that storage has."""
        store = self.services.store
        found = store.client("admin").list_parts(
            Bucket=store.bucket, Key=self.key, UploadId=self.upload.upload_id or ""
        )
        return [part["Size"] for part in found.get("Parts", [])]


@pytest.fixture
def signed(services: Services) -> Signed:
    return Signed(services)


def test_exactly_what_was_signed_is_taken_also_again(signed: Signed) -> None:
    """A part may be sent again: after a lost answer nobody knows whether it arrived."""
    assert [signed.put(), signed.put()] == [200, 200]
    assert set(signed.stored()) == {1000}


@pytest.mark.parametrize(
    "change",
    [lambda part: part + b"x", lambda part: part[:-1], lambda part: b"", lambda part: part * 2],
    ids=["one byte more", "one byte fewer", "nothing", "twice as long"],
)
def test_another_length_is_refused(signed: Signed, change: Callable[[bytes], bytes]) -> None:
    assert signed.put(change(signed.content)) == 403
    assert signed.stored() == []


def test_another_body_of_the_same_length_is_refused(signed: Signed) -> None:
    other = signed.content[:-1] + bytes([signed.content[-1] ^ 1])
    assert signed.put(other) == 400
    assert signed.put(other, x_amz_checksum_sha256=digest(other)) == 403
    assert signed.stored() == []


def test_a_missing_checksum_is_refused(signed: Signed) -> None:
    assert requests.put(signed.permit["url"], data=signed.content, timeout=10).status_code == 403


@pytest.mark.parametrize("header", ["x_amz_acl", "x_amz_meta_fate", "x_amz_copy_source"])
def test_another_header_is_refused(signed: Signed, header: str) -> None:
    assert signed.put(**{header: "/vitrine/images/x"}) in (400, 403)
    assert signed.stored() == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/staging/", "/images/"),
        ("partNumber=3", "partNumber=2"),
        ("X-Amz-Expires=900", "X-Amz-Expires=90000"),
        ("/vitrine/", "/vitrinf/"),
        ("X-Amz-Signature=", "X-Amz-Signature=0"),
    ],
)
def test_an_altered_url_is_refused(signed: Signed, old: str, new: str) -> None:
    altered = signed.permit["url"].replace(old, new)
    assert altered != signed.permit["url"]
    assert signed.put(url=altered) == 403


def test_a_url_without_its_upload_is_no_put_of_the_whole_file(signed: Signed) -> None:
    upload_id = parse_qs(urlsplit(signed.permit["url"]).query)["uploadId"][0]
    altered = signed.permit["url"].replace(f"uploadId={upload_id}&", "").replace("partNumber=3&", "")
    assert "uploadId" not in altered
    assert signed.put(url=altered) == 403


def test_another_uploads_id_is_refused(services: Services, signed: Signed) -> None:
    """In the URL, it breaks the signature; if signed, storage knows which upload the id belongs to."""
    other = Signed(services)
    mine, theirs = signed.upload.upload_id or "", other.upload.upload_id or ""
    assert signed.put(url=signed.permit["url"].replace(mine, theirs)) == 403
    signed.upload.upload_id = theirs
    (permit,) = signed.upload.sign([3], {3: signed.content})
    assert put(permit, signed.content).status_code == 404
    assert other.stored() == []


@pytest.mark.parametrize("method", ["GET", "DELETE", "POST", "HEAD"])
def test_another_method_is_refused(signed: Signed, method: str) -> None:
    signed.put()
    permit = signed.permit
    assert requests.request(method, permit["url"], headers=permit["headers"], timeout=10).status_code in (403, 405)
    assert signed.stored() == [1000]


def test_an_expired_url_is_refused(services: Services, signed: Signed) -> None:
    """Signed like the service signs, but an hour ago."""
    dependencies = services.upload_app.extensions["vitrine"]
    claims = tokens.verify(dependencies.keyring, signed.upload.granted["token"])
    checksums = {3: digest(signed.content)}
    old = dependencies.presigned.for_parts(claims, signed.upload.upload_id, checksums, claims.issued_at - 3600)
    assert put(msgspec.to_builtins(old.parts[0]), signed.content).status_code == 403


def test_a_part_of_another_length_than_the_announced_file_has_is_not_signed(signed: Signed) -> None:
    """The length comes from the permission, not from the client: there is no URL for a longer part."""
    (permit,) = signed.upload.sign([2], {2: bytes(9 * MIB)})
    assert put(permit, bytes(9 * MIB)).status_code == 403
