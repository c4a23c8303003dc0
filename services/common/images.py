"""A published picture as the APIs show it: all of it is read from one line of a LIST."""

from datetime import UTC, datetime
from typing import Any

from common.keys import ImageKey, id_time_ms
from common.media import media_type_of

CACHE_CONTROL_ORIGINAL = "private, max-age=900"
CACHE_CONTROL_PREVIEW = "private, max-age=86400"
"""Stored with the published objects: a browser keeps one as long as its signed URL stays the same."""


def as_json(key: ImageKey, size: int) -> dict[str, Any]:
    """The picture as the HTTP APIs show it; ``size`` is in bytes."""
    return {
        "id": key.id,
        "ref": key.tail,
        "filename": key.filename,
        "content_type": media_type_of(key.filename),
        "size": size,
        "width": key.width,
        "height": key.height,
        "thumbhash": key.thumbhash,
        "thumbnail": key.has_thumb,
        "uploaded_at": rfc3339(id_time_ms(key.id) / 1000),
    }


def rfc3339(seconds: float) -> str:
    """A time since 1970 in seconds as RFC 3339 text in UTC, to the millisecond."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
