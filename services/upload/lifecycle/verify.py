"""Whether an upload may be published, and under which key. Reads the file's head through the function it is given."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from common.domain.filenames import with_extension
from common.domain.keys import ImageKey, is_thumbhash, parse_tail
from common.domain.tokens import COMPANION_PARTS, Claims
from common.s3.errors import StorageUnavailable
from common.s3.objects import ObjectInfo
from upload.errors import Expired
from upload.inspect import ImageInfo, NotAnImage, ReadFellShort, inspect
from upload.lifecycle.metadata import BadMetadata, Details, details_of, metadata_for
from upload.multipart.part_sizes import PartLayout

MAX_AGE = timedelta(days=6)
"""An older upload is never published: it may soon be removed (expiry.py; storage's clock on both sides)."""


@dataclass(frozen=True)
class Verified:
    """An upload that may be published: what its sender said, and what its bytes are."""

    details: Details
    info: ImageInfo

    def key(self, image_id: str, has_preview: bool) -> ImageKey:
        """The picture's key, its name trimmed to what a key may hold. The same for whoever publishes the upload."""
        filename = with_extension(self.details.filename, self.info.media_type)
        thumbhash = self.details.thumbhash
        if thumbhash and not is_thumbhash(thumbhash):
            thumbhash = None
        return parse_tail(ImageKey(image_id, self.info.width, self.info.height, thumbhash, has_preview, filename).tail)


class Unfit(Exception):
    """A positive finding: the upload is refused for good. A failed read is never one."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def verify(upload: ObjectInfo, claims: Claims | None, read: Callable[[int, int], bytes]) -> Verified:
    """What the upload is, held against the token's ``claims`` where there are any. ``read(offset, length)`` reads it.

    Raises Expired, Unfit, StorageUnavailable, and what ``read`` raises.
    """
    if upload.date - upload.last_modified > MAX_AGE:
        raise Expired
    try:
        details = details_of(upload.metadata)
        if claims is not None and not as_permitted(upload, claims):
            raise BadMetadata
        return Verified(details, inspect(read, upload.size))
    except BadMetadata:
        raise Unfit("It was not sent with a permission of this gallery.") from None
    except NotAnImage as finding:
        raise Unfit(finding.detail) from None
    except ReadFellShort:
        raise StorageUnavailable from None


def as_permitted(upload: ObjectInfo, claims: Claims) -> bool:
    """Whether what arrived is what was permitted. Storage enforced all of it, so a difference is a forgery.

    The checksum of a file in parts is the composite of the parts' checksums, "…-<number of parts>": how many there
    are is known here. Uppy sends no checksums. Its tokens of the version before say no size: 0.
    """
    if claims.part_size == COMPANION_PARTS:
        return claims.size in (0, upload.size) and upload.metadata == metadata_for(claims)
    if claims.part_size:
        count = PartLayout(claims.size, claims.part_size).count
        right_sum = upload.sha256 is None or upload.sha256.endswith(f"-{count}")
    else:
        right_sum = upload.sha256 is None or upload.sha256 == claims.sha256
    return upload.size == claims.size and right_sum and upload.metadata == metadata_for(claims)
