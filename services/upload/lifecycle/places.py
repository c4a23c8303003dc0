"""Reads and changes the objects of one picture. transitions.py decides what to do."""

import logging

from common.domain.images import CACHE_CONTROL_ORIGINAL
from common.domain.keys import (
    IMAGES,
    TRASH,
    ImageKey,
    image_key,
    image_prefix,
    parse_image_key,
    preview_key,
    preview_of_tail,
    staging_key,
    trash_prefix,
    trash_preview_key,
)
from common.s3.errors import AccessDenied, ObjectNotFound, PreconditionFailed
from common.s3.objects import Entry, ObjectInfo, Storage
from upload.inspect import ImageInfo
from upload.lifecycle import preview
from upload.lifecycle.metadata import may_have_preview
from upload.lifecycle.states import UploadState, reason_of, state_of, tombstone
from upload.limits import MAX_PREVIEW_BYTES

log = logging.getLogger(__name__)


class Places:
    """The objects of one picture below staging/, images/, thumbs/ and trash/.

    Each prefix is read on first use. The result is kept until :meth:`forget_all` or :meth:`forget_listings`. Every call
    may raise StorageUnavailable.
    """

    def __init__(self, storage: Storage, image_id: str) -> None:
        self._storage = storage
        self.image_id = image_id
        self.forget_all()

    def forget_all(self) -> None:
        """Forget everything, so that it is read anew."""
        self._staging: tuple[UploadState, ObjectInfo | None] | None = None
        self.forget_listings()

    def forget_listings(self) -> None:
        """Forget images/ and trash/, so that they are listed anew."""
        self._images: list[Entry] | None = None
        self._trashed: list[Entry] | None = None

    @property
    def staging(self) -> UploadState:
        """The state at staging/<id>."""
        return self._read_staging()[0]

    @property
    def upload(self) -> ObjectInfo:
        """The object that was read at staging/<id>. Raises ObjectNotFound if there is none."""
        found = self._read_staging()[1]
        if found is None:
            raise ObjectNotFound
        return found

    @property
    def reason(self) -> str:
        """Why the upload was refused."""
        return reason_of(self._read_staging()[1])

    @property
    def image(self) -> bool:
        """Whether the picture is in images/."""
        return bool(self._list_images())

    @property
    def image_entry(self) -> Entry:
        """The picture in images/. Raises ObjectNotFound."""
        for entry in self._list_images():
            return entry
        raise ObjectNotFound

    @property
    def trash(self) -> bool:
        """Whether a copy is in trash/."""
        return bool(self._list_trash())

    def state_changed_on_reread(self) -> bool:
        """Read staging/<id> again. Return whether its state has changed."""
        before = self.staging
        self._staging = None
        return self.staging is not before

    def check_state_unchanged(self) -> None:
        """Read staging/<id> again. Raises PreconditionFailed if its state has changed."""
        if self.state_changed_on_reread():
            raise PreconditionFailed

    def list_images_again(self) -> None:
        """List images/ again now, and keep the new list."""
        self._images = None
        self._list_images()

    def check_trash_is_empty(self) -> None:
        """List trash/ again. Raises PreconditionFailed if a copy is there."""
        self._trashed = None
        if self.trash:
            raise PreconditionFailed

    def write(self, state: UploadState, reason: str = "") -> None:
        """Overwrite the object that was read with a tombstone.

        Raises PreconditionFailed, ObjectNotFound if it has changed.
        """
        found = self._read_staging()[1]
        self._storage.put_empty(staging_key(self.image_id), tombstone(state, reason), instead_of=found)
        self._staging = state, None

    def read(self, offset: int, length: int) -> bytes:
        """Return bytes of the upload. Raises PreconditionFailed if it has changed since it was first read."""
        return self._storage.read(self.upload, offset, length)

    def commit(self, key: ImageKey, media_type: str) -> None:
        """Copy the upload that was read to its key in images/.

        Raises PreconditionFailed, ObjectNotFound if it has changed.
        """
        upload, target = self.upload, image_key(key)
        self._storage.copy_if_unchanged(upload, target, content_type=media_type, cache_control=CACHE_CONTROL_ORIGINAL)
        self._images = [Entry(target, upload.size, upload.last_modified)]

    def remove_second_key(self) -> bool:
        """Remove a second key of the picture from images/. Return whether there was one."""
        doubles = self._list_images()[1:]
        for double in doubles:
            self._storage.delete(double.key)
        return bool(doubles)

    def remove_image(self) -> None:
        """Remove the picture from images/."""
        self._storage.delete(self.image_entry.key)

    def move_to_trash(self) -> None:
        """Copy the picture to the trash over any earlier copy, then remove it from images/."""
        entry = self.image_entry
        tail = entry.key.removeprefix(IMAGES)
        if preview_of_tail(tail):
            self._copy_preview(preview_key(self.image_id), trash_preview_key(self.image_id), only_if_free=False)
        try:
            self._storage.copy(entry.key, TRASH + tail, entry.size, only_if_free=False)
        except ObjectNotFound:
            return  # another command has moved it
        self._storage.delete(entry.key)

    def copy_back(self) -> None:
        """Copy the picture from the trash to images/."""
        for trashed in self._list_trash():
            tail = trashed.key.removeprefix(TRASH)
            try:
                self._storage.copy(TRASH + tail, IMAGES + tail, trashed.size, only_if_free=True)
            except (ObjectNotFound, PreconditionFailed):
                pass  # the copy has expired, or another command was faster

    def empty_trash(self) -> None:
        """Remove the copy from trash/."""
        for trashed in self._list_trash():
            self._storage.delete(trashed.key)

    def publish_preview(self, info: ImageInfo) -> bool:
        """Publish the sender's preview if it fits. Return whether there is one.

        Raises PreconditionFailed, ObjectNotFound.
        """
        return preview.publish(self._storage, self.image_id, info)

    def discard_sent_preview_after_commit(self) -> None:
        """Remove the bytes of the sender's preview from staging/: it was published with the picture, or refused."""
        if may_have_preview(self.upload):  # before the commit, a missing preview was already shut out
            has_preview = parse_image_key(self.image_entry.key).has_preview
            state = UploadState.PUBLISHED if has_preview else UploadState.REFUSED
            preview.discard(self._storage, self.image_id, state, only_bytes=True)

    def discard_sent_preview(self) -> None:
        """Remove the bytes of the sender's preview from staging/."""
        state = UploadState.DELETED if self.staging is UploadState.PURGED else self.staging
        preview.discard(self._storage, self.image_id, state, only_bytes=True)

    def discard_and_block_sent_preview(self) -> None:
        """Like :meth:`discard_sent_preview`, and also make storage refuse a preview that arrives later."""
        preview.discard(self._storage, self.image_id, self.staging)

    def copy_preview_back(self) -> None:
        """Copy the preview from the trash if the picture's key (in images/, else in trash/) says that there is one."""
        for picture in (self._list_images() or self._list_trash())[:1]:
            if preview_of_tail(picture.key.partition("/")[2]):
                self._copy_preview(trash_preview_key(self.image_id), preview_key(self.image_id), only_if_free=True)

    def remove_preview(self) -> None:
        """Remove the published preview."""
        self._storage.delete(preview_key(self.image_id))

    def remove_trash_preview(self) -> None:
        """Remove the preview from the trash."""
        self._storage.delete(trash_preview_key(self.image_id))

    def _read_staging(self) -> tuple[UploadState, ObjectInfo | None]:
        if self._staging is None:
            try:
                found: ObjectInfo | None = self._storage.head(staging_key(self.image_id))
            except ObjectNotFound:
                found = None
            self._staging = state_of(found), found
        return self._staging

    def _list_images(self) -> list[Entry]:
        """List at most two keys: any second key will be removed."""
        if self._images is None:
            self._images = self._storage.list_page(image_prefix(self.image_id), limit=2).entries
        return self._images

    def _list_trash(self) -> list[Entry]:
        if self._trashed is None:
            self._trashed = self._storage.list_page(trash_prefix(self.image_id), limit=1).entries
        return self._trashed

    def _copy_preview(self, source: str, target: str, *, only_if_free: bool) -> None:
        try:
            self._storage.copy(source, target, MAX_PREVIEW_BYTES, only_if_free=only_if_free)
        except (ObjectNotFound, PreconditionFailed):
            pass  # another command has copied it
        except AccessDenied:
            # No credential may list thumbs/, so AWS answers 403 for a missing preview. A picture without its preview
            # can still be deleted and restored.
            log.warning("cannot copy a preview", extra={"target": target})
