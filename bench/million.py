"""A gallery of a million pictures in the embedded store: lists, restart, memory, disk, and load when idle."""

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
"""Share of one core: an idle store has some timers and a little housekeeping."""
WALK_SECONDS = 300
"""A store's lifecycle job, where it is on, begins so long after a start."""


def measure(run: Run) -> Iterator[Result]:
    """Fill a store, compare its pages with those of a small one, restart it in the same folder, and watch it idle."""
    folder = run.folder("million")
    rows = []
    with running_store(folder) as store:
        began = time.monotonic()
        large = pages.filled(store, run.pictures)
        took = time.monotonic() - began
        rows.append(("writing", f"{run.pictures:,} empty objects in {took:.0f} s, {run.pictures / took:,.0f}/s"))
        rows.append(("memory of the store with all pictures", _memory(store)))
        small = pages.filled(run.another_store("small"), pages.SMALL)
        yield from pages.compare(run, small, large)
        rows += _timeline(run, store, "")
        rows.append(("memory of the store after these requests", _memory(store)))
    rows.append(("disk", f"{_disk(folder / 'store') / MEGABYTE:,.0f} MB"))
    with ExitStack() as running:
        began = time.monotonic()
        store = running.enter_context(running_store(folder))
        rows.append(("from start until a first object is stored and read", f"{time.monotonic() - began:.1f} s"))
        rows += _timeline(run, store, ", first after the start", times=1)
        busy = _leave_alone(store, run.watch)
        rows.append(("memory of the store at the end", _memory(store)))
    yield Figure(
        f"store of {run.pictures:,} idle for {run.watch:.0f} s after a start: share of a core",
        busy / run.watch,
        BUSY_SHARE,
        at_least=False,
        detail=f"{busy:.1f} processor seconds" + ("" if run.watch > WALK_SECONDS else ", too short to see a walk"),
    )
    yield Table(f"The embedded store with {run.pictures:,} pictures", ("what", "measured"), rows)


def _timeline(run: Run, store: Store, when: str, *, times: int = 9) -> list[tuple[str, str]]:
    """Measure the timeline through the catalog's view: built from S3, and read from Redis."""
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
    """Send the store nothing for so long; return the processor seconds that it used."""
    processor.rest(store.pid)
    before, end = processor.seconds(store.pid), time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        time.sleep(min(left, 60))
        print(f"     {processor.seconds(store.pid) - before:.1f} processor seconds so far", flush=True)
    return processor.seconds(store.pid) - before


def _memory(store: Store) -> str:
    return f"{psutil.Process(store.pid).memory_info().rss / MEGABYTE:,.0f} MB"


def _disk(folder: Path) -> int:
    """Return the bytes that the files occupy on the disk; holes do not count."""
    return sum(file.stat().st_blocks * 512 for file in folder.rglob("*") if file.is_file())
