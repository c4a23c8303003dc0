"""What staging/<id> says of a picture. It decides: images/, thumbs/ and trash/ follow it.

A browser PUTs an upload there. Whoever settles the upload overwrites it with a tombstone: an empty object whose
metadata say what happened. A PUT that was still in flight meets the tombstone and is refused (412), so what was
cancelled cannot come back. All tombstones are empty and have one ETag, so a condition cannot tell them apart: compare
their states.

    nothing ──PUT──▶ upload ──▶ published ◀──▶ deleted ──▶ purged
       │                └────▶ cancelled | refused
       └──────cancel─────────▶ cancelled
"""

from enum import StrEnum
from typing import Protocol

from common.s3.objects import ObjectInfo
from upload.lifecycle.metadata import VERSION


class UploadState(StrEnum):
    """What staging/<id> can say."""

    NOTHING = "nothing"
    """Nothing was sent yet, or a tombstone has expired."""
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
    """What was seen at the three places of a picture."""

    @property
    def staging(self) -> UploadState:
        """What staging/<id> said when it was last read."""

    @property
    def image(self) -> bool:
        """Whether the picture is in images/."""

    @property
    def trash(self) -> bool:
        """Whether a copy is in trash/. A restored picture is in both, until the copy's 30 days end."""


_FATE, _REASON = "fate", "reason"
_PURGED_REASON = "for good"
"""A purged picture has the tombstone of a deleted one, with this reason."""
_FATES = {
    state.value: state
    for state in (UploadState.PUBLISHED, UploadState.CANCELLED, UploadState.REFUSED, UploadState.DELETED)
}


def tombstone(state: UploadState, reason: str = "") -> dict[str, str]:
    """Metadata of the empty object that settles an upload, ASCII throughout. ``reason`` is for people."""
    if state is UploadState.PURGED:
        state, reason = UploadState.DELETED, _PURGED_REASON
    ascii_reason = reason.encode("ascii", "replace").decode()[:500]
    return {"vitrine": VERSION, _FATE: state.value, **({_REASON: ascii_reason} if reason else {})}


def state_of(found: ObjectInfo | None) -> UploadState:
    """What an object at staging/<id> says, or its absence."""
    if found is None:
        return UploadState.NOTHING
    state = _FATES.get(found.metadata.get(_FATE, ""), UploadState.UPLOAD)
    if state is UploadState.DELETED and found.metadata.get(_REASON) == _PURGED_REASON:
        return UploadState.PURGED
    return state


def reason_of(found: ObjectInfo | None) -> str:
    """Why an upload was refused, as its tombstone says it."""
    return found.metadata.get(_REASON, "") if found else ""
