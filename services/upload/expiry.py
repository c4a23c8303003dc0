"""Expires objects: staging after 7 days, the trash after 30, unfinished uploads in parts after 7.

On AWS the bucket's lifecycle does it (docs/aws/bucket/lifecycle.json), and EXPIRY=false switches this off. The embedded
store's own lifecycle job reads every key of the bucket 16 times, so it is off, and the reconciler makes these few LISTs
instead. Ages are differences between two times of storage's own clock.

A deletion can come between a LIST and the removal that follows it. If it wrote over a tombstone that is removed then,
the deletion starts anew (lifecycle/transitions.py). If it wrote over a copy in the trash, that copy is the picture
itself: so a copy is removed only while its picture is not in the gallery, and only if it is still old after that was
found.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import TypeVar

from prometheus_client import Counter

from common.domain.keys import STAGING, TRASH, first_id_at_or_before, image_prefix, is_id
from common.http.problems import Problem
from common.s3.errors import Missing
from common.s3.multipart import MultipartStorage
from common.s3.objects import Entry, Listing

log = logging.getLogger(__name__)

T = TypeVar("T")

STAGING_AGE = timedelta(days=7)
"""A day would destroy staged photographs in a weekend's outage. The right to upload ends after 6 days."""
TRASH_AGE = timedelta(days=30)
PARTS_AGE = timedelta(days=7)

MAX_STEPS = 3
"""So many steps of each kind in a turn. A step is a LIST with the removal of its old keys, or one of the lots below."""
KEYS_A_PAGE, UPLOADS_A_PAGE = 1000, 1000
LOOKED_AT, ABORTED = 100, 20
"""How many copies in the trash, or uploads in parts, are removed in a step: each of them takes calls of its own."""
HOUR, DAY = 3600.0, 86_400.0
REST_SECONDS = 600.0
"""The pause after a fault. A missing right is still missing half a minute later."""

EXPIRED = Counter("vitrine_reconciler_expired_total", "Objects and uploads in parts that were expired.", ["kind"])
FAILED = Counter("vitrine_reconciler_expiry_failed_total", "Walks that a fault ended.", ["kind"])


def expired(entries: Iterable[Entry], now: datetime, age: timedelta) -> list[str]:
    """The keys of the objects last written more than ``age`` before ``now``."""
    return [entry.key for entry in entries if now - entry.last_modified > age]


def first_expired(now: datetime) -> str:
    """LIST's StartAfter for the part of staging that can have expired: ids sort by time, newest first.

    That part also holds recent tombstones of old pictures. A tombstone stays for 7 days after it was written.
    """
    return STAGING + first_id_at_or_before(int((now - STAGING_AGE).timestamp() * 1000))


class Walk:
    """Goes through a list, a few pages a turn, and starts again some time after it has reached the end."""

    def __init__(self, kind: str, steps: Callable[[], Iterator[int]], every_seconds: float) -> None:
        """``steps`` expires some of the list at each step and yields how many it removed."""
        self.kind = kind
        self._steps = steps
        self._every = every_seconds
        self._under_way: Iterator[int] | None = None
        self._due = 0.0

    def turn(self, now: float) -> int:
        """Continue for one turn, if it is time (``now`` as ``time.monotonic``); returns how many were removed.

        Raises nothing: after a fault the walk starts again, once it has rested.
        """
        removed = 0
        if now < self._due:
            return 0
        try:
            self._under_way = self._under_way or self._steps()
            for _ in range(MAX_STEPS):
                step = next(self._under_way, None)
                if step is None:
                    self._rest(now + self._every)
                    break
                removed += step
        except Problem as problem:
            # The cause names the call and the right that is missing; the detail is for clients.
            self._failed(now, log.warning, str(problem.__cause__ or problem.detail))
        except Exception as error:  # whatever it is, publishing goes on
            self._failed(now, log.exception, str(error))
        EXPIRED.labels(self.kind).inc(removed)
        return removed

    def _failed(self, now: float, say: Callable[..., None], reason: str) -> None:
        FAILED.labels(self.kind).inc()
        say("cannot expire", extra={"kind": self.kind, "reason": reason})
        self._rest(now + REST_SECONDS)

    def _rest(self, due: float) -> None:
        self._under_way, self._due = None, due


class Expiry:
    """All three walks, for the reconciler."""

    def __init__(self, storage: MultipartStorage) -> None:
        self._storage = storage
        self._walks = (
            Walk("staging", self._staging, HOUR),
            Walk("trash", self._trash, DAY),
            Walk("parts", self._parts, HOUR),
        )

    def turn(self, now: float | None = None) -> None:
        """Expire a bounded number (``now`` as ``time.monotonic``); later turns do the rest. Raises nothing."""
        at = time.monotonic() if now is None else now
        removed = {walk.kind: walk.turn(at) for walk in self._walks}
        if any(removed.values()):
            log.info("expired", extra=removed)

    def _staging(self) -> Iterator[int]:
        now = self._storage.list_page(STAGING, limit=1).date
        for page in self._pages(STAGING, first_expired(now)):
            yield self._storage.delete_all(expired(page.entries, page.date, STAGING_AGE))

    def _trash(self) -> Iterator[int]:
        for page in self._pages(TRASH):
            old = expired(page.entries, page.date, TRASH_AGE)
            yield from (self._storage.delete_all(filter(self._is_left, lot)) for lot in _lots(old, LOOKED_AT))

    def _is_left(self, key: str) -> bool:
        """Whether this copy in the trash is old, and no picture in the gallery may need it for its next deletion."""
        image_id = key.rpartition("/")[2].partition("~")[0]
        if is_id(image_id) and self._storage.first(image_prefix(image_id)):
            return False
        try:
            seen = self._storage.head(key)
        except Missing:
            return False
        return seen.date - seen.last_modified > TRASH_AGE

    def _pages(self, prefix: str, after: str = "") -> Iterator[Listing]:
        more = True
        while more:
            page = self._storage.list_page(prefix, start_after=after, limit=KEYS_A_PAGE)
            yield page
            more = page.truncated and bool(page.entries)
            after = page.entries[-1].key if more else ""

    def _parts(self) -> Iterator[int]:
        page = self._storage.list_multipart_uploads(STAGING, limit=UPLOADS_A_PAGE)
        while True:
            for lot in _lots([one for one in page.uploads if page.date - one.initiated > PARTS_AGE], ABORTED):
                for upload in lot:
                    self._storage.abort_multipart_upload(upload.key, upload.upload_id)
                yield len(lot)
            if not page.truncated:
                return
            page = self._storage.list_multipart_uploads(STAGING, behind=page, limit=UPLOADS_A_PAGE)


def _lots(things: list[T], size: int) -> Iterator[list[T]]:
    """The list in lots of ``size``; an empty list is one empty lot, so that looking at its page is a step too."""
    yield from (things[start : start + size] for start in range(0, len(things) or 1, size))
