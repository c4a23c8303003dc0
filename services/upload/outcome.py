"""What the register says of an upload, made true in the gallery: by anyone, at any time, as often as it takes.

staging/<id> is the register. Whoever changes a picture's state writes there first, and only then touches images/,
thumbs/ and trash/; afterwards they read the register again, and start anew when it says something else by then. So the
last one to touch anything has seen the last word, and however two of them interleave, the gallery ends as the register
says. (All tombstones are empty and so have one ETag: a condition cannot tell them apart. This rule needs none.)

    register                 images/   thumbs/               trash/
    published                there     where the key says t  what a deletion left, 30 days
    deleted                  gone      gone                  there, 30 days
    deleted for good         gone      gone                  gone
    cancelled, refused       gone      gone                  -
    an upload, or nothing    as it is  as it is              as it is
"""

import logging
from dataclasses import dataclass

from common.generations import Announcer
from common.keys import (
    IMAGES,
    TRASH,
    image_prefix,
    preview_of_tail,
    staging_key,
    thumb_key,
    trash_prefix,
    trash_thumb_key,
)
from common.storage import Entry, Storage, Stored
from common.storage_errors import Denied, Missing, PreconditionFailed, StorageUnavailable
from upload import preview, staged
from upload.limits import MAX_PREVIEW_BYTES
from upload.staged import Fate, Word

log = logging.getLogger(__name__)

TRIES = 5


@dataclass(frozen=True)
class Outcome:
    """What the register said last, and the picture that is in the gallery."""

    word: Word
    picture: Entry | None


class Outcomes:
    """Reads and writes registers, and carries out what they say."""

    def __init__(self, storage: Storage, announcer: Announcer) -> None:
        self._storage = storage
        self._announcer = announcer

    def look(self, image_id: str) -> Stored | None:
        """What stands in the register: an upload, a tombstone, or nothing."""
        try:
            return self._storage.head(staging_key(image_id))
        except Missing:
            return None

    def picture(self, image_id: str) -> Entry | None:
        """The picture in the gallery."""
        return self._storage.first(image_prefix(image_id))

    def trashed(self, image_id: str) -> Entry | None:
        """The picture in the trash. One that came back is there too, until its 30 days end."""
        return self._storage.first(trash_prefix(image_id))

    def write(self, image_id: str, fate: Fate, reason: str = "", *, instead_of: Stored | None) -> None:
        """Settle the register. Raises PreconditionFailed or Missing when it is no longer what was seen: look again."""
        self._storage.write_empty(staging_key(image_id), staged.tombstone(fate, reason), instead_of=instead_of)

    def carry_out(self, image_id: str, *, put_back: bool = False) -> Outcome:
        """Make the gallery what the register says. Raises StorageUnavailable.

        Only who restores puts a picture back, and who took it away while another restored it. Nobody else does: a
        restore that S3 carried out long after its time-out must not bring back what was deleted since.
        """
        word = staged.word_of(self.look(image_id))
        for _ in range(TRIES):
            picture = self._make_true(image_id, word, put_back)
            said, word = word, staged.word_of(self.look(image_id))
            if said == word:
                return Outcome(word, picture)
            put_back = put_back or said.fate is Fate.DELETED
        raise StorageUnavailable

    def check_still(self, image_id: str, word: Word) -> None:
        """Before it is said that there is nothing: raises PreconditionFailed if something has happened since."""
        if staged.word_of(self.look(image_id)) != word:
            raise PreconditionFailed

    def _make_true(self, image_id: str, word: Word, put_back: bool) -> Entry | None:
        match word.fate:
            case None:
                return self.picture(image_id)
            case Fate.PUBLISHED:
                there = self._only_one(image_id)
                if not put_back:
                    return there
                preview.discard(self._storage, image_id, Fate.PUBLISHED, only_bytes=True)
                return self._put_back(image_id, there)
            case Fate.DELETED:
                preview.discard(self._storage, image_id, Fate.DELETED, only_bytes=True)
                self._destroy(image_id) if word.for_good else self._take_away(image_id, to_trash=True)
            case Fate.CANCELLED | Fate.REFUSED:
                preview.discard(self._storage, image_id, word.fate)
                self._take_away(image_id, to_trash=False)
        return None

    def _only_one(self, image_id: str) -> Entry | None:
        """The picture in the gallery, without a second key that another version of us made of the same file."""
        there = self._storage.list_page(image_prefix(image_id), limit=2).entries
        for double in there[1:]:
            self._storage.delete(double.key)
            self._announcer.announce(deletes=True)
        return there[0] if there else None

    def _put_back(self, image_id: str, there: Entry | None) -> Entry | None:
        """The picture, from the trash when it is not in the gallery. Its preview goes first: a tile needs it."""
        source = there or self.trashed(image_id)
        if source is None:
            return None
        tail = source.key.partition("/")[2]
        if preview_of_tail(tail):
            self._copy_preview(trash_thumb_key(image_id), thumb_key(image_id), only_if_free=True)
        if there:
            return there
        try:
            self._storage.copy(TRASH + tail, IMAGES + tail, source.size, only_if_free=True)
        except (Missing, PreconditionFailed):
            pass  # its time in the trash is over, or another was faster
        self._announcer.announce(deletes=True)
        return self.picture(image_id)

    def _take_away(self, image_id: str, *, to_trash: bool) -> None:
        """Take the picture out of the gallery, its preview last, and tell the lists."""
        for _ in range(TRIES):
            picture = self.picture(image_id)
            if picture is None:
                return self._storage.delete(thumb_key(image_id))
            if not to_trash or self._copy_to_trash(image_id, picture):
                self._delete_shown(picture.key)
            self._announcer.announce(deletes=True)
        raise StorageUnavailable

    def _delete_shown(self, key: str) -> None:
        try:
            self._storage.delete(key)
        except StorageUnavailable:
            self._announcer.announce(deletes=True)  # it may be gone all the same
            raise

    def _copy_to_trash(self, image_id: str, picture: Entry) -> bool:
        """Copy it to the trash over any earlier copy, so its 30 days start again; False when it is gone."""
        tail = picture.key.removeprefix(IMAGES)
        if preview_of_tail(tail):
            self._copy_preview(thumb_key(image_id), trash_thumb_key(image_id), only_if_free=False)
        try:
            self._storage.copy(picture.key, TRASH + tail, picture.size, only_if_free=False)
        except Missing:
            return False  # another has moved it meanwhile
        return True

    def _destroy(self, image_id: str) -> None:
        """Leave nothing. The trash goes first, so nothing comes back from there; a deletion may fill it once more."""
        for _ in range(TRIES):
            if trashed := self.trashed(image_id):
                self._storage.delete(trashed.key)
            self._storage.delete(trash_thumb_key(image_id))
            self._take_away(image_id, to_trash=False)
            if self.trashed(image_id) is None:
                return
        raise StorageUnavailable

    def _copy_preview(self, source: str, target: str, *, only_if_free: bool) -> None:
        try:
            self._storage.copy(source, target, MAX_PREVIEW_BYTES, only_if_free=only_if_free)
        except (Missing, PreconditionFailed):
            pass  # another has copied it
        except Denied:
            # Nobody may list thumbs/, so AWS says 403 for a preview that is not there. A picture without its preview
            # can still be deleted and come back.
            log.warning("cannot copy a preview", extra={"target": target})
