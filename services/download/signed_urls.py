"""Makes signed URLs that stay the same for a while, so that browsers can cache. Pure: the clock is an argument."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from common.domain.filenames import content_disposition
from common.domain.images import rfc3339
from common.domain.keys import PREVIEWS, ImageKey, image_key, preview_key
from common.domain.media_types import media_type_of
from common.s3.signing import Signer
from download.api.schemas import Link, Variant

HOUR = 3600

WINDOW_SECONDS: Final = {Variant.PREVIEW: 24 * HOUR, Variant.ORIGINAL: HOUR // 4, Variant.DOWNLOAD: HOUR // 4}
"""How long the URL of a variant stays the same, in seconds, so that browsers can cache its answer."""


@dataclass(frozen=True, slots=True)
class SignedUrl:
    url: str
    expires_at: int
    """Seconds since 1970."""


def link_of(signed: SignedUrl) -> Link:
    """Return the URL in the form that the API uses."""
    return Link(signed.url, rfc3339(signed.expires_at))


@dataclass(frozen=True)
class SignedUrls:
    """Makes signed URLs.

    The signing time is rounded down to the start of a window, and a URL is valid for two windows. So a URL is always
    valid for at least one more window. If the credentials expire before that, the URL expires with them, and stays the
    same until they are renewed.
    """

    current_signer: Callable[[], Signer]

    def preview(self, image_id: str, now: float) -> SignedUrl:
        """Return the URL of the preview, whether there is a preview or not."""
        return self._sign(Variant.PREVIEW, preview_key(image_id), now, {})

    def preview_signer(self, now: float) -> tuple[Callable[[str], str], int]:
        """Return a function from id to preview URL (as by :meth:`preview`), and when all these URLs expire."""
        window = WINDOW_SECONDS[Variant.PREVIEW]
        signed_at = int(now) // window * window
        signer = self.current_signer()
        lifetime = signer.lifetime(signed_at, 2 * window)
        return signer.presigner_for_folder("GET", PREVIEWS, now=signed_at, expires=lifetime), signed_at + lifetime

    def for_picture(self, key: ImageKey, variant: Variant, now: float) -> SignedUrl:
        """Return the URL of one variant. The URLs of original and download set the name and type in the response."""
        if variant is Variant.PREVIEW:
            return self.preview(key.id, now)
        return self._sign(variant, image_key(key), now, _response_headers(key, variant))

    def expiring_at(self, key: ImageKey, variant: Variant, now: float, end: int) -> SignedUrl:
        """Return a URL that expires at ``end`` (seconds since 1970, in the future) or after one window, if sooner."""
        signer = self.current_signer()
        expires = signer.lifetime(int(now), max(1, min(end - int(now), WINDOW_SECONDS[variant])))
        url = signer.presign("GET", image_key(key), now=now, expires=expires, query=_response_headers(key, variant))
        return SignedUrl(url, int(now) + expires)

    def _sign(self, variant: Variant, key: str, now: float, query: dict[str, str]) -> SignedUrl:
        window = WINDOW_SECONDS[variant]
        signed_at = int(now) // window * window
        signer = self.current_signer()
        lifetime = signer.lifetime(signed_at, 2 * window)
        return SignedUrl(signer.presign("GET", key, now=signed_at, expires=lifetime, query=query), signed_at + lifetime)


def _response_headers(key: ImageKey, variant: Variant) -> dict[str, str]:
    """Return the query that sets the type (from the allow-list) and the file name in storage's response."""
    disposition = "inline" if variant is Variant.ORIGINAL else "attachment"
    return {
        "response-content-disposition": content_disposition(disposition, key.filename),
        "response-content-type": media_type_of(key.filename) or "application/octet-stream",
    }
