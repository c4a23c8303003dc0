"""Expires objects: staging after 7 days, the trash after 30, unfinished uploads in parts after 7.

On AWS the bucket's lifecycle does it (docs/aws/bucket/lifecycle.json), and this finds nothing left. The embedded
store's own lifecycle job reads every key of the bucket 16 times, so it is off, and the reconciler makes these few LISTs
instead. Ages are differences between two times of storage's own clock.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

from prometheus_client import Counter

from common.keys import STAGING, TRASH, first_id_at_or_before
from common.parts_storage import PartsStorage
from common.problems import Problem
from common.storage import Entry

log = logging.getLogger(__name__)

STAGING_AGE = timedelta(days=7)
"""A day would destroy staged photographs in a weekend's outage. The right to upload ends after 6 days."""
TRASH_AGE = timedelta(days=30)
PARTS_AGE = timedelta(days=7)

MAX_PAGES = 3
"""LISTs of each kind in a turn, each with a delete of up to 1,000 keys: about two seconds in all."""
KEYS_A_PAGE, UPLOADS_A_PAGE = 1000, 100
HOUR, DAY = 3600.0, 86_400.0
REST_SECONDS = 600.0
"""The pause after a fault. A missing right is still missing half a minute later."""

EXPIRED = Counter("vitrine_reconciler_expired_total", "Objects and uploads in parts that were expired.", ["kind"])


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

    def __init__(self, kind: str, pages: Callable[[], Iterator[int]], every_seconds: float) -> None:
        """``pages`` expires one page of the list at each step and yields how many it removed."""
        self.kind = kind
        self._pages = pages
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
            self._under_way = self._under_way or self._pages()
            for _ in range(MAX_PAGES):
                page = next(self._under_way, None)
                if page is None:
                    self._rest(now + self._every)
                    break
                removed += page
        except Problem as problem:
            log.warning("cannot expire", extra={"kind": self.kind, "reason": problem.detail})
            self._rest(now + REST_SECONDS)
        except Exception:
            log.exception("cannot expire", extra={"kind": self.kind})
            self._rest(now + REST_SECONDS)
        EXPIRED.labels(self.kind).inc(removed)
        return removed

    def _rest(self, due: float) -> None:
        self._under_way, self._due = None, due


class Expiry:
    """All three walks, for the reconciler."""

    def __init__(self, storage: PartsStorage) -> None:
        self._storage = storage
        self._walks = (
            Walk("staging", self._staging, HOUR),
            Walk("trash", lambda: self._objects(TRASH, TRASH_AGE), DAY),
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
        yield from self._objects(STAGING, STAGING_AGE, first_expired(now))

    def _objects(self, prefix: str, age: timedelta, after: str = "") -> Iterator[int]:
        more = True
        while more:
            page = self._storage.list_page(prefix, start_after=after, limit=KEYS_A_PAGE)
            yield self._storage.delete_all(expired(page.entries, page.date, age))
            more = page.truncated and bool(page.entries)
            after = page.entries[-1].key if more else ""

    def _parts(self) -> Iterator[int]:
        page = self._storage.list_uploads(STAGING, limit=UPLOADS_A_PAGE)
        while True:
            old = [upload for upload in page.uploads if page.date - upload.initiated > PARTS_AGE]
            for upload in old:
                self._storage.abort_parts(upload.key, upload.upload_id)
            yield len(old)
            if not page.truncated:
                return
            page = self._storage.list_uploads(STAGING, behind=page, limit=UPLOADS_A_PAGE)
