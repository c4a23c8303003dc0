"""Cache-Control values of published pictures, and RFC 3339 times."""

from datetime import UTC, datetime

CACHE_CONTROL_ORIGINAL = "private, max-age=900"
CACHE_CONTROL_PREVIEW = "private, max-age=86400"
"""Stored with the published objects. Browsers cache by URL, so this helps only while the signed URL stays the same."""


def rfc3339(seconds: float) -> str:
    """Format ``seconds`` since 1970 as RFC 3339 text in UTC, with milliseconds."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
