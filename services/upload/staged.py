"""What stands at staging/<id>: an upload that is not yet believed, or the tombstone of one that is settled.

An upload's metadata are signed into its URL, so they are ours: all that publishing needs is there, and whoever
finishes the upload - the browser's call or the reconciler - needs nothing else. A tombstone is an empty object: a PUT
that was still in flight meets it and is refused (412), so what was cancelled cannot come back.
"""

import base64
import binascii
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from common.storage import Stored
from common.tokens import ANY_PARTS, Claims
from upload.multipart.part_sizes import Cut

VERSION = "1"


class Fate(StrEnum):
    """How an upload was settled."""

    PUBLISHED = "published"
    CANCELLED = "cancelled"
    REFUSED = "refused"
    DELETED = "deleted"


FOR_GOOD = "for good"
"""The reason in the tombstone of what was deleted past the trash."""


class Word(NamedTuple):
    """What a register says: a fate and its reason, or no fate while it holds an upload or nothing."""

    fate: Fate | None = None
    reason: str = ""

    @property
    def for_good(self) -> bool:
        """Whether the picture was deleted past the trash."""
        return self == (Fate.DELETED, FOR_GOOD)


@dataclass(frozen=True)
class Details:
    """What the sender said of the picture, as it travels with the staged object."""

    filename: str
    thumbhash: str | None
    has_preview: bool


class BadMetadata(ValueError):
    """A staged object whose metadata we did not write."""


def metadata_for(claims: Claims) -> dict[str, str]:
    """Metadata of an upload, ASCII throughout (S3 user guide, "Working with object metadata")."""
    name = base64.urlsafe_b64encode(claims.filename.encode()).decode().rstrip("=")
    return {
        "vitrine": VERSION,
        "name": name,
        "thumbhash": claims.thumbhash or "-",
        "preview": "t" if claims.thumbnail else "-",
    }


def details_of(metadata: dict[str, str]) -> Details:
    """The reverse of :func:`metadata_for`. Raises BadMetadata."""
    if metadata.get("vitrine") != VERSION:
        raise BadMetadata
    try:
        name = metadata["name"]
        filename = base64.urlsafe_b64decode(name + "=" * (-len(name) % 4)).decode()
        thumbhash, preview = metadata["thumbhash"], metadata["preview"]
    except (KeyError, ValueError, binascii.Error):
        raise BadMetadata from None
    return Details(filename, None if thumbhash == "-" else thumbhash, preview == "t")


def may_have_preview(upload: Stored) -> bool:
    """Whether a preview was permitted with it, as far as its metadata say."""
    return upload.metadata.get("preview") != "-"


def as_permitted(upload: Stored, claims: Claims) -> bool:
    """Whether what arrived is what was permitted. Storage enforced all of it, so a difference is a forgery.

    The checksum of a file in parts is the composite of the parts' checksums, "…-<number of parts>": how many there
    are is known here. A sender who cuts as it likes says neither size nor checksum: completing has checked the limit.
    """
    if claims.part_size == ANY_PARTS:
        return upload.metadata == metadata_for(claims)
    if claims.part_size:
        count = Cut(claims.size, claims.part_size).count
        right_sum = upload.sha256 is None or upload.sha256.endswith(f"-{count}")
    else:
        right_sum = upload.sha256 is None or upload.sha256 == claims.sha256
    return upload.size == claims.size and right_sum and upload.metadata == metadata_for(claims)


def tombstone(fate: Fate, reason: str = "") -> dict[str, str]:
    """Metadata of the empty object that settles an upload. ``reason`` is for people."""
    return {"vitrine": VERSION, "fate": fate.value, **({"reason": _ascii(reason)} if reason else {})}


def word_of(staged: Stored | None) -> Word:
    """What the register says."""
    try:
        return Word(Fate(staged.metadata.get("fate", "")), staged.metadata.get("reason", "")) if staged else Word()
    except ValueError:
        return Word()


def fate_of(staged: Stored) -> Fate | None:
    """How it was settled; None while it is an upload."""
    return word_of(staged).fate


def _ascii(text: str) -> str:
    return text.encode("ascii", "replace").decode()[:500]
