"""Builds a page of the list from LISTs of S3 alone."""

import hashlib
import logging
from dataclasses import dataclass
from datetime import datetime

import msgspec
from prometheus_client import Counter

from catalog.api import schemas
from catalog.query import Query
from common.domain.keys import IMAGES, BadKey, ImageKey, id_time_ms, parse_image_key
from common.http.schemas import image_of
from common.s3.objects import Entry, Storage

log = logging.getLogger(__name__)

_encode = msgspec.json.Encoder().encode

UNREADABLE_KEYS = Counter("vitrine_unreadable_keys_total", "Keys below images/ that were skipped as invalid.")

MAX_LISTS = 5
"""The most LISTs per page. One is enough, unless it returns unreadable keys only."""

SETTLED_MS = 70 * 60 * 1000
"""A page that starts this long ago only changes when ``deletes`` is renewed, by a deletion or a late publish."""

LAST_TIME_MS = 253402300799999
"""The end of the year 9999, where Python's calendar ends. No real id has a later time."""


@dataclass(frozen=True, slots=True)
class Page:
    body: bytes
    """The JSON text of the response."""
    etag: str
    built_at: float
    """The time of the LIST by the store's clock, in seconds since 1970."""
    settled: bool
    """Whether only deletions (and late publishes, which are announced like deletions) can change the page."""


def build(storage: Storage, query: Query) -> Page:
    """Build a page. Raises StorageUnavailable."""
    start, lists = query.start_after, 0
    while True:
        listing = storage.list_page(IMAGES, start_after=start, limit=query.limit)
        pictures = readable(listing.entries)
        lists += 1
        if pictures or not listing.truncated or lists == MAX_LISTS:
            break
        start = listing.entries[-1].key
    settled = query.start_ms is not None and is_settled(query.start_ms, listing.date)
    return finish(contents(pictures, listing.truncated, query.after_ms), listing.date, settled=settled)


def is_settled(start_ms: int, date: datetime) -> bool:
    """Whether ordinary uploads no longer change a list that starts at ``start_ms``. ``date`` is the store's clock."""
    return start_ms < date.timestamp() * 1000 - SETTLED_MS


def finish(contents: msgspec.Struct, date: datetime, *, settled: bool) -> Page:
    """Encode ``contents`` as a page."""
    body, etag = tagged(contents)
    return Page(body, etag, date.timestamp(), settled)


def tagged(contents: msgspec.Struct) -> tuple[bytes, str]:
    """Encode ``contents`` as JSON. Return it with its strong ETag (RFC 9110 section 8.8.3), without quotes."""
    body = _encode(contents)
    return body, hashlib.sha256(body).hexdigest()[:32]


def readable(entries: list[Entry]) -> list[tuple[ImageKey, int]]:
    """Return the pictures and their sizes in bytes. Skips and counts keys that do not follow the key grammar."""
    pictures = []
    for entry in entries:
        key = readable_key(entry)
        if key is not None:
            pictures.append((key, entry.size))
    return pictures


def readable_key(entry: Entry) -> ImageKey | None:
    """Parse the key. Counts an invalid one and returns None for it."""
    try:
        key = parse_image_key(entry.key)
    except BadKey:
        key = None
    if key is None or id_time_ms(key.id) > LAST_TIME_MS:
        UNREADABLE_KEYS.inc()
        log.warning("unreadable key below images/")
        return None
    return key


def contents(pictures: list[tuple[ImageKey, int]], truncated: bool, after_ms: int | None) -> schemas.Page:
    """Return the page in the form that the API uses. The list ends at the first picture older than ``after_ms``."""
    kept = [(key, size) for key, size in pictures if after_ms is None or id_time_ms(key.id) >= after_ms]
    more = truncated and bool(kept) and len(kept) == len(pictures)
    return schemas.Page([image_of(key, size) for key, size in kept], kept[-1][0].id if more else None)
