"""Encodes and decodes the metadata of an upload. They are signed into its URL, so only this service can set them.

They hold everything that publishing needs, so a request of the browser and the reconciler can publish alike.
"""

import base64
import binascii
from dataclasses import dataclass

from common.domain.tokens import Claims
from common.s3.objects import ObjectInfo

VERSION = "1"


@dataclass(frozen=True)
class Details:
    """The sender's details about the picture."""

    filename: str
    thumbhash: str | None
    has_preview: bool


class BadMetadata(ValueError):
    """The metadata were not written by this service."""


def metadata_for(claims: Claims) -> dict[str, str]:
    """Return the metadata of an upload, as ASCII (S3 user guide, "Working with object metadata")."""
    name = base64.urlsafe_b64encode(claims.filename.encode()).decode().rstrip("=")
    return {
        "vitrine": VERSION,
        "name": name,
        "thumbhash": claims.thumbhash or "-",
        "preview": "t" if claims.preview else "-",
    }


def details_of(metadata: dict[str, str]) -> Details:
    """Decode what :func:`metadata_for` encodes. Raises BadMetadata."""
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
    """Whether the sender may have sent a preview, according to the metadata."""
    return upload.metadata.get("preview") != "-"
