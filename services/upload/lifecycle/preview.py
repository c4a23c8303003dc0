"""Publishes the preview that a browser made, if it fits its picture, and discards its bytes in staging/."""

from common.domain.images import CACHE_CONTROL_PREVIEW
from common.domain.keys import preview_key, staging_preview_key
from common.domain.media_types import PREVIEW_TYPES
from common.s3.errors import ObjectNotFound, PreconditionFailed, StorageUnavailable
from common.s3.objects import ObjectInfo, Storage
from upload.inspect import ImageInfo, NotAnImage, inspect
from upload.lifecycle.moving import is_moving
from upload.lifecycle.states import UploadState, state_of, tombstone
from upload.limits import MAX_PREVIEW_BYTES

MAX_SIDE = 1024
"""In pixels."""
MAX_ASPECT_ERROR = 0.02

TRIES = 3


def fits(preview: ImageInfo, size: int, picture: ImageInfo) -> bool:
    """Whether a preview of ``size`` bytes fits ``picture``: its media type, its limits, and its aspect ratio.

    The ratio may differ by 2 % or by one pixel, because sides are whole numbers.
    """
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
    """Publish the staged preview if it fits. Return whether the picture has one.

    All publishers of the same picture must get the same answer, because it is part of the picture's key. So a preview
    that has not arrived yet is blocked: a tombstone takes its place.

    Raises StorageUnavailable. Raises PreconditionFailed or ObjectNotFound if the preview arrives or changes at that
    moment; then the caller starts again.
    """
    key = staging_preview_key(image_id)
    try:
        sent = storage.head(key)
    except ObjectNotFound:
        storage.put_empty(key, tombstone(UploadState.CANCELLED), instead_of=None)
        return False
    if (state := state_of(sent)) is not UploadState.UPLOAD:
        return state is UploadState.PUBLISHED
    info = _accepted(storage, sent, picture)
    if info is None:
        storage.put_empty(key, tombstone(UploadState.REFUSED), instead_of=sent)
        return False
    try:
        storage.copy_if_unchanged(
            sent, preview_key(image_id), content_type=info.media_type, cache_control=CACHE_CONTROL_PREVIEW
        )
    except PreconditionFailed:
        # Another publisher may have copied the same bytes and discarded them since. Otherwise the caller starts again.
        now = storage.head(key)
        if now.etag != sent.etag and state_of(now) is not UploadState.PUBLISHED:
            raise
    return True


def _accepted(storage: Storage, sent: ObjectInfo, picture: ImageInfo) -> ImageInfo | None:
    """Return what the sent preview is, or None if it may not be published: it does not fit, or it moves.

    Raises StorageUnavailable, PreconditionFailed and ObjectNotFound, as :func:`publish` does.
    """
    if sent.size > MAX_PREVIEW_BYTES:
        return None
    content = storage.read(sent, 0, sent.size)
    if len(content) < sent.size:
        raise StorageUnavailable
    try:
        info = inspect(lambda offset, length: content[offset : offset + length], sent.size)
    except NotAnImage:
        return None
    return info if fits(info, sent.size, picture) and not is_moving(content) else None


def discard(storage: Storage, image_id: str, state: UploadState, *, only_bytes: bool = False) -> None:
    """Overwrite the sent preview of a settled picture in staging/ with a tombstone of ``state``.

    If no preview has arrived, the tombstone blocks it, unless ``only_bytes``. Raises StorageUnavailable, also if the
    preview changes during each of the tries.
    """
    key = staging_preview_key(image_id)
    for _ in range(TRIES):
        try:
            sent: ObjectInfo | None = storage.head(key)
        except ObjectNotFound:
            sent = None
        if state_of(sent) not in (UploadState.NOTHING, UploadState.UPLOAD) or (sent is None and only_bytes):
            return
        try:
            storage.put_empty(key, tombstone(state), instead_of=sent)
        except (PreconditionFailed, ObjectNotFound):
            continue  # the preview has arrived or gone, or another command has settled it
        return
    raise StorageUnavailable
