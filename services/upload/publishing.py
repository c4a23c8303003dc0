"""The state machine of one upload: publish and cancel, each step repeatable by anyone at any time.

staging/<id> is the register that decides. It goes from nothing to an upload to a tombstone, and each step is a
conditional write (If-None-Match or If-Match), so two who race cannot both win:

    nothing ──PUT──▶ upload ──▶ published | cancelled | refused
       └────────────cancel───────────▶ cancelled

The copy to images/ is the commit that everybody sees; the tombstone follows it. Whoever finds the commit without its
tombstone (a publisher died in between) writes it. Whoever has committed and then finds that a cancel wrote its
tombstone first removes what it made. A step that fails because something changed starts again from looking.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from common.filenames import with_extension
from common.generations import Announcer
from common.images import CACHE_CONTROL_ORIGINAL
from common.keys import (
    STAGING,
    ImageKey,
    id_time_ms,
    image_key,
    image_prefix,
    is_thumbhash,
    parse_image_key,
    parse_tail,
    staging_key,
    thumb_key,
)
from common.storage import Entry, Missing, PreconditionFailed, Storage, StorageUnavailable, Stored
from common.tokens import Claims
from upload import preview, staged
from upload.events import AlreadyPublished, Cancelled, Deleted, Expired, NothingThere, Refused
from upload.imagehead import ImageInfo, NotAnImage, ReadFellShort, inspect
from upload.staged import BadMetadata, Details, Fate

log = logging.getLogger(__name__)

T = TypeVar("T")

MAX_AGE = timedelta(days=6)
"""An older upload is never published: its lifecycle may remove it at any moment (storage's clock on both sides)."""

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

    def publish(self, image_id: str, claims: Claims | None) -> Published:
        """Verify and publish what stands at staging/<id>, held against the token's ``claims`` where there is one.

        Raises NothingThere, Cancelled, Deleted, Expired, Refused, StorageUnavailable.
        """
        return _until_settled(lambda: self._publish_once(image_id, claims))

    def cancel(self, image_id: str) -> None:
        """Settle the upload so that it can never be published. Raises AlreadyPublished, StorageUnavailable."""
        _until_settled(lambda: self._cancel_once(image_id))

    def _publish_once(self, image_id: str, claims: Claims | None) -> Published:
        existing = self._storage.first(image_prefix(image_id))
        try:
            upload = self._storage.head(staging_key(image_id))
        except Missing:
            if existing:
                return _published(existing)
            raise NothingThere from None
        if existing:
            return self._finish(existing, upload)
        self._refuse_settled(upload)
        if upload.date - upload.last_modified > MAX_AGE:
            raise Expired
        details, info = self._judge(upload, claims)
        has_preview = details.has_preview and preview.publish(self._storage, image_id, info)
        key = self._commit(upload, key_for(image_id, details, info, has_preview), info.media_type)
        self._settle_published(upload, key, details)
        return Published(key, upload.size, created=True)

    def _commit(self, upload: Stored, key: ImageKey, media_type: str) -> ImageKey:
        try:
            self._storage.publish(upload, image_key(key), content_type=media_type, cache_control=CACHE_CONTROL_ORIGINAL)
        except PreconditionFailed:
            self._undo_if_cancelled(upload.key, key.id)
            raise
        return key

    def _refuse_settled(self, upload: Stored) -> None:
        match staged.fate_of(upload):
            case Fate.CANCELLED:
                raise Cancelled
            case Fate.REFUSED:
                raise Refused(staged.reason_of(upload))
            case Fate.PUBLISHED | Fate.DELETED:  # and not under images/, which decides
                raise Deleted
            case None:
                return

    def _judge(self, upload: Stored, claims: Claims | None) -> tuple[Details, ImageInfo]:
        """What was sent and what it really is. Only a positive finding refuses it, and then for good."""
        try:
            details = staged.details_of(upload.metadata)
            if claims is not None:
                _compare(upload, claims)
            info = inspect(lambda offset, length: self._storage.read(upload, offset, length), upload.size)
        except ReadFellShort:
            raise StorageUnavailable from None
        except BadMetadata:
            raise self._refuse(upload, "It was not sent with a permission of this gallery.") from None
        except NotAnImage as finding:
            raise self._refuse(upload, finding.detail) from None
        return details, info

    def _refuse(self, upload: Stored, reason: str) -> Refused:
        image_id = upload.key.removeprefix(STAGING)
        self._storage.write_empty(upload.key, staged.tombstone(Fate.REFUSED, reason), instead_of=upload)
        preview.discard(self._storage, image_id, Fate.REFUSED)
        log.info("refused", extra={"image_id": image_id, "reason": reason})
        return Refused(reason)

    def _settle_published(self, upload: Stored, key: ImageKey, details: Details) -> None:
        """After the commit: tell the lists, then write the tombstones; take the commit back if a cancel came first."""
        self._announce(upload, key.id)
        if details.has_preview:
            preview.discard(self._storage, key.id, Fate.PUBLISHED if key.has_thumb else Fate.REFUSED)
        try:
            self._storage.write_empty(upload.key, staged.tombstone(Fate.PUBLISHED), instead_of=upload)
        except PreconditionFailed:
            self._undo_if_cancelled(upload.key, key.id)

    def _undo_if_cancelled(self, staging: str, image_id: str) -> None:
        if staged.fate_of(self._storage.head(staging)) is Fate.CANCELLED:
            self._remove(image_id)
            raise Cancelled from None

    def _finish(self, existing: Entry, upload: Stored) -> Published:
        """Somebody has committed: repeat what follows the commit where it is not done."""
        published = _published(existing)
        match staged.fate_of(upload):
            case Fate.CANCELLED:
                self._remove(published.key.id)
                raise Cancelled
            case None:
                self._settle_published(upload, published.key, staged.details_of(upload.metadata))
        return published

    def _cancel_once(self, image_id: str) -> None:
        key = staging_key(image_id)
        try:
            found: Stored | None = self._storage.head(key)
        except Missing:
            found = None
        fate = staged.fate_of(found) if found else None
        if fate is not Fate.CANCELLED:
            if fate in (Fate.PUBLISHED, Fate.DELETED) or self._storage.first(image_prefix(image_id)):
                raise AlreadyPublished
            if fate is None:
                self._storage.write_empty(key, staged.tombstone(Fate.CANCELLED), instead_of=found)
        preview.discard(self._storage, image_id, Fate.CANCELLED)
        if self._storage.first(image_prefix(image_id)):  # a publisher committed between our look and our tombstone
            self._remove(image_id)

    def _remove(self, image_id: str) -> None:
        """Take back a commit that a cancel overtook."""
        while entry := self._storage.first(image_prefix(image_id)):
            self._storage.delete(entry.key)
        self._storage.delete(thumb_key(image_id))
        self._announcer.announce(deletes=True)

    def _announce(self, upload: Stored, image_id: str) -> None:
        late = upload.date.timestamp() - id_time_ms(image_id) / 1000 > OLD_ID_SECONDS
        self._announcer.announce(deletes=late)


def key_for(image_id: str, details: Details, info: ImageInfo, has_preview: bool) -> ImageKey:
    """The key that the picture gets, its name trimmed to what a key may hold. The same for whoever publishes it."""
    filename = with_extension(details.filename, info.media_type)
    thumbhash = details.thumbhash if details.thumbhash and is_thumbhash(details.thumbhash) else None
    return parse_tail(ImageKey(image_id, info.width, info.height, thumbhash, has_preview, filename).tail)


def _published(entry: Entry) -> Published:
    return Published(parse_image_key(entry.key), entry.size, created=False)


def _compare(upload: Stored, claims: Claims) -> None:
    """Hold what arrived against what was permitted. Storage enforced all of it, so a difference is a forgery."""
    same = (
        upload.size == claims.size
        and (upload.sha256 is None or upload.sha256 == claims.sha256)
        and upload.metadata == staged.metadata_for(claims)
    )
    if not same:
        raise BadMetadata


def _until_settled(step: Callable[[], T]) -> T:
    """Repeat ``step`` while what it saw changes under it. Each change is somebody else's progress, so few tries do."""
    for _ in range(TRIES):
        try:
            return step()
        except (PreconditionFailed, Missing):
            continue
    raise StorageUnavailable
