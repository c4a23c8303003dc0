"""The preview that a browser made: published beside its picture when it is good, dropped when it is not."""

from functools import partial

from common.domain.images import CACHE_CONTROL_PREVIEW
from common.domain.keys import preview_key, staging_preview_key
from common.domain.media_types import PREVIEW_TYPES
from common.s3.errors import Missing, PreconditionFailed, StorageUnavailable
from common.s3.objects import ObjectInfo, Storage
from upload.inspect import ImageInfo, NotAnImage, ReadFellShort, inspect
from upload.lifecycle.states import UploadState, state_of, tombstone
from upload.limits import MAX_PREVIEW_BYTES

MAX_SIDE = 1024
"""In pixels."""
MAX_ASPECT_ERROR = 0.02

TRIES = 3


def fits(preview: ImageInfo, size: int, picture: ImageInfo) -> bool:
    """Whether a preview of ``size`` bytes may stand for ``picture``: kind, limits, and the same shape within 2 %
    or one pixel, since sides are whole numbers."""
    if preview.media_type not in PREVIEW_TYPES or size > MAX_PREVIEW_BYTES:
        return False
    if max(preview.width, preview.height) > MAX_SIDE:
        return False
    expected_width = preview.height * picture.width / picture.height
    expected_height = preview.width * picture.height / picture.width
    return abs(preview.width - expected_width) <= max(1, MAX_ASPECT_ERROR * expected_width) or abs(
        preview.height - expected_height
    ) <= max(1, MAX_ASPECT_ERROR * expected_height)


def publish(storage: Storage, image_id: str, picture: ImageInfo) -> bool:
    """Publish the staged preview if it fits; returns whether the picture has one.

    Whoever publishes the same picture at the same time must come to the same answer, because the answer is part of
    the picture's key. So a preview that is not there by now is shut out: a tombstone takes its place.
    Raises PreconditionFailed when it arrives in that very moment; then look again.
    """
    key = staging_preview_key(image_id)
    try:
        sent = storage.head(key)
    except Missing:
        storage.write_empty(key, tombstone(UploadState.CANCELLED), instead_of=None)
        return False
    if (said := state_of(sent)) is not UploadState.UPLOAD:
        return said is UploadState.PUBLISHED
    try:
        info = inspect(partial(storage.read, sent), sent.size)
    except NotAnImage:
        info = None
    except ReadFellShort:
        raise StorageUnavailable from None
    if info is None or not fits(info, sent.size, picture):
        storage.write_empty(key, tombstone(UploadState.REFUSED), instead_of=sent)
        return False
    try:
        storage.publish(sent, preview_key(image_id), content_type=info.media_type, cache_control=CACHE_CONTROL_PREVIEW)
    except PreconditionFailed:
        # Another publisher copied the same bytes, and may have settled them since. If it was not that, look again.
        now = storage.head(key)
        if now.etag != sent.etag and state_of(now) is not UploadState.PUBLISHED:
            raise
    return True


def discard(storage: Storage, image_id: str, state: UploadState, *, only_bytes: bool = False) -> None:
    """Leave no bytes of a settled picture's preview in staging and, unless ``only_bytes``, no way for them to arrive.

    Raises StorageUnavailable when it changes each time that it is looked at.
    """
    key = staging_preview_key(image_id)
    for _ in range(TRIES):
        try:
            sent: ObjectInfo | None = storage.head(key)
        except Missing:
            sent = None
        if state_of(sent) not in (UploadState.NOTHING, UploadState.UPLOAD) or (sent is None and only_bytes):
            return
        try:
            storage.write_empty(key, tombstone(state), instead_of=sent)
        except (PreconditionFailed, Missing):
            continue  # it arrived, or went, or somebody else settled it in between
        return
    raise StorageUnavailable
