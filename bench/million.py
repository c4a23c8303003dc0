"""A gallery of a million pictures in the embedded store: its lists, its start, what it takes, and that it rests."""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil

from bench import pages, processor
from bench.report import Figure, Result, Table
from bench.run import Run
from catalog.app import create_app
from tests.support.services import environment
from tests.support.store import Store, running_store

MEGABYTE = 1_000_000
BUSY_SHARE = 0.02
"""Of one core: a store that nobody asks anything has some timers and a little housekeeping."""
WALK_SECONDS = 300
"""When a store's lifecycle job begins after a start, where it is on."""


def measure(run: Run) -> Iterator[Result]:
    """Fill a store, compare its pages with a small one's, start it anew in the same folder, and leave it alone."""
    folder = run.folder("million")
    rows = []
    with running_store(folder) as store:
        began = time.monotonic()
        large = pages.filled(store, run.pictures)
        took = time.monotonic() - began
        rows.append(("put there", f"{run.pictures:,} empty objects in {took:.0f} s, {run.pictures / took:,.0f}/s"))
        rows.append(("memory of the store when all are there", _memory(store)))
        small = pages.filled(run.another_store("small"), pages.SMALL)
        yield from pages.compare(run, small, large)
        rows += _timeline(run, store, "")
        rows.append(("memory of the store after these lists", _memory(store)))
    rows.append(("disk", f"{_disk(folder / 'store') / MEGABYTE:,.0f} MB"))
    with ExitStack() as running:
        began = time.monotonic()
        store = running.enter_context(running_store(folder))
        rows.append(("from start to a first object stored and read", f"{time.monotonic() - began:.1f} s"))
        rows += _timeline(run, store, ", first after the start", times=1)
        busy = _leave_alone(store, run.watch)
        rows.append(("memory of the store after that", _memory(store)))
    yield Figure(
        f"store of {run.pictures:,} left alone for {run.watch:.0f} s after a start: share of a core",
        busy / run.watch,
        BUSY_SHARE,
        at_least=False,
        detail=f"{busy:.1f} processor seconds" + ("" if run.watch > WALK_SECONDS else ", too short to see a walk"),
    )
    yield Table(f"The embedded store with {run.pictures:,} pictures", ("what", "measured"), rows)


def _timeline(run: Run, store: Store, when: str, *, times: int = 9) -> list[tuple[str, str]]:
    """The months, made from S3 and then from Redis, over the catalog's own view."""
    client = create_app({**environment(store, run.cache, "catalog"), "LOG_LEVEL": "ERROR"}).test_client()

    def ask() -> float:
        began = time.perf_counter()
        answer = client.get("/api/timeline")
        assert answer.status_code == 200, answer.text
        return time.perf_counter() - began

    def ask_anew() -> float:
        run.cache.flush()
        return ask()

    months = client.get("/api/timeline").get_json()["months"] if times > 1 else ()
    suffix = f" of {len(months)} months" if months else ""
    return [
        (f"timeline{suffix} without a cache{when}", _median(ask_anew, times)),
        (f"timeline{suffix} from Redis{when}", _median(ask, times)),
    ]


def _median(ask: Callable[[], float], times: int) -> str:
    return f"{statistics.median(ask() for _ in range(times)) * 1000:.1f} ms"


def _leave_alone(store: Store, seconds: float) -> float:
    """Ask nothing for so long; returns the store's processor seconds meanwhile."""
    processor.rest(store.pid)
    before, end = processor.seconds(store.pid), time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        time.sleep(min(left, 60))
        print(f"     {processor.seconds(store.pid) - before:.1f} processor seconds so far", flush=True)
    return processor.seconds(store.pid) - before


def _memory(store: Store) -> str:
    return f"{psutil.Process(store.pid).memory_info().rss / MEGABYTE:,.0f} MB"


def _disk(folder: Path) -> int:
    """Bytes that its files take on the disk, not what they would have without holes."""
    return sum(file.stat().st_blocks * 512 for file in folder.rglob("*") if file.is_file())
