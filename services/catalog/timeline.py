"""Finds the months that have pictures, with LISTs of one key that skip from one month to the next.

A month costs one LIST, however many pictures it has. An empty month costs none. Finding the oldest picture costs about
thirty.
"""

from datetime import UTC, datetime

from catalog.api.schemas import Timeline
from catalog.listing import Page, finish, readable_key
from common.domain.images import rfc3339
from common.domain.keys import IMAGES, first_id_at_or_before, id_time_ms, start_at
from common.s3.errors import StorageUnavailable
from common.s3.objects import Listing, Storage

MAX_MONTHS = 1200
"""A hundred years. This limits the cost of a bucket full of strange ids."""

MAX_UNREADABLE = 200
"""How many unreadable keys are skipped, one by one, before the walk gives up."""


def build_timeline(storage: Storage) -> Page:
    """Build the timeline: the times of the ``newest`` and ``oldest`` picture (or null), and ``months``, newest first.

    Raises StorageUnavailable.
    """
    walk = _Walk(storage)
    newest = walk.first_at_or_before(None)
    months: list[str] = []
    found, oldest = newest, newest
    while found is not None and len(months) < MAX_MONTHS:
        oldest = found
        months.append(f"{_day(found):%Y-%m}")
        found = walk.first_at_or_before(month_start_ms(found) - 1)
    if oldest is not None and found is None:
        oldest = _oldest(walk, oldest)
    contents = Timeline(_text(newest), _text(oldest), months)
    # Cached like a settled page, as uploads change it once a month. But the very first picture must appear at once.
    return finish(contents, walk.date, settled=newest is not None)


def month_start_ms(time_ms: int) -> int:
    """Return the first millisecond of the month (UTC)."""
    start = _day(time_ms).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return int(start.timestamp()) * 1000


class _Walk:
    """Asks S3 for one picture at a time. ``date`` is the time of the first answer by the store's clock."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._unreadable = 0
        self.date = datetime.fromtimestamp(0, UTC)
        self.is_last = False
        """Whether the picture that was found last is the last key of the list."""

    def first_at_or_before(self, time_ms: int | None) -> int | None:
        """Return the time of the newest picture up to ``time_ms`` (None: of all), in milliseconds since 1970."""
        if time_ms is not None and time_ms < 0:
            return None
        start = "" if time_ms is None else start_at(first_id_at_or_before(time_ms))
        while True:
            listing = self._list(start)
            if not listing.entries:
                return None
            key = readable_key(listing.entries[0])
            if key is not None:
                self.is_last = not listing.truncated
                return id_time_ms(key.id)
            self._unreadable += 1
            if self._unreadable > MAX_UNREADABLE:
                raise StorageUnavailable
            start = listing.entries[0].key

    def _list(self, start: str) -> Listing:
        listing = self._storage.list_page(IMAGES, start_after=start, limit=1)
        if not self.date.timestamp():
            self.date = listing.date
        return listing


def _oldest(walk: _Walk, known_ms: int) -> int:
    """Find the time of the oldest picture by bisection between the start of its month and the oldest known time."""
    nothing_before = month_start_ms(known_ms)
    while nothing_before < known_ms:
        middle = (nothing_before + known_ms) // 2
        found = walk.first_at_or_before(middle)
        if found is None:
            nothing_before = middle + 1
        elif walk.is_last:
            return found
        else:
            known_ms = found
    return known_ms


def _day(time_ms: int) -> datetime:
    return datetime.fromtimestamp(time_ms / 1000, UTC)


def _text(time_ms: int | None) -> str | None:
    return None if time_ms is None else rfc3339(time_ms / 1000)
