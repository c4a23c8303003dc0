"""A page of the list, made from LISTs of S3 and nothing else."""

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

UNREADABLE_KEYS = Counter("vitrine_unreadable_keys_total", "Keys below images/ that are not of our grammar, skipped.")

MAX_LISTS = 5
"""One LIST makes a page. Only where it held nothing but unreadable keys is the next one asked for."""

SETTLED_MS = 70 * 60 * 1000
"""A page that begins this long ago changes only by what sets ``deletes``: a delete, or a publish of an old id."""

LAST_TIME_MS = 253402300799999
"""The end of the year 9999: no calendar of ours goes on, and no clock of ours made an id of a later time."""


@dataclass(frozen=True, slots=True)
class Page:
    body: bytes
    """JSON, as it is sent."""
    etag: str
    built_at: float
    """The store's clock at the LIST, in seconds since 1970."""
    deep: bool
    """Whether only deletions (and late publishes, announced like them) can change it."""


def build(storage: Storage, query: Query) -> Page:
    """Make a page. Raises StorageUnavailable."""
    start, lists = query.start_after, 0
    while True:
        listing = storage.list_page(IMAGES, start_after=start, limit=query.limit)
        pictures = readable(listing.entries)
        lists += 1
        if pictures or not listing.truncated or lists == MAX_LISTS:
            break
        start = listing.entries[-1].key
    settled = query.start_ms is not None and is_settled(query.start_ms, listing.date)
    return finish(contents(pictures, listing.truncated, query.after_ms), listing.date, deep=settled)


def is_settled(start_ms: int, date: datetime) -> bool:
    """Whether a list that begins at ``start_ms`` changes no more by ordinary uploads at the store's ``date``."""
    return start_ms < date.timestamp() * 1000 - SETTLED_MS


def finish(contents: msgspec.Struct, date: datetime, *, deep: bool) -> Page:
    """The page that says ``contents``."""
    body, etag = tagged(contents)
    return Page(body, etag, date.timestamp(), deep)


def tagged(contents: msgspec.Struct) -> tuple[bytes, str]:
    """``contents`` as they are sent, and the strong ETag of that (RFC 9110 section 8.8.3), without quotes."""
    body = _encode(contents)
    return body, hashlib.sha256(body).hexdigest()[:32]


def readable(entries: list[Entry]) -> list[tuple[ImageKey, int]]:
    """The pictures and their sizes in bytes; keys that nobody of ours wrote are skipped and counted."""
    pictures = []
    for entry in entries:
        key = readable_key(entry)
        if key is not None:
            pictures.append((key, entry.size))
    return pictures


def readable_key(entry: Entry) -> ImageKey | None:
    """What the key says, or None for one that is counted as not ours."""
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
    """The page as the API shows it. ``after_ms`` is its far end: what is older ends the list."""
    kept = [(key, size) for key, size in pictures if after_ms is None or id_time_ms(key.id) >= after_ms]
    more = truncated and bool(kept) and len(kept) == len(pictures)
    return schemas.Page([image_of(key, size) for key, size in kept], kept[-1][0].id if more else None)
