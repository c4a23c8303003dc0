"""Defines the states of a picture and their encoding at staging/<id>. images/, thumbs/ and trash/ follow that state.

A browser PUTs an upload to staging/<id>. To settle the upload, its outcome is written over it as a tombstone: an empty
object whose metadata hold the state. Storage refuses a PUT that arrives after a tombstone (412), so a cancelled upload
cannot come back. All tombstones are empty and have the same ETag, so a conditional request cannot distinguish them:
compare their states.

    nothing ──PUT──▶ upload ──▶ published ◀──▶ deleted ──▶ purged
       │                └────▶ cancelled | refused
       └──────cancel─────────▶ cancelled
"""

from enum import StrEnum
from typing import Protocol

from common.domain.keys import STAGING, is_id
from common.s3.objects import Entry, ObjectInfo
from upload.lifecycle.metadata import VERSION


class UploadState(StrEnum):
    """The states that staging/<id> can have."""

    NOTHING = "nothing"
    """Nothing was sent yet, or the tombstone has expired."""
    UPLOAD = "upload"
    """Bytes that nobody has verified yet."""
    PUBLISHED = "published"
    CANCELLED = "cancelled"
    REFUSED = "refused"
    DELETED = "deleted"
    """Moved to the trash, for 30 days."""
    PURGED = "purged"
    """Removed from the gallery and from the trash."""


class Situation(Protocol):
    """What was found at staging/<id>, and below images/ and trash/."""

    @property
    def staging(self) -> UploadState:
        """The state at staging/<id> when it was last read."""

    @property
    def image(self) -> bool:
        """Whether the picture is in images/."""

    @property
    def trash(self) -> bool:
        """Whether a copy is in trash/. A restored picture is in both until the copy expires after 30 days."""


_FATE, _REASON = "fate", "reason"
_PURGED_REASON = "for good"
"""A purged picture has the tombstone of a deleted picture, with this reason."""
_FATES = {
    state.value: state
    for state in (UploadState.PUBLISHED, UploadState.CANCELLED, UploadState.REFUSED, UploadState.DELETED)
}


def tombstone(state: UploadState, reason: str = "") -> dict[str, str]:
    """Return the metadata of a tombstone, as ASCII. ``reason`` is a text for people."""
    if state is UploadState.PURGED:
        state, reason = UploadState.DELETED, _PURGED_REASON
    ascii_reason = reason.encode("ascii", "replace").decode()[:500]
    return {"vitrine": VERSION, _FATE: state.value, **({_REASON: ascii_reason} if reason else {})}


def state_of(found: ObjectInfo | None) -> UploadState:
    """Return the state of the object at staging/<id>; ``found`` is None if there is no object."""
    if found is None:
        return UploadState.NOTHING
    state = _FATES.get(found.metadata.get(_FATE, ""), UploadState.UPLOAD)
    if state is UploadState.DELETED and found.metadata.get(_REASON) == _PURGED_REASON:
        return UploadState.PURGED
    return state


def is_waiting(entry: Entry) -> bool:
    """Whether this entry of a LIST may be a file that awaits publishing.

    Tombstones are empty, and keys of previews and notes have a dot.
    """
    return entry.size > 0 and is_id(entry.key.removeprefix(STAGING))


def reason_of(found: ObjectInfo | None) -> str:
    """Return the reason of a refusal from its tombstone, or an empty text."""
    return found.metadata.get(_REASON, "") if found else ""
