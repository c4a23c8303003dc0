"""Makes signed URLs and share links for published pictures, and follows share links."""

from collections.abc import Callable
from dataclasses import dataclass

from common.domain.images import rfc3339
from download import batch
from download.api.schemas import Batch, ShareLink, Urls, Variant
from download.lookup import Lookup
from download.share_links import ShareLinks
from download.signed_urls import SignedUrl, SignedUrls


@dataclass(frozen=True)
class Pictures:
    """Makes URLs and share links.

    Methods that look up one id raise NotFound if there is no such picture. All methods raise StorageUnavailable if a
    look-up fails or the credentials have expired.
    """

    signed_urls: SignedUrls
    lookup: Lookup
    share_links: ShareLinks
    clock: Callable[[], float]
    """Seconds since 1970."""

    def preview(self, image_id: str) -> SignedUrl:
        """Return the URL of the preview without a look-up. If there is no preview, storage refuses the request."""
        return self.signed_urls.preview(image_id, self.clock())

    def url(self, image_id: str, variant: Variant) -> SignedUrl:
        """Return the URL of one variant of a picture."""
        return self.signed_urls.for_picture(self.lookup.one(image_id), variant, self.clock())

    def urls(self, asked: Batch) -> Urls:
        """Return the URLs of many pictures, and which are missing. Raises BadRequest unless refs or ids are given."""
        batch.check(asked)
        now = self.clock()
        if asked.refs is None:
            return batch.from_keys(self.lookup.many(asked.ids or []), asked.variant, self.signed_urls, now)
        return batch.by_ref(asked.refs, asked.variant, self.signed_urls, now)

    def share(self, image_id: str, seconds: int, origin: str) -> ShareLink:
        """Make a share link at ``origin`` that works for ``seconds``, or until the picture is deleted."""
        self.lookup.one(image_id)
        expires_at = int(self.clock()) + seconds
        path = f"/api/s/{self.share_links.make(image_id, expires_at)}"
        return ShareLink(origin + path, path, rfc3339(expires_at))

    def follow(self, link: str) -> SignedUrl:
        """Return the URL of the shared picture. It expires no later than the link. Raises Gone for an expired link."""
        now = self.clock()
        image_id, expires_at = self.share_links.read(link, now)
        return self.signed_urls.expiring_at(self.lookup.one(image_id), Variant.ORIGINAL, now, expires_at)
