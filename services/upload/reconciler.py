"""Publishes uploads that arrived in the store but were never completed, because their sender went away.

One replica runs. It takes a turn every 30 seconds, oldest uploads first, with bounded work per turn. Two replicas would
do no harm: they take the same steps as the service. The reconciler also looks once at each upload that was settled in
the last minutes: if a process died, or storage carried out a copy late, a cancelled or deleted picture may be in the
gallery. After each turn it removes a bounded number of expired objects (expiry.py).

Run it with ``python -m upload.reconciler`` and the environment of the upload service. If BIND (host:port) is set, it
serves probes and metrics there.
"""

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from prometheus_client import Counter, Gauge

from common.cache.client import Cache
from common.cache.generations import ListInvalidator
from common.domain.keys import STAGING, is_id
from common.http import logs
from common.http.problems import Problem
from common.s3.errors import StorageUnavailable
from common.s3.multipart import MultipartStorage
from common.s3.objects import Entry
from common.settings import SettingsError
from upload import health_server
from upload.errors import NotArrived
from upload.expiry import Expiry
from upload.lifecycle.executor import Executor
from upload.lifecycle.states import is_waiting
from upload.lifecycle.verify import MAX_AGE
from upload.multipart.uploads import MultipartUploads
from upload.settings import UploadSettings

log = logging.getLogger(__name__)

TURN_SECONDS = 30.0
BUSY_PAUSE_SECONDS = 1.0
"""The pause while more is due than one turn can do: after an outage thousands of uploads may wait."""
MIN_AGE = timedelta(minutes=1)
"""A newer upload is left alone, because its sender is probably about to complete it."""
REPAIR_AGE = timedelta(minutes=15)
"""Tombstones up to this age are checked. Longer than a call of a dead process can still take effect in S3."""
MAX_PER_TURN = 200
MAX_PAGES = 100
"""LISTs per turn, with 1,000 keys each. If staging/ is longer, several turns read it."""
FAILURES_IN_A_ROW = 3
"""After this many failures in a row, storage counts as unavailable and the turn ends."""

PUBLISHED = Counter("vitrine_reconciler_published_total", "Uploads that the reconciler published.")
SETTLED = Counter("vitrine_reconciler_settled_total", "Uploads found to be refused, cancelled, deleted or expired.")
FAILED = Counter("vitrine_reconciler_failed_total", "Failed attempts to settle an upload; they are repeated.")
REPAIRED = Counter(
    "vitrine_reconciler_mended_total", "Cancelled or deleted pictures that were removed from the gallery."
)
WAITING = Gauge("vitrine_reconciler_waiting", "Uploads in staging that were not settled in the last full pass.")
OLDEST = Gauge("vitrine_reconciler_oldest_seconds", "Age of the oldest of these uploads.")


class Reconciler:
    """Takes the turns. Between turns it keeps only what saves work: its position, the failures, what it has checked."""

    def __init__(self, storage: MultipartStorage, lifecycle: Executor) -> None:
        self._storage = storage
        self._lifecycle = lifecycle
        self._multipart = MultipartUploads(storage, lifecycle)
        self._after = ""
        self._waiting = 0
        self._oldest = timedelta()
        self._failures: dict[str, int] = {}
        self._failures_of_this_pass: dict[str, int] = {}
        self._checked: dict[str, datetime] = {}
        self.has_more_due = False
        """Whether the last turn left some work undone."""

    def run_once(self) -> int:
        """Run one turn: settle the uploads that are due. Return how many were published. Raises StorageUnavailable."""
        due, settled = self._list_due()
        before = sum(self._failures.values())
        published = self._call_for_each(due[:MAX_PER_TURN], self._publish)
        self._checked |= {entry.key: entry.last_modified for entry in settled[:MAX_PER_TURN]}
        self._call_for_each(settled[:MAX_PER_TURN], self._repair)
        stuck = sum(self._failures.values()) - before >= MAX_PER_TURN
        self.has_more_due = not stuck and (len(due) > MAX_PER_TURN or len(settled) > MAX_PER_TURN or self._after != "")
        return published

    def _call_for_each(self, entries: list[Entry], act: Callable[[str], bool]) -> int:
        """Call ``act`` for each entry. Return how often it had an effect. A failure does not stop the other entries."""
        done = in_a_row = 0
        for entry in entries:
            image_id = entry.key.removeprefix(STAGING)
            try:
                done += act(image_id)
            except StorageUnavailable:
                self._failed(entry)
                in_a_row += 1
                if in_a_row == FAILURES_IN_A_ROW:
                    raise
                continue
            except Exception:
                self._failed(entry)
                log.exception("cannot settle", extra={"image_id": image_id})
            else:
                self._failures.pop(entry.key, None)
            in_a_row = 0
        return done

    def _failed(self, entry: Entry) -> None:
        FAILED.inc()
        self._failures[entry.key] = self._failures.get(entry.key, 0) + 1
        self._checked.pop(entry.key, None)

    def _publish(self, image_id: str) -> bool:
        try:
            # It may have been sent in parts, and a join and a cancel may both have died half-way.
            created = self._multipart.publish(image_id, None).created
        except NotArrived:
            return False  # removed after the LIST
        except StorageUnavailable:
            raise
        except Problem as problem:
            SETTLED.inc()
            log.info("settled", extra={"image_id": image_id, "outcome": type(problem).__name__})
            return False
        PUBLISHED.inc(created)
        return created

    def _repair(self, image_id: str) -> bool:
        repaired = self._lifecycle.repair(image_id)
        if repaired:
            REPAIRED.inc()
            log.warning("removed from the gallery", extra={"image_id": image_id})
        return repaired

    def _list_due(self) -> tuple[list[Entry], list[Entry]]:
        """Return the uploads that are due and those settled lately, each oldest first, with earlier failures last."""
        due: list[Entry] = []
        settled: list[Entry] = []
        for _ in range(MAX_PAGES):
            page = self._storage.list_page(STAGING, start_after=self._after)
            for entry in page.entries:
                age = page.date - entry.last_modified
                if is_waiting(entry):
                    self._waiting += 1
                    if entry.key in self._failures:
                        self._failures_of_this_pass[entry.key] = self._failures[entry.key]
                    self._oldest = max(self._oldest, age)
                    due += [entry] if MIN_AGE < age <= MAX_AGE else []
                elif self._is_settled_lately(entry, age):
                    settled.append(entry)
            self._after = page.entries[-1].key if page.truncated and page.entries else ""
            if not self._after:
                self._finish_pass(page.date)
                break
        return sorted(due, key=self._order), sorted(settled, key=self._order)

    def _is_settled_lately(self, entry: Entry, age: timedelta) -> bool:
        is_tombstone = entry.size == 0 and is_id(entry.key.removeprefix(STAGING))
        return is_tombstone and MIN_AGE < age <= REPAIR_AGE and self._checked.get(entry.key) != entry.last_modified

    def _finish_pass(self, now: datetime) -> None:
        """Finish a full pass through staging: set the gauges and forget old entries."""
        WAITING.set(self._waiting)
        OLDEST.set(self._oldest.total_seconds())
        self._waiting, self._oldest = 0, timedelta()
        self._failures, self._failures_of_this_pass = self._failures_of_this_pass, {}
        self._checked = {key: seen for key, seen in self._checked.items() if now - seen <= REPAIR_AGE}

    def _order(self, entry: Entry) -> tuple[int, datetime]:
        return self._failures.get(entry.key, 0), entry.last_modified


def main() -> int:
    """Take turns until SIGTERM or SIGINT. Return the exit status."""
    try:
        settings = UploadSettings.load(os.environ)
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    logs.configure("reconciler", settings.log_level)
    invalidator = ListInvalidator(Cache(settings.redis_url, timeout_ms=settings.redis_timeout_ms))
    storage = MultipartStorage(settings)
    lifecycle = Executor(storage, invalidator)
    reconciler = Reconciler(storage, lifecycle)
    expiry = Expiry(storage, lifecycle, timedelta(hours=settings.staging_hours))
    heartbeat = health_server.Heartbeat()
    if bind := os.environ.get("BIND"):
        health_server.serve(bind, heartbeat)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    while not stop.is_set():
        heartbeat.record()
        logs.begin_request(None)
        try:
            invalidator.send_pending()
            if published := reconciler.run_once():
                log.info("turn", extra={"published": published})
        except Problem as problem:
            log.warning("turn ended early", extra={"reason": problem.detail})
        if settings.expiry:
            expiry.run_once()  # even if publishing fails: a full store needs the space
        stop.wait(BUSY_PAUSE_SECONDS if reconciler.has_more_due else TURN_SECONDS)
    return 0


if __name__ == "__main__":
    sys.exit(main())
