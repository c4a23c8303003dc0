"""What a browser is told about its signed PUT: everything that storage enforces, and when it expires."""

from urllib.parse import parse_qs, urlsplit

import pytest

from common.domain.images import rfc3339
from common.domain.keys import make_id
from common.domain.tokens import Claims, Preview
from common.s3.signing import Credentials
from tests.common.s3.test_signing import signer
from upload.api.schemas import SignedPreview, SignedPut
from upload.limits import PUT_SECONDS
from upload.presigned import PresignedRequests

NOW = 1_764_000_000
CLAIMS = Claims(
    id=make_id(NOW * 1000, 0, 0),
    filename="a.jpg",
    content_type="image/jpeg",
    size=5,
    sha256="A" * 43 + "=",
    thumbhash=None,
    preview=Preview(content_type="image/webp", size=3, sha256="B" * 43 + "="),
    issued_at=NOW,
)


@pytest.mark.parametrize(
    ("left", "life"), [(None, PUT_SECONDS), (3600, PUT_SECONDS), (PUT_SECONDS, PUT_SECONDS), (700, 700), (1, 1)]
)
def test_a_permit_ends_no_later_than_the_credentials_that_signed_it(left: int | None, life: int) -> None:
    """Both in the URLs and in the stated time."""
    expires_at = None if left is None else NOW + left
    temporary = signer(credentials=Credentials("ASIA", "secret", "session", expires_at))
    permit = PresignedRequests(lambda: temporary).for_upload(CLAIMS, NOW)
    assert permit.expires_at == rfc3339(NOW + life)
    assert isinstance(permit.thumbnail, SignedPreview)
    for put in (permit.put, permit.thumbnail.put):
        assert isinstance(put, SignedPut)
        told = parse_qs(urlsplit(put.url).query)
        assert (told["X-Amz-Expires"], told["X-Amz-Security-Token"]) == ([str(life)], ["session"])


def test_all_that_is_signed_but_the_length_is_to_be_sent() -> None:
    """A browser sets the length itself, and lets no script set it."""
    put = PresignedRequests(signer).for_upload(CLAIMS, NOW).put
    assert isinstance(put, SignedPut)
    signed = set(parse_qs(urlsplit(put.url).query)["X-Amz-SignedHeaders"][0].split(";"))
    assert signed == {*put.headers, "content-length", "host"}
    assert {"content-type", "if-none-match", "x-amz-checksum-sha256"} <= set(put.headers)
    assert put.headers["if-none-match"] == "*"
