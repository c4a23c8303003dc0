"""What the services say of published pictures in common: how long a browser keeps them, and times as text."""

from datetime import UTC, datetime

CACHE_CONTROL_ORIGINAL = "private, max-age=900"
CACHE_CONTROL_PREVIEW = "private, max-age=86400"
"""Stored with the published objects: a browser keeps one as long as its signed URL stays the same."""


def rfc3339(seconds: float) -> str:
    """A time since 1970 in seconds as RFC 3339 text in UTC, to the millisecond."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
