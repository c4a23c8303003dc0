"""Removes what has expired: uploads in parts, files that can no longer be published, tombstones, and the trash.

An upload in parts is aborted after STAGING_HOURS without a new part, and after at most 7 days: its token has ended by
then. A file that has arrived stays as long as the reconciler may still publish it, which is 6 days: after an outage,
thousands of files may wait to be published. Then it is cancelled through the state machine, so that a `complete` at the
same moment has one outcome. Tombstones expire after 7 days, the trash after 30.

On AWS the bucket's lifecycle does this (docs/aws/bucket/lifecycle.json), and EXPIRY=false switches this code off. The
embedded store's own lifecycle job reads every key of the bucket 16 times, so it is off, and the reconciler sends these
few LISTs instead. Both times of an age come from storage's clock.

Somebody may delete a picture between a LIST and the removal that follows it. If the deletion has overwritten a
tombstone that is then removed, the deletion starts again (lifecycle/transitions.py). If it has overwritten a copy in
the trash, that copy is now the only one. So a copy is removed only if its picture is not in the gallery, and only if
the copy is still old when it is looked at after that.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import TypeVar

from prometheus_client import Counter

from common.domain.keys import STAGING, TRASH, first_id_at_or_before, image_prefix, is_id
from common.http.problems import Problem
from common.s3.errors import ObjectNotFound
from common.s3.multipart import MultipartStorage, MultipartUpload
from common.s3.objects import Entry, Listing
from upload.errors import AlreadyPublished
from upload.lifecycle.executor import Executor
from upload.lifecycle.states import is_waiting
from upload.lifecycle.verify import MAX_AGE

log = logging.getLogger(__name__)

T = TypeVar("T")

STAGING_AGE = timedelta(days=7)
"""Tombstones stay longer than any right to upload (6 days), so that nothing cancelled can be sent again."""
TRASH_AGE = timedelta(days=30)
FILES_AGE = MAX_AGE
PARTS_AGE = timedelta(days=7)
"""The same as in the bucket's lifecycle on AWS."""

MAX_STEPS = 3
"""The most steps of each kind per turn. A step is a LIST and the removal of its old keys, or one batch (see below)."""
KEYS_A_PAGE, UPLOADS_A_PAGE = 1000, 1000
TRASH_BATCH, PARTS_BATCH, FILES_BATCH = 100, 20, 20
"""The batch size per step, for copies in the trash, multipart uploads and staged files: each takes its own calls."""
HOUR, DAY = 3600.0, 86_400.0
PAUSE_AFTER_FAULT_SECONDS = 600.0
"""The pause after a fault. A missing permission will still be missing half a minute later."""

EXPIRED = Counter("vitrine_reconciler_expired_total", "Expired objects and multipart uploads removed.", ["kind"])
FAILED = Counter("vitrine_reconciler_expiry_failed_total", "Scans that ended with a fault.", ["kind"])


def expired(entries: Iterable[Entry], now: datetime, age: timedelta) -> list[str]:
    """Return the keys of the objects that were last written more than ``age`` before ``now``."""
    return [entry.key for entry in entries if now - entry.last_modified > age]


def first_expired(now: datetime, age: timedelta) -> str:
    """Return the StartAfter of a LIST that skips the ids that are too new to expire: ids sort newest first.

    The rest also holds recent tombstones of old pictures. A tombstone stays for 7 days after it was written.
    """
    return STAGING + first_id_at_or_before(int((now - age).timestamp() * 1000))


class ExpiryScan:
    """Scans a list for expired entries, a few steps per turn. Starts again some time after it has reached the end."""

    def __init__(self, kind: str, steps: Callable[[], Iterator[int]], every_seconds: float) -> None:
        """``steps`` removes some expired entries in each step and yields their number."""
        self.kind = kind
        self._steps = steps
        self._every = every_seconds
        self._steps_left: Iterator[int] | None = None
        self._due = 0.0

    def run_once(self, now: float) -> int:
        """Continue for one turn, if it is due (``now`` as ``time.monotonic``). Return how many entries were removed.

        Raises nothing: after a fault the scan starts again, after a pause.
        """
        removed = 0
        if now < self._due:
            return 0
        try:
            self._steps_left = self._steps_left or self._steps()
            for _ in range(MAX_STEPS):
                step = next(self._steps_left, None)
                if step is None:
                    self._pause_until(now + self._every)
                    break
                removed += step
        except Problem as problem:
            # The cause names the call and the missing permission; the detail is for clients.
            self._failed(now, log.warning, str(problem.__cause__ or problem.detail))
        except Exception as error:  # no fault here may stop publishing
            self._failed(now, log.exception, str(error))
        EXPIRED.labels(self.kind).inc(removed)
        return removed

    def _failed(self, now: float, say: Callable[..., None], reason: str) -> None:
        FAILED.labels(self.kind).inc()
        say("cannot expire", extra={"kind": self.kind, "reason": reason})
        self._pause_until(now + PAUSE_AFTER_FAULT_SECONDS)

    def _pause_until(self, due: float) -> None:
        self._steps_left, self._due = None, due


class Expiry:
    """Runs all scans for the reconciler. ``parts_age``: how long an upload in parts is kept without a new part."""

    def __init__(self, storage: MultipartStorage, lifecycle: Executor, parts_age: timedelta) -> None:
        self._storage = storage
        self._lifecycle = lifecycle
        self._parts_age = parts_age
        self._scans = (
            ExpiryScan("staging", self._staging, HOUR),
            ExpiryScan("unfinished", self._unfinished, HOUR),
            ExpiryScan("trash", self._trash, DAY),
            ExpiryScan("parts", self._parts, HOUR),
        )

    def run_once(self, now: float | None = None) -> None:
        """Run one turn: remove a bounded number of entries. Later turns remove the rest. Raises nothing.

        ``now`` as ``time.monotonic``.
        """
        at = time.monotonic() if now is None else now
        removed = {scan.kind: scan.run_once(at) for scan in self._scans}
        if any(removed.values()):
            log.info("expired", extra=removed)

    def _staging(self) -> Iterator[int]:
        for page in self._staged_pages(STAGING_AGE):
            yield self._storage.delete_all(expired(page.entries, page.date, STAGING_AGE))

    def _unfinished(self) -> Iterator[int]:
        for page in self._staged_pages(FILES_AGE):
            old = expired(filter(is_waiting, page.entries), page.date, FILES_AGE)
            yield from (sum(map(self._cancel, batch)) for batch in _batches(old, FILES_BATCH))

    def _cancel(self, key: str) -> bool:
        """Cancel an upload whose file has arrived. Return whether it was unfinished."""
        try:
            self._lifecycle.cancel(key.removeprefix(STAGING))
        except AlreadyPublished:  # after the LIST
            return False
        return True

    def _staged_pages(self, age: timedelta) -> Iterator[Listing]:
        now = self._storage.list_page(STAGING, limit=1).date
        return self._pages(STAGING, first_expired(now, age))

    def _trash(self) -> Iterator[int]:
        for page in self._pages(TRASH):
            old = expired(page.entries, page.date, TRASH_AGE)
            yield from (self._storage.delete_all(filter(self._is_left, batch)) for batch in _batches(old, TRASH_BATCH))

    def _is_left(self, key: str) -> bool:
        """Whether this copy in the trash is old, and no picture in the gallery may be on its way here by a deletion."""
        image_id = key.rpartition("/")[2].partition("~")[0]
        if is_id(image_id) and self._storage.first(image_prefix(image_id)):
            return False
        try:
            seen = self._storage.head(key)
        except ObjectNotFound:
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
            old = [one for one in page.uploads if page.date - one.initiated > self._parts_age]
            for batch in _batches(old, PARTS_BATCH):
                abandoned = [upload for upload in batch if self._is_abandoned(upload, page.date)]
                for upload in abandoned:
                    self._storage.abort_multipart_upload(upload.key, upload.upload_id)
                yield len(abandoned)
            if not page.truncated:
                return
            page = self._storage.list_multipart_uploads(STAGING, after_page=page, limit=UPLOADS_A_PAGE)

    def _is_abandoned(self, upload: MultipartUpload, now: datetime) -> bool:
        if now - upload.initiated > PARTS_AGE:
            return True
        try:
            parts = self._storage.list_parts(upload.key, upload.upload_id)
        except ObjectNotFound:  # completed or aborted after the LIST
            return False
        return all(now - part.last_modified > self._parts_age for part in parts)


def _batches(things: list[T], size: int) -> Iterator[list[T]]:
    """Split the list into batches of ``size``. An empty list is one empty batch, so that its page counts as a step."""
    yield from (things[start : start + size] for start in range(0, len(things) or 1, size))
