"""The metadata of an upload. They are signed into its URL, so they are ours.

All that publishing needs is there: whoever finishes the upload, the browser's call or the reconciler, needs nothing
else.
"""

import base64
import binascii
from dataclasses import dataclass

from common.domain.tokens import Claims
from common.s3.objects import ObjectInfo

VERSION = "1"


@dataclass(frozen=True)
class Details:
    """What the sender said of the picture."""

    filename: str
    thumbhash: str | None
    has_preview: bool


class BadMetadata(ValueError):
    """An upload whose metadata we did not write."""


def metadata_for(claims: Claims) -> dict[str, str]:
    """Metadata of an upload, ASCII throughout (S3 user guide, "Working with object metadata")."""
    name = base64.urlsafe_b64encode(claims.filename.encode()).decode().rstrip("=")
    return {
        "vitrine": VERSION,
        "name": name,
        "thumbhash": claims.thumbhash or "-",
        "preview": "t" if claims.preview else "-",
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


def may_have_preview(upload: ObjectInfo) -> bool:
    """Whether a preview was permitted with it, as far as its metadata say."""
    return upload.metadata.get("preview") != "-"
