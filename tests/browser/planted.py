"""Published pictures put straight into a gallery's store, with any time: what uploading can't make."""

import io
import secrets
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import requests
from PIL import Image

from common.domain.keys import ImageKey, image_key, make_id, preview_key
from common.domain.media_types import media_type_of
from local import bucket
from local.settings import BUCKET
from tests.support.gallery import Gallery

# The placeholder of a picture that is orange on the left and blue on the right, as the page's own library makes it.
THUMBHASH = "HUgGtZh_hYl3iIiId4iHh4-I-Hh4"


@dataclass(frozen=True)
class Planted:
    """A published picture: its bytes and, if it has one, those of its preview."""

    time_ms: int
    filename: str
    content: bytes
    size: tuple[int, int]
    preview: bytes | None = None
    has_preview: bool = True
    """Whether its key says that it has a preview."""
    thumbhash: str | None = THUMBHASH


def plant(gallery: Gallery, times_ms: Sequence[int], size: tuple[int, int] = (640, 427)) -> list[str]:
    """Publish a picture of each time, with a preview; returns their ids in that order."""
    picture, preview = _jpeg(size), _jpeg((size[0] // 2, size[1] // 2))
    return publish(gallery, [Planted(time, "planted.jpg", picture, size, preview) for time in times_ms])


def publish(gallery: Gallery, pictures: Sequence[Planted]) -> list[str]:
    """Publish these pictures; returns their ids in that order."""
    s3 = bucket.client(gallery.s3_url, gallery.credentials.s3["admin"])

    def put(picture: Planted) -> str:
        image_id = make_id(picture.time_ms, 0, secrets.randbits(64))
        name = f"{image_id[-6:]} {picture.filename}"
        key = image_key(ImageKey(image_id, *picture.size, picture.thumbhash, picture.has_preview, name))
        if picture.preview is not None:
            kind = _media_type(picture.preview)
            s3.put_object(Bucket=BUCKET, Key=preview_key(image_id), Body=picture.preview, ContentType=kind)
        kind = media_type_of(name) or ""
        s3.put_object(Bucket=BUCKET, Key=key, Body=picture.content, ContentType=kind)
        return image_id

    with ThreadPoolExecutor(8) as several:
        ids = list(several.map(put, pictures))
    renew(gallery)
    return ids


def renew(gallery: Gallery) -> None:
    """Let the list caches see what was put past the upload service."""
    for path in ("/api/images?limit=60", "/api/timeline"):
        requests.get(gallery.url + path, headers={"Cache-Control": "no-cache"}, timeout=30).raise_for_status()


def remove(gallery: Gallery, ids: Sequence[str]) -> None:
    """Take them out again."""
    s3 = bucket.client(gallery.s3_url, gallery.credentials.s3["admin"])

    def drop(image_id: str) -> None:
        for entry in s3.list_objects_v2(Bucket=BUCKET, Prefix=f"images/{image_id}~").get("Contents", []):
            s3.delete_object(Bucket=BUCKET, Key=entry["Key"])
        s3.delete_object(Bucket=BUCKET, Key=preview_key(image_id))

    with ThreadPoolExecutor(8) as several:
        list(several.map(drop, ids))
    renew(gallery)


def _media_type(content: bytes) -> str:
    with Image.open(io.BytesIO(content)) as image:
        return Image.MIME[image.format or ""]


def _jpeg(size: tuple[int, int]) -> bytes:
    out = io.BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(out, "JPEG", quality=70)
    return out.getvalue()
