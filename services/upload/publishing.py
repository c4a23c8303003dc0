"""The state machine of one upload: publish and cancel, each step repeatable by anyone at any time.

staging/<id> is the register that decides. It goes from nothing to an upload to a tombstone, and each step is a
conditional write (If-None-Match or If-Match), so two who race cannot both win:

    nothing ──PUT──▶ upload ──▶ published ◀──▶ deleted
       │                └────▶ cancelled | refused
       └──────cancel─────────▶ cancelled

The copy to images/ is the commit that everybody sees; the tombstone follows it. Whoever finds the commit without its
tombstone (a publisher died in between) writes it. Whoever has committed and then finds that another settled the
register first carries out what stands there (outcome.py). A step that fails because something changed starts again from
looking.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeVar

from common.filenames import with_extension
from common.generations import Announcer
from common.images import CACHE_CONTROL_ORIGINAL
from common.keys import ImageKey, id_time_ms, image_key, is_thumbhash, parse_image_key, parse_tail
from common.storage import Entry, Storage, Stored
from common.storage_errors import Missing, PreconditionFailed, StorageUnavailable
from common.tokens import Claims
from upload import preview, staged
from upload.errors import AlreadyPublished, Cancelled, Deleted, Expired, NothingThere, Refused
from upload.inspect import ImageInfo, NotAnImage, ReadFellShort, inspect
from upload.outcome import Outcome, Outcomes
from upload.staged import BadMetadata, Details, Fate, Word

log = logging.getLogger(__name__)

T = TypeVar("T")

MAX_AGE = timedelta(days=6)
"""An older upload is never published: it may soon be removed (expiry.py; storage's clock on both sides)."""

OLD_ID_SECONDS = 50 * 60
"""A picture published this long after its id was made lands in a part of the list that is cached as settled."""

TRIES = 4


@dataclass(frozen=True)
class Published:
    key: ImageKey
    size: int
    """In bytes."""
    created: bool
    """Whether it was this call that published."""


class Publisher:
    """Publishes and cancels uploads, given storage and somebody to tell about changes."""

    def __init__(self, storage: Storage, announcer: Announcer) -> None:
        self._storage = storage
        self._announcer = announcer
        self._outcomes = Outcomes(storage, announcer)

    def publish(self, image_id: str, claims: Claims | None) -> Published:
        """Verify and publish what stands at staging/<id>, held against the token's ``claims`` where there is one.

        Raises NothingThere, Cancelled, Deleted, Expired, Refused, StorageUnavailable.
        """
        return until_settled(lambda: self._publish_once(image_id, claims))

    def cancel(self, image_id: str) -> None:
        """Settle the upload so that it can never be published. Raises AlreadyPublished, StorageUnavailable."""
        until_settled(lambda: self._cancel_once(image_id))

    def mend(self, image_id: str) -> bool:
        """Take away what was cancelled, refused or deleted and is in the gallery all the same; whether it was.

        A process may have ended over it, or storage may have carried out a publisher's copy late.
        """
        if staged.word_of(self._outcomes.look(image_id)).fate in (None, Fate.PUBLISHED):
            return False
        was_there = self._outcomes.picture(image_id) is not None
        self._outcomes.carry_out(image_id)
        return was_there

    def _publish_once(self, image_id: str, claims: Claims | None) -> Published:
        # The register first: it says published after the commit, so whoever reads that finds the picture.
        upload = self._outcomes.look(image_id)
        existing = self._outcomes.picture(image_id)
        fate = staged.word_of(upload).fate
        if existing and fate in (None, Fate.PUBLISHED):
            picture = published(existing)
            return picture if upload is None or fate else self._settle(upload, picture)
        if fate in (Fate.PUBLISHED, Fate.DELETED):
            raise Deleted
        if fate is not None:
            outcome = self._outcomes.carry_out(image_id)
            self._announcer.announce(deletes=True)  # whoever came before us may have ended before they told
            return _ending(outcome)
        if self._outcomes.trashed(image_id):
            raise Deleted
        if upload is None:
            self._outcomes.check_still(image_id, Word())
            raise NothingThere
        if upload.date - upload.last_modified > MAX_AGE:
            raise Expired
        return self._verify_and_publish(image_id, upload, claims)

    def _verify_and_publish(self, image_id: str, upload: Stored, claims: Claims | None) -> Published:
        details, info = self._judge(image_id, upload, claims)
        has_preview = details.has_preview and preview.publish(self._storage, image_id, info)
        key = key_for(image_id, details, info, has_preview)
        try:
            self._storage.publish(
                upload, image_key(key), content_type=info.media_type, cache_control=CACHE_CONTROL_ORIGINAL
            )
        except (PreconditionFailed, Missing):
            self._outcomes.carry_out(image_id)  # whoever settled it meanwhile decides about our preview too
            raise
        return self._settle(upload, Published(key, upload.size, created=True))

    def _judge(self, image_id: str, upload: Stored, claims: Claims | None) -> tuple[Details, ImageInfo]:
        """What was sent and what it really is. Only a positive finding refuses it, and then for good."""
        try:
            details = staged.details_of(upload.metadata)
            if claims is not None and not staged.as_permitted(upload, claims):
                raise BadMetadata
            info = inspect(lambda offset, length: self._storage.read(upload, offset, length), upload.size)
        except ReadFellShort:
            raise StorageUnavailable from None
        except BadMetadata:
            raise self._refuse(image_id, upload, "It was not sent with a permission of this gallery.") from None
        except NotAnImage as finding:
            raise self._refuse(image_id, upload, finding.detail) from None
        return details, info

    def _refuse(self, image_id: str, upload: Stored, reason: str) -> Refused:
        self._outcomes.write(image_id, Fate.REFUSED, reason, instead_of=upload)
        self._outcomes.carry_out(image_id)
        log.info("refused", extra={"image_id": image_id, "reason": reason})
        return Refused(reason)

    def _settle(self, upload: Stored, picture: Published) -> Published:
        """After the commit: tell the lists, then write the tombstones. What was written there first decides."""
        key = picture.key
        self._announce(upload, key.id)
        if staged.may_have_preview(upload):  # one that had not arrived was shut out before the commit
            fate = Fate.PUBLISHED if key.has_thumb else Fate.REFUSED
            preview.discard(self._storage, key.id, fate, only_bytes=True)
        try:
            self._outcomes.write(key.id, Fate.PUBLISHED, instead_of=upload)
        except (PreconditionFailed, Missing):
            return replace(_ending(self._outcomes.carry_out(key.id)), created=picture.created)
        return picture

    def _cancel_once(self, image_id: str) -> None:
        upload = self._outcomes.look(image_id)
        fate = staged.word_of(upload).fate
        if fate in (Fate.PUBLISHED, Fate.DELETED):
            raise AlreadyPublished
        if fate is None:
            if self._outcomes.picture(image_id) or self._outcomes.trashed(image_id):
                raise AlreadyPublished
            self._outcomes.write(image_id, Fate.CANCELLED, instead_of=upload)
        self._outcomes.carry_out(image_id)
        if upload is not None:  # a publisher may have taken its commit back and ended before it told
            self._announcer.announce(deletes=True)

    def _announce(self, upload: Stored, image_id: str) -> None:
        late = upload.date.timestamp() - id_time_ms(image_id) / 1000 > OLD_ID_SECONDS
        self._announcer.announce(deletes=late)


def _ending(outcome: Outcome) -> Published:
    """The answer of a settled register. Raises what it says; PreconditionFailed when it is not settled after all."""
    match outcome.word.fate:
        case Fate.CANCELLED:
            raise Cancelled
        case Fate.REFUSED:
            raise Refused(outcome.word.reason)
        case None:
            raise PreconditionFailed
    if outcome.picture is None:
        raise Deleted
    return published(outcome.picture)


def key_for(image_id: str, details: Details, info: ImageInfo, has_preview: bool) -> ImageKey:
    """The key that the picture gets, its name trimmed to what a key may hold. The same for whoever publishes it."""
    filename = with_extension(details.filename, info.media_type)
    thumbhash = details.thumbhash if details.thumbhash and is_thumbhash(details.thumbhash) else None
    return parse_tail(ImageKey(image_id, info.width, info.height, thumbhash, has_preview, filename).tail)


def published(entry: Entry) -> Published:
    """What a line of the list says of a published picture."""
    return Published(parse_image_key(entry.key), entry.size, created=False)


def until_settled(step: Callable[[], T]) -> T:
    """Repeat ``step`` while what it saw changes under it. Each change is somebody else's progress, so few tries do."""
    for _ in range(TRIES):
        try:
            return step()
        except (PreconditionFailed, Missing):
            continue
    raise StorageUnavailable
