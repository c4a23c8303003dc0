"""The places of one picture: what is seen there, and what is done there. Decides nothing (transitions.py)."""

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
from common.s3.errors import Denied, Missing, PreconditionFailed
from common.s3.objects import Entry, ObjectInfo, Storage
from upload.inspect import ImageInfo
from upload.lifecycle import preview
from upload.lifecycle.metadata import may_have_preview
from upload.lifecycle.states import UploadState, reason_of, state_of, tombstone
from upload.limits import MAX_PREVIEW_BYTES

log = logging.getLogger(__name__)


class Places:
    """staging/, images/, thumbs/ and trash/ of one picture.

    Each place is looked at when it is first asked for; what was seen is kept until :meth:`forget` or
    :meth:`look_again`. Every call may raise StorageUnavailable.
    """

    def __init__(self, storage: Storage, image_id: str) -> None:
        self._storage = storage
        self.image_id = image_id
        self.forget()

    def forget(self) -> None:
        """Look at everything anew."""
        self._staging: tuple[UploadState, ObjectInfo | None] | None = None
        self.look_again()

    def look_again(self) -> None:
        """Look at images/ and trash/ anew."""
        self._images: list[Entry] | None = None
        self._trashed: list[Entry] | None = None

    @property
    def staging(self) -> UploadState:
        """What staging/<id> says."""
        return self._read_staging()[0]

    @property
    def upload(self) -> ObjectInfo:
        """The object that was read at staging/<id>. Raises Missing where nothing was read."""
        found = self._read_staging()[1]
        if found is None:
            raise Missing
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
    def shown(self) -> Entry:
        """The picture in images/. Raises Missing."""
        for shown in self._list_images():
            return shown
        raise Missing

    @property
    def trash(self) -> bool:
        """Whether a copy is in trash/."""
        return bool(self._list_trash())

    def has_changed(self) -> bool:
        """Read staging/<id> again; whether it says something else."""
        before = self.staging
        self._staging = None
        return self.staging is not before

    def check_still(self) -> None:
        """Read staging/<id> again. Raises PreconditionFailed if it says something else."""
        if self.has_changed():
            raise PreconditionFailed

    def find_image(self) -> None:
        """Look at images/ anew, now."""
        self._images = None
        self._list_images()

    def check_trash(self) -> None:
        """Look at trash/ anew. Raises PreconditionFailed if a copy is there."""
        self._trashed = None
        if self.trash:
            raise PreconditionFailed

    def write(self, state: UploadState, reason: str = "") -> None:
        """Write a tombstone over exactly what was read. Raises PreconditionFailed or Missing if that has changed."""
        found = self._read_staging()[1]
        self._storage.write_empty(staging_key(self.image_id), tombstone(state, reason), instead_of=found)
        self._staging = state, None

    def read(self, offset: int, length: int) -> bytes:
        """Bytes of exactly the upload that was seen. Raises PreconditionFailed."""
        return self._storage.read(self.upload, offset, length)

    def commit(self, key: ImageKey, media_type: str) -> None:
        """Copy exactly the upload that was seen to its key in images/. Raises PreconditionFailed, Missing."""
        upload, target = self.upload, image_key(key)
        self._storage.publish(upload, target, content_type=media_type, cache_control=CACHE_CONTROL_ORIGINAL)
        self._images = [Entry(target, upload.size, upload.last_modified)]

    def remove_doubles(self) -> bool:
        """Remove a second key of the picture from images/; whether there was one."""
        doubles = self._list_images()[1:]
        for double in doubles:
            self._storage.delete(double.key)
        return bool(doubles)

    def remove_image(self) -> None:
        """Remove the picture from images/."""
        self._storage.delete(self.shown.key)

    def move_to_trash(self) -> None:
        """Copy the picture to the trash over any earlier copy, then remove it from images/."""
        shown = self.shown
        tail = shown.key.removeprefix(IMAGES)
        if preview_of_tail(tail):
            self._copy_preview(preview_key(self.image_id), trash_preview_key(self.image_id), only_if_free=False)
        try:
            self._storage.copy(shown.key, TRASH + tail, shown.size, only_if_free=False)
        except Missing:
            return  # another has moved it meanwhile
        self._storage.delete(shown.key)

    def copy_back(self) -> None:
        """Copy the picture from the trash to images/."""
        for trashed in self._list_trash():
            tail = trashed.key.removeprefix(TRASH)
            try:
                self._storage.copy(TRASH + tail, IMAGES + tail, trashed.size, only_if_free=True)
            except (Missing, PreconditionFailed):
                pass  # its time in the trash is over, or another was faster

    def empty_trash(self) -> None:
        """Remove the copy from trash/."""
        for trashed in self._list_trash():
            self._storage.delete(trashed.key)

    def publish_preview(self, info: ImageInfo) -> bool:
        """Publish the sender's preview if it fits; whether there is one. Raises PreconditionFailed, Missing."""
        return preview.publish(self._storage, self.image_id, info)

    def finish_preview(self) -> None:
        """Leave no bytes of the sender's preview in staging/, after the commit."""
        if may_have_preview(self.upload):  # one that had not arrived was shut out before the commit
            has_preview = parse_image_key(self.shown.key).has_preview
            state = UploadState.PUBLISHED if has_preview else UploadState.REFUSED
            preview.discard(self._storage, self.image_id, state, only_bytes=True)

    def settle_sent_preview(self) -> None:
        """Leave no bytes of the sender's preview in staging/."""
        state = UploadState.DELETED if self.staging is UploadState.PURGED else self.staging
        preview.discard(self._storage, self.image_id, state, only_bytes=True)

    def shut_out_sent_preview(self) -> None:
        """The same, and let none arrive."""
        preview.discard(self._storage, self.image_id, self.staging)

    def copy_preview_back(self) -> None:
        """Copy the preview from the trash, if the picture in images/ or else in trash/ has one."""
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
            except Missing:
                found = None
            self._staging = state_of(found), found
        return self._staging

    def _list_images(self) -> list[Entry]:
        """At most two, since a second one has to go."""
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
        except (Missing, PreconditionFailed):
            pass  # another has copied it
        except Denied:
            # Nobody may list thumbs/, so AWS says 403 for a preview that is not there. A picture without its preview
            # can still be deleted and come back.
            log.warning("cannot copy a preview", extra={"target": target})
