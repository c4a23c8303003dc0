"""The time of a page if the keys were spread over several ranges: one LIST per range, in parallel, and a merge."""

import heapq
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

from bench import seed
from bench.report import Result, Table, in_turns
from bench.run import Run
from common.domain.keys import BadKey, ImageKey, parse_tail
from common.s3.objects import Storage
from common.settings import Settings
from tests.support.services import environment

SHARDS = (1, 4, 16)
PICTURES = 2000
LIMIT = 60
CALLS = 6


def measure(run: Run) -> Iterator[Result]:
    """Build pages of 60 from 1, 4 and 16 ranges; read 60 keys of each, since one range may hold the whole page."""
    store = run.store
    storage = Storage(Settings.load(environment(store, None, "admin")), interactive=True)
    with ThreadPoolExecutor(max(SHARDS)) as pool:
        pages = []
        for count in SHARDS:
            folders = [f"range-{count}-{number}/" for number in range(count)]
            keys = [f"{folders[number % count]}{seed.picture(number).tail}" for number in range(PICTURES)]
            for _ in seed.fill(seed.signer_of(store), keys):
                pass
            pages.append(_page(storage, pool, folders))
        times = [statistics.median(taken) for taken in in_turns(*pages, rounds=run.rounds * 3)]
    rows = [
        (str(count), str(count), str(count * LIMIT), f"{taken * 1000:.1f} ms", f"{taken / times[0]:.1f}×")
        for count, taken in zip(SHARDS, times, strict=True)
    ]
    head = ("key ranges", "LISTs per page", "keys read", "time", "compared with one range")
    yield Table("A page of 60 merged from several key ranges, without a cache", head, rows)


def _page(storage: Storage, pool: ThreadPoolExecutor, folders: list[str]) -> Callable[[], float]:
    def make() -> float:
        taken = []
        for _ in range(CALLS):
            began = time.perf_counter()
            merged = list(islice(heapq.merge(*pool.map(keys, folders), key=lambda key: key.id), LIMIT))
            taken.append(time.perf_counter() - began)
            assert [key.id for key in merged] == [seed.picture(number).id for number in range(LIMIT)]
        return statistics.median(taken)

    def keys(folder: str) -> list[ImageKey]:
        listing = storage.list_page(folder, limit=LIMIT)
        found = []
        for entry in listing.entries:
            try:
                found.append(parse_tail(entry.key.removeprefix(folder)))
            except BadKey:  # as in the catalog
                continue
        return found

    return make
