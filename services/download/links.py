"""Which URL a picture gets, and how long it stays the same. Pure: the clock is an argument."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from common.filenames import content_disposition
from common.images import rfc3339
from common.keys import THUMBS, ImageKey, image_key, thumb_key
from common.media import media_type_of
from common.signing import Signer

HOUR = 3600


class Variant(StrEnum):
    THUMBNAIL = "thumbnail"
    ORIGINAL = "original"
    DOWNLOAD = "download"

    @property
    def window(self) -> int:
        """Seconds for which the URL does not change, so that browsers can cache what it answers."""
        return 24 * HOUR if self is Variant.THUMBNAIL else HOUR // 4


@dataclass(frozen=True)
class Link:
    url: str
    expires_at: int
    """Seconds since 1970."""

    def as_json(self) -> dict[str, Any]:
        return {"url": self.url, "expires_at": rfc3339(self.expires_at)}


@dataclass(frozen=True)
class Links:
    """Makes signed URLs: the signing time is floored to the window, and a URL is good for two, so one is left.

    Where credentials end before that, the URLs end with them, and stay the same until they are renewed.
    """

    signers: Callable[[], Signer]

    def thumbnail(self, image_id: str, now: float) -> Link:
        """The preview's URL. Whether there is one, storage says."""
        return self._link(Variant.THUMBNAIL, thumb_key(image_id), now, {})

    def thumbnails(self, now: float) -> tuple[Callable[[str], str], int]:
        """What makes the previews' URLs from ids, the same as :meth:`thumbnail` does, and when all of them end."""
        window = Variant.THUMBNAIL.window
        signed_at = int(now) // window * window
        signer = self.signers()
        life = signer.life(signed_at, 2 * window)
        return signer.for_keys("GET", THUMBS, now=signed_at, expires=life), signed_at + life

    def for_picture(self, key: ImageKey, variant: Variant, now: float) -> Link:
        """The URL of one variant of a picture; original and download carry its name and true type."""
        if variant is Variant.THUMBNAIL:
            return self.thumbnail(key.id, now)
        return self._link(variant, image_key(key), now, _told(key, variant))

    def until(self, key: ImageKey, variant: Variant, now: float, end: int) -> Link:
        """A URL of its own that ends at ``end`` (seconds since 1970, in the future), or with the variant's window."""
        signer = self.signers()
        expires = signer.life(int(now), max(1, min(end - int(now), variant.window)))
        url = signer.presign("GET", image_key(key), now=now, expires=expires, query=_told(key, variant))
        return Link(url, int(now) + expires)

    def _link(self, variant: Variant, key: str, now: float, query: dict[str, str]) -> Link:
        window = variant.window
        signed_at = int(now) // window * window
        signer = self.signers()
        life = signer.life(signed_at, 2 * window)
        return Link(signer.presign("GET", key, now=signed_at, expires=life, query=query), signed_at + life)


def _told(key: ImageKey, variant: Variant) -> dict[str, str]:
    """What storage shall say of the bytes: a type of the allow-list, and the name."""
    disposition = "inline" if variant is Variant.ORIGINAL else "attachment"
    return {
        "response-content-disposition": content_disposition(disposition, key.filename),
        "response-content-type": media_type_of(key.filename) or "application/octet-stream",
    }
