"""Previews of pictures: signed and inspected as strictly as pictures, and dropped when they are not good."""

from typing import Any

import pytest
import requests

from common.domain.keys import image_prefix, preview_key, staging_key, staging_preview_key
from tests.support.pictures import animation, picture
from tests.support.services import Services, describe, digest, send
from tests.system.test_publishing import fate, names, with_preview

CONTENT = picture(size=(100, 80))
PREVIEW = picture("WEBP", (50, 40))


@pytest.fixture
def granted(services: Services) -> dict[str, Any]:
    granted = services.grant(CONTENT, **with_preview(CONTENT, PREVIEW))
    assert send(granted["put"], CONTENT).status_code == 200
    return granted


def put_preview(granted: dict[str, Any], body: bytes, **headers: str) -> int:
    put = granted["thumbnail"]["put"]
    return requests.put(put["url"], data=body, headers={**put["headers"], **headers}, timeout=10).status_code


class TestEnforcedByStorage:
    """The same signing as for pictures: no service runs between the browser and the store."""

    def test_exactly_what_was_signed_is_taken_once(self, granted: dict[str, Any]) -> None:
        assert [put_preview(granted, PREVIEW), put_preview(granted, PREVIEW)] == [200, 412]

    @pytest.mark.parametrize("body", [PREVIEW + b"x", PREVIEW[:-1], b""])
    def test_another_length_is_refused(self, granted: dict[str, Any], body: bytes) -> None:
        assert put_preview(granted, body) == 403

    def test_another_body_is_refused(self, granted: dict[str, Any]) -> None:
        other = PREVIEW[:-1] + bytes([PREVIEW[-1] ^ 1])
        assert put_preview(granted, other) == 400
        assert put_preview(granted, other, **{"x-amz-checksum-sha256": digest(other)}) == 403

    @pytest.mark.parametrize(
        "header", [{"content-type": "text/html"}, {"if-none-match": ""}, {"x-amz-meta-fate": "published"}]
    )
    def test_another_header_is_refused(self, granted: dict[str, Any], header: dict[str, str]) -> None:
        assert put_preview(granted, PREVIEW, **header) == 403

    def test_its_address_is_for_it_alone(self, services: Services, granted: dict[str, Any]) -> None:
        put = granted["thumbnail"]["put"]
        for folder in ("thumbs/", "images/"):
            url = put["url"].replace("/staging/", f"/{folder}").replace(".t?", "?")
            assert requests.put(url, data=PREVIEW, headers=put["headers"], timeout=10).status_code == 403


@pytest.mark.parametrize(
    ("thumbnail", "status"),
    [
        ({"content_type": "image/png"}, 415),
        ({"content_type": "image/avif"}, 415),
        ({"size": 128 * 1024 + 1}, 413),
        ({"size": 0}, 400),
        ({"sha256": "short"}, 400),
    ],
)
def test_what_cannot_be_a_preview_is_not_signed(services: Services, thumbnail: dict[str, Any], status: int) -> None:
    whole = {"content_type": "image/webp", "size": 100, "sha256": digest(b"")}
    answer = services.upload.post("/api/uploads", json={"files": [describe(CONTENT, thumbnail={**whole, **thumbnail})]})
    assert answer.status_code == status
    assert answer.json["uploads"][0]["pointer"].startswith("/thumbnail/")


@pytest.mark.parametrize(
    ("kind", "options"),
    [("JPEG", {}), ("WEBP", {}), ("WEBP", {"lossless": True}), ("JPEG", {"progressive": True})],
    ids=["jpeg", "webp", "lossless webp", "progressive jpeg"],
)
def test_a_good_one_is_published_under_its_true_type(services: Services, kind: str, options: dict[str, Any]) -> None:
    """Whatever type was declared, and without the headers that a client may add unsigned."""
    body = picture(kind, (50, 40), **options)
    thumbnail = {"content_type": "image/webp", "size": len(body), "sha256": digest(body)}
    granted = services.grant(CONTENT, thumbnail=thumbnail)
    send(granted["put"], CONTENT)
    assert put_preview(granted, body, **{"Content-Disposition": "inline", "Content-Encoding": "br"}) == 200
    assert services.complete(granted).json["thumbnail"] is True
    location = services.download.get(f"/api/images/{granted['id']}/thumbnail").headers["Location"]
    fetched = requests.get(location, timeout=10)
    assert fetched.content == body
    found = services.store.client("admin").head_object(Bucket=services.store.bucket, Key=preview_key(granted["id"]))
    assert (found["ContentType"], found["ContentDisposition"]) == (f"image/{kind.lower()}", "attachment")
    assert "content-encoding" not in found["ResponseMetadata"]["HTTPHeaders"]


def test_its_shape_is_compared_as_seen(services: Services) -> None:
    """A phone's upright picture lies on its side in the file; its preview, drawn by the browser, is upright."""
    from PIL import Image

    exif = Image.Exif()
    exif[0x0112] = 6
    content = picture(size=(100, 80), exif=exif)
    for size, good in (((40, 50), True), ((50, 40), False)):
        preview = picture("WEBP", size)
        granted = services.grant(content, **with_preview(content, preview))
        send(granted["put"], content)
        put_preview(granted, preview)
        assert services.complete(granted).json["thumbnail"] is good


def with_hidden_frame(canvas: tuple[int, int], frame: tuple[int, int]) -> bytes:
    """Return an animated WebP that declares a small canvas and holds larger frames."""
    whole = bytearray(animation("WEBP", frame))
    for start, side in ((24, canvas[0]), (27, canvas[1])):
        whole[start : start + 3] = (side - 1).to_bytes(3, "little")
    return bytes(whole)


@pytest.mark.parametrize(
    "bad",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        PREVIEW[:20],
        picture("PNG", (50, 40)),
        picture("GIF", (50, 40)),
        picture("WEBP", (40, 50)),
        picture("WEBP", (1030, 824)),
        animation("WEBP", (50, 40)),
        animation("GIF", (50, 40)),
        animation("PNG", (50, 40)),
        animation("AVIF", (50, 40)),
        with_hidden_frame((50, 40), (1000, 800)),
    ],
    ids=[
        "svg",
        "cut off",
        "png",
        "gif",
        "another shape",
        "too large",
        "animated webp",
        "animated gif",
        "animated png",
        "avif sequence",
        "webp whose frame is larger than its canvas",
    ],
)
def test_a_bad_one_is_dropped_for_good_and_the_picture_published(services: Services, bad: bytes) -> None:
    granted = services.grant(CONTENT, **with_preview(CONTENT, bad))
    send(granted["put"], CONTENT)
    assert put_preview(granted, bad) == 200
    image = services.complete(granted).json
    assert (image["thumbnail"], services.complete(granted).json) == (False, image)
    assert fate(services, staging_preview_key(granted["id"])) == (0, "refused")
    assert names(services, preview_key(granted["id"])) == []
    assert put_preview(granted, bad) == 412


def test_without_its_picture_none_is_published(services: Services, granted: dict[str, Any]) -> None:
    """Not for a refused or a cancelled picture, and no bytes stay in staging."""
    html = b"<html></html>"
    refused = services.grant(html, **with_preview(html, PREVIEW))
    send(refused["put"], html)
    for upload in (refused, granted):
        assert put_preview(upload, PREVIEW) == 200
    assert services.complete(refused).status_code == 422
    assert services.cancel(granted).status_code == 204
    for upload, word in ((refused, "refused"), (granted, "cancelled")):
        assert fate(services, staging_key(upload["id"])) == (0, word)
        assert fate(services, staging_preview_key(upload["id"])) == (0, word)
        assert names(services, preview_key(upload["id"])) == names(services, image_prefix(upload["id"])) == []


def test_one_that_comes_alone_waits_for_its_picture(services: Services) -> None:
    granted = services.grant(CONTENT, **with_preview(CONTENT, PREVIEW))
    assert put_preview(granted, PREVIEW) == 200
    assert services.complete(granted).status_code == 409
    send(granted["put"], CONTENT)
    assert services.complete(granted).json["thumbnail"] is True
