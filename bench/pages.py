"""The time of a list page in a large gallery compared with a small one: at the head, in the middle, at the end."""

import statistics
import time
from collections.abc import Callable, Iterator

from bench import seed
from bench.report import Figure, Result, in_turns, median_ratio
from bench.run import Run
from catalog import listing
from catalog.listing import Page
from catalog.query import Query
from common.domain.keys import id_time_ms, image_key
from common.s3.objects import Storage
from common.settings import Settings
from tests.support.services import environment
from tests.support.store import Store

SMALL = 1000
LIMIT = 60
CALLS = 20
"""Pages per round; the median counts."""
ROUNDS_MORE = 3
"""Factor for the number of rounds: a page takes milliseconds, so more rounds fit into the same time."""


def measure(run: Run) -> Iterator[Result]:
    """Build pages as the catalog does, without its cache."""
    small = filled(run.another_store("small"), SMALL)
    yield from compare(run, small, filled(run.another_store("large"), run.pictures))


def compare(run: Run, small: Storage, large: Storage) -> Iterator[Figure]:
    """Compare a page's time in a gallery of the run's size with one of ``SMALL`` pictures."""
    for where, share in (("head", 0.0), ("middle", 0.5), ("middle, by before=", 0.5), ("end", 1.0)):
        by_time = "before" in where
        pair = (
            _page(large, run.pictures, share, by_time=by_time),
            _page(small, SMALL, share, by_time=by_time),
        )
        ours, theirs = [], []
        for _ in range(run.rounds * ROUNDS_MORE):
            # The galleries take turns with each call, because the store's own housekeeping lasts longer than a page.
            taken = in_turns(*pair, rounds=CALLS)
            ours.append(statistics.median(taken[0]))
            theirs.append(statistics.median(taken[1]))
        yield Figure(
            f"list page, {where}: {run.pictures:,} pictures / {SMALL:,}",
            median_ratio(ours, theirs),
            1.2,
            at_least=False,
            detail=f"{statistics.median(ours) * 1000:.2f} ms : {statistics.median(theirs) * 1000:.2f} ms",
            unit="×",
        )


def filled(store: Store, pictures: int) -> Storage:
    """Put so many pictures into the store; return a client with the catalog's rights."""
    began = time.monotonic()
    keys = [image_key(seed.picture(number)) for number in range(pictures)]
    for done in seed.fill(seed.signer_of(store), keys):
        print(f"     {done:,} of {pictures:,} pictures after {time.monotonic() - began:.0f} s", flush=True)
    return catalog_of(store)


def catalog_of(store: Store) -> Storage:
    """Return a client of the store with the catalog's rights."""
    return Storage(Settings.load(environment(store, None, "catalog")), interactive=True)


def _page(storage: Storage, pictures: int, share: float, *, by_time: bool) -> Callable[[], float]:
    """Return a function that builds a page which begins at this share of the gallery and returns its seconds."""
    first = int((pictures - LIMIT) * share)
    expected = seed.picture(first).id
    if by_time:
        query = Query(limit=LIMIT, before_ms=id_time_ms(expected))
    else:
        query = Query(limit=LIMIT, cursor=seed.picture(first - 1).id if first else None)

    def make() -> float:
        began = time.perf_counter()
        page: Page = listing.build(storage, query)
        taken = time.perf_counter() - began
        assert page.body.count(b'"ref"') == LIMIT, "a page lacks pictures"
        assert page.body.index(expected.encode()) < 40, "the page begins at another picture"
        return taken

    return make
