"""A page as Redis keeps it, and how fresh it is. Pure: the generations and the clock are arguments.

The layout is fixed and checked, so rubbish under one of our keys is a miss.
"""

import hashlib
import struct
from dataclasses import dataclass
from enum import Enum

from catalog.listing import Page
from common.cache.generations import Generations

HEAD_SECONDS = 10
HEAD_USABLE_SECONDS = 30
DEEP_RENEW_SECONDS = 50
DEEP_SECONDS = 60
"""The age at which a page is renewed, and the one up to which it may be served meanwhile. A head page may be served
for a while past its age, but no page past 60 s: so long may a change stay unseen that Redis was never told of."""

_HEADER = struct.Struct(">d?16s16s32s16s")  # built at, deep, changes, deletes, ETag, checksum
_CHECKSUM_BYTES = 16
_BARE_SIZE = _HEADER.size - _CHECKSUM_BYTES


class Freshness(Enum):
    """What a stored page may be used for."""

    FRESH = "for everyone"
    STALE_WHILE_REVALIDATE = "for everyone while one renews it"
    STALE_IF_ERROR = "only while S3 is away"


@dataclass(frozen=True, slots=True)
class CacheLookup:
    """What one round trip brought."""

    generations: Generations | None
    """None: Redis is away, and nothing may be stored."""
    page: Page | None = None
    freshness: Freshness = Freshness.STALE_IF_ERROR


def encode(page: Page, generations: Generations) -> bytes:
    """A page as Redis keeps it."""
    fields = (page.built_at, page.deep, generations.changes, generations.deletes, page.etag.encode())
    bare = _HEADER.pack(*fields, b"")[:_BARE_SIZE]
    return bare + _checksum(bare, page.body) + page.body


def decode(value: bytes) -> tuple[Page, Generations] | None:
    """The reverse; None for anything that :func:`encode` did not make."""
    if len(value) < _HEADER.size:
        return None
    built_at, deep, changes, deletes, etag, checksum = _HEADER.unpack_from(value)
    body = value[_HEADER.size :]
    if checksum != _checksum(value[:_BARE_SIZE], body):
        return None
    return Page(body, etag.decode("ascii", "replace"), built_at, deep), Generations(changes, deletes)


def judge(value: bytes | None, now: Generations, clock: float) -> CacheLookup:
    """How fresh a stored value is under the current generations; ``clock`` in seconds since 1970."""
    decoded = decode(value) if value else None
    if decoded is None or decoded[1].deletes != now.deletes:
        return CacheLookup(now)  # under another generation a deleted picture could show: not even while S3 is away
    page, then = decoded
    if not page.deep and then.changes != now.changes:
        return CacheLookup(now, page)
    # A negative age is a clock that runs apart from the store's: trusted for no longer than a page of that kind.
    age = abs(clock - page.built_at)
    renewed_from, usable_until = (
        (DEEP_RENEW_SECONDS, DEEP_SECONDS) if page.deep else (HEAD_SECONDS, HEAD_USABLE_SECONDS)
    )
    if age < renewed_from:
        return CacheLookup(now, page, Freshness.FRESH)
    return CacheLookup(now, page, Freshness.STALE_WHILE_REVALIDATE if age < usable_until else Freshness.STALE_IF_ERROR)


def _checksum(header: bytes, body: bytes) -> bytes:
    return hashlib.blake2b(header + body, digest_size=_CHECKSUM_BYTES).digest()
