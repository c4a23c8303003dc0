"""The reconciler: publishes what arrived in the store but was never completed, because its sender went away.

One replica, a turn every 30 seconds, oldest first, bounded work a turn. Two at once do no harm: they take the same
steps as the service. Run with ``python -m upload.reconcile`` and the upload service's environment; with BIND
(host:port) in it, probes and metrics are there.
"""

import logging
import os
import signal
import sys
import threading
from datetime import timedelta

from prometheus_client import Counter, Gauge

from common import logs
from common.cache import Cache
from common.generations import Announcer
from common.keys import STAGING, is_id
from common.problems import Problem
from common.settings import SettingsError
from common.storage import Entry, Storage, StorageUnavailable
from upload import side_door
from upload.events import NothingThere
from upload.publishing import MAX_AGE, Publisher
from upload.settings import UploadSettings

log = logging.getLogger(__name__)

TURN_SECONDS = 30.0
MIN_AGE = timedelta(minutes=1)
"""A younger upload is left to its sender, who is probably about to complete it."""
MAX_PER_TURN = 200

PUBLISHED = Counter("vitrine_reconciler_published_total", "Uploads published without their sender.")
SETTLED = Counter("vitrine_reconciler_settled_total", "Uploads found to be refused, cancelled or gone.")
WAITING = Gauge("vitrine_reconciler_waiting", "Uploads in staging that are not settled, at the last turn.")


def is_waiting(entry: Entry) -> bool:
    """Whether this line of staging may await publishing: tombstones are empty, and previews have a dot."""
    return entry.size > 0 and is_id(entry.key.removeprefix(STAGING))


class Reconciler:
    def __init__(self, storage: Storage, publisher: Publisher) -> None:
        self._storage = storage
        self._publisher = publisher

    def turn(self) -> int:
        """Settle what is due; returns how many were published. Raises StorageUnavailable when S3 is away."""
        due = self._due()
        published = 0
        for entry in due[:MAX_PER_TURN]:
            image_id = entry.key.removeprefix(STAGING)
            try:
                published += self._publisher.publish(image_id, None).created
            except NothingThere:
                continue  # it was removed after we listed it
            except StorageUnavailable:
                raise  # none of the others would fare better
            except Problem as problem:
                SETTLED.inc()
                log.info("settled", extra={"image_id": image_id, "outcome": type(problem).__name__})
            except Exception:
                # One upload that trips over a fault of ours must not keep all the others from being published.
                log.exception("cannot settle", extra={"image_id": image_id})
        PUBLISHED.inc(published)
        return published

    def _due(self) -> list[Entry]:
        """Uploads old enough to be ours but not expired, oldest first; ids sort newest first."""
        waiting: list[Entry] = []
        after, more = "", True
        while more:
            page = self._storage.list_page(STAGING, start_after=after)
            waiting += [entry for entry in page.entries if is_waiting(entry)]
            more = page.truncated and bool(page.entries)
            after = page.entries[-1].key if page.entries else ""
        WAITING.set(len(waiting))
        due = [entry for entry in waiting if MIN_AGE < page.date - entry.last_modified <= MAX_AGE]
        return sorted(due, key=lambda entry: entry.last_modified)


def main() -> int:
    """Take turns until TERM or INT."""
    try:
        settings = UploadSettings.load(os.environ)
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    logs.configure("reconciler", settings.log_level)
    announcer = Announcer(Cache(settings.redis_url, timeout_ms=settings.redis_timeout_ms))
    storage = Storage(settings)
    reconciler = Reconciler(storage, Publisher(storage, announcer))
    pulse = side_door.Pulse()
    if bind := os.environ.get("BIND"):
        side_door.serve(bind, pulse)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    while not stop.is_set():
        pulse.beat()
        logs.begin_request(None)
        try:
            announcer.pay()
            if published := reconciler.turn():
                log.info("turn", extra={"published": published})
        except Problem as problem:
            log.warning("turn ended early", extra={"reason": problem.detail})
        stop.wait(TURN_SECONDS)
    return 0


if __name__ == "__main__":
    sys.exit(main())
