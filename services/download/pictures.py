"""What people do with published pictures: fetch one or many of them by signed URLs, share one, follow a shared link."""

from collections.abc import Callable
from dataclasses import dataclass

from common.domain.images import rfc3339
from download import batch
from download.api.schemas import Batch, ShareLink, Urls, Variant
from download.links import Links, SignedUrl
from download.lookup import Lookup
from download.share_links import ShareLinks


@dataclass(frozen=True)
class Pictures:
    """A method that is given one id raises NotFound when there is no such picture, and each one StorageUnavailable when
    a look-up fails or the credentials have ended.
    """

    links: Links
    lookup: Lookup
    share_links: ShareLinks
    clock: Callable[[], float]
    """Seconds since 1970."""

    def preview(self, image_id: str) -> SignedUrl:
        """The URL of the preview, without a look-up: where there is none, storage says so."""
        return self.links.preview(image_id, self.clock())

    def url(self, image_id: str, variant: Variant) -> SignedUrl:
        """The URL of a picture."""
        return self.links.for_picture(self.lookup.one(image_id), variant, self.clock())

    def urls(self, asked: Batch) -> Urls:
        """The URLs of many. What is not there is listed as missing. Raises BadRequest for an impossible batch."""
        batch.check(asked)
        now = self.clock()
        if asked.refs is None:
            return batch.known(self.lookup.many(asked.ids or []), asked.variant, self.links, now)
        return batch.by_ref(asked.refs, asked.variant, self.links, now)

    def share(self, image_id: str, seconds: int, origin: str) -> ShareLink:
        """A link at ``origin`` that leads to the picture until its end, or the picture's."""
        self.lookup.one(image_id)
        expires_at = int(self.clock()) + seconds
        path = f"/api/s/{self.share_links.make(image_id, expires_at)}"
        return ShareLink(origin + path, path, rfc3339(expires_at))

    def follow(self, link: str) -> SignedUrl:
        """The URL to which a share link leads; it ends no later than the link. Raises Gone after the link's end."""
        now = self.clock()
        image_id, expires_at = self.share_links.read(link, now)
        return self.links.until(self.lookup.one(image_id), Variant.ORIGINAL, now, expires_at)
