"""Encodes pages for Redis and decides how fresh they are. Pure: the generations and the clock are arguments.

The layout is fixed and has a checksum, so an invalid value counts as a miss.
"""

import hashlib
import struct
from dataclasses import dataclass
from enum import Enum

from catalog.listing import Page
from common.cache.generations import Generations

HEAD_RENEW_SECONDS = 10
HEAD_USABLE_SECONDS = 30
SETTLED_RENEW_SECONDS = 50
SETTLED_USABLE_SECONDS = 60
"""In seconds. From RENEW on, one request renews the page, and up to USABLE the others still get the old one. HEAD is
for the newest pages, SETTLED for pages that ordinary uploads no longer change. While S3 works, no page is served past
60 s. So a change that was never announced in Redis is visible after 60 s at the latest."""

_HEADER = struct.Struct(">d?16s16s32s16s")  # built at, settled, changes, deletes, ETag, checksum
_CHECKSUM_BYTES = 16
_BARE_SIZE = _HEADER.size - _CHECKSUM_BYTES


class Freshness(Enum):
    """How a stored page may be used."""

    FRESH = "for everyone"
    STALE_WHILE_REVALIDATE = "for everyone while one renews it"
    STALE_IF_ERROR = "only while S3 is unavailable"


@dataclass(frozen=True, slots=True)
class CacheLookup:
    """The result of one round trip to Redis."""

    generations: Generations | None
    """None if Redis is unavailable; then nothing may be stored."""
    page: Page | None = None
    freshness: Freshness = Freshness.STALE_IF_ERROR


def encode(page: Page, generations: Generations) -> bytes:
    """Encode a page for Redis."""
    fields = (page.built_at, page.settled, generations.changes, generations.deletes, page.etag.encode())
    bare = _HEADER.pack(*fields, b"")[:_BARE_SIZE]
    return bare + _checksum(bare, page.body) + page.body


def decode(value: bytes) -> tuple[Page, Generations] | None:
    """Decode a value of :func:`encode`; None for any other value."""
    if len(value) < _HEADER.size:
        return None
    built_at, settled, changes, deletes, etag, checksum = _HEADER.unpack_from(value)
    body = value[_HEADER.size :]
    if checksum != _checksum(value[:_BARE_SIZE], body):
        return None
    return Page(body, etag.decode("ascii", "replace"), built_at, settled), Generations(changes, deletes)


def assess(value: bytes | None, now: Generations, clock: float) -> CacheLookup:
    """Decide how fresh a stored value is, with ``now`` as the current generations. ``clock`` in seconds since 1970."""
    decoded = decode(value) if value else None
    if decoded is None or decoded[1].deletes != now.deletes:
        return CacheLookup(now)  # it could show a deleted picture, so it is unusable even while S3 is unavailable
    page, then = decoded
    if not page.settled and then.changes != now.changes:
        return CacheLookup(now, page)
    # The age is negative if our clock is behind the store's. Then the page is used no longer than usual.
    age = abs(clock - page.built_at)
    renewed_from, usable_until = (
        (SETTLED_RENEW_SECONDS, SETTLED_USABLE_SECONDS) if page.settled else (HEAD_RENEW_SECONDS, HEAD_USABLE_SECONDS)
    )
    if age < renewed_from:
        return CacheLookup(now, page, Freshness.FRESH)
    return CacheLookup(now, page, Freshness.STALE_WHILE_REVALIDATE if age < usable_until else Freshness.STALE_IF_ERROR)


def _checksum(header: bytes, body: bytes) -> bytes:
    return hashlib.blake2b(header + body, digest_size=_CHECKSUM_BYTES).digest()
