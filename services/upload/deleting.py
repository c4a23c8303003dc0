"""Deleting a picture, getting it back from the trash, and removing it for good. Each can be repeated and interleaved.

The register has the word (see outcome.py); what is in images/ and trash/ follows it.
"""

from common.generations import Announcer
from common.storage import Entry, Storage, Stored
from common.storage_errors import PreconditionFailed
from upload import staged
from upload.errors import Deleted, NoSuchPicture, NotInTrash
from upload.outcome import Outcomes
from upload.publishing import Published, published, until_settled
from upload.staged import FOR_GOOD, Fate, Word


class Deleter:
    """Moves pictures to the trash and back."""

    def __init__(self, storage: Storage, announcer: Announcer) -> None:
        self._outcomes = Outcomes(storage, announcer)
        self._announcer = announcer

    def delete(self, image_id: str) -> None:
        """Move the picture to the trash. Raises NoSuchPicture, StorageUnavailable."""
        until_settled(lambda: self._delete_once(image_id, for_good=False))

    def purge(self, image_id: str) -> None:
        """Remove the picture from gallery and trash, at once and for good. Raises NoSuchPicture, StorageUnavailable."""
        until_settled(lambda: self._delete_once(image_id, for_good=True))

    def restore(self, image_id: str) -> Published:
        """Bring the picture back from the trash; one that is in the gallery stays there.

        Raises NoSuchPicture, NotInTrash, Deleted, StorageUnavailable.
        """
        return until_settled(lambda: self._restore_once(image_id))

    def _delete_once(self, image_id: str, *, for_good: bool) -> None:
        register, word, picture = self._look(image_id)
        if word.fate is not Fate.DELETED or (for_good and not word.for_good):
            if word.fate is None and picture is None and self._outcomes.trashed(image_id) is None:
                self._outcomes.check_still(image_id, word)
                raise NoSuchPicture
            self._outcomes.write(image_id, Fate.DELETED, FOR_GOOD if for_good else "", instead_of=register)
        outcome = self._outcomes.carry_out(image_id)
        self._announcer.announce(deletes=True)
        if outcome.word.fate is None:
            raise PreconditionFailed  # the tombstone that we wrote over was old and expired just then, and ours with it
        if for_good and not outcome.word.for_good:
            raise PreconditionFailed  # a restore or a deletion wrote over our word: it would leave something

    def _restore_once(self, image_id: str) -> Published:
        register, word, picture = self._look(image_id)
        if word.for_good:
            raise NotInTrash
        if picture is None or word.fate is Fate.DELETED:
            if picture is None and self._outcomes.trashed(image_id) is None:
                self._outcomes.check_still(image_id, word)
                raise NotInTrash if word.fate else NoSuchPicture
            self._outcomes.write(image_id, Fate.PUBLISHED, instead_of=register)
        outcome = self._outcomes.carry_out(image_id, put_back=True)
        self._announcer.announce(deletes=True)
        if outcome.picture is not None:
            return published(outcome.picture)
        if outcome.word.fate is Fate.DELETED:
            raise Deleted  # once more, in between
        raise PreconditionFailed  # whoever deletes it has to put it back, or its time in the trash is over: look again

    def _look(self, image_id: str) -> tuple[Stored | None, Word, Entry | None]:
        """The register, its word, and the picture in the gallery. Raises NoSuchPicture where there never was one."""
        register = self._outcomes.look(image_id)
        word = staged.word_of(register)
        if word.fate in (Fate.CANCELLED, Fate.REFUSED):
            raise NoSuchPicture
        return register, word, self._outcomes.picture(image_id)
