"""Decides whether an upload may be published, and under which key. ``read`` gives it the first bytes of the file."""

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
from upload.limits import UPLOAD_SECONDS
from upload.multipart.part_sizes import SINGLE_PUT, PartLayout

MAX_AGE = timedelta(seconds=UPLOAD_SECONDS)
"""An older upload is never published, because it may soon expire (expiry.py). Both times are from storage's clock."""


@dataclass(frozen=True)
class Verified:
    """An upload that may be published: the sender's details, and the findings about its bytes."""

    details: Details
    info: ImageInfo

    def key(self, image_id: str, has_preview: bool) -> ImageKey:
        """Return the picture's key, with its name trimmed to fit. Every publisher of an upload gets the same key."""
        filename = with_extension(self.details.filename, self.info.media_type)
        thumbhash = self.details.thumbhash
        if thumbhash and not is_thumbhash(thumbhash):
            thumbhash = None
        return parse_tail(ImageKey(image_id, self.info.width, self.info.height, thumbhash, has_preview, filename).tail)


class RejectedUpload(Exception):
    """The upload must be refused for good, because of a finding about its bytes or metadata. Never for a failed read.

    The executor then writes the tombstone "refused". errors.Refused tells this to the client afterwards.
    upload.inspect.NotAnImage is a finding about the bytes alone.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def verify(upload: ObjectInfo, claims: Claims | None, read: Callable[[int, int], bytes]) -> Verified:
    """Verify the upload, also against the token's ``claims`` if given. ``read(offset, length)`` reads its bytes.

    Raises Expired, RejectedUpload, StorageUnavailable, and whatever ``read`` raises.
    """
    if upload.date - upload.last_modified > MAX_AGE:
        raise Expired
    try:
        details = details_of(upload.metadata)
        if claims is not None and not matches_claims(upload, claims):
            raise BadMetadata
        return Verified(details, inspect(read, upload.size))
    except BadMetadata:
        raise RejectedUpload("It was not sent with a permission from this gallery.") from None
    except NotAnImage as finding:
        raise RejectedUpload(finding.detail) from None
    except ReadFellShort:
        raise StorageUnavailable from None


def matches_claims(upload: ObjectInfo, claims: Claims) -> bool:
    """Whether the upload matches the claims. Storage has enforced all of them, so a difference means a forgery.

    The checksum of a multipart object is the composite of the parts' checksums and ends in "-<number of parts>". The
    number of parts is known here. Uppy sends no checksums, and its tokens of older versions have size 0.
    """
    if claims.part_size == COMPANION_PARTS:
        return claims.size in (0, upload.size) and upload.metadata == metadata_for(claims)
    if claims.part_size != SINGLE_PUT:
        count = PartLayout(claims.size, claims.part_size).count
        right_sum = upload.sha256 is None or upload.sha256.endswith(f"-{count}")
    else:
        right_sum = upload.sha256 is None or upload.sha256 == claims.sha256
    return upload.size == claims.size and right_sum and upload.metadata == metadata_for(claims)
