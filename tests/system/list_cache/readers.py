"""Fakes around the list cache: a gallery that a test can hold and release, and readers like separate processes."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import msgspec

from catalog.cache.list_cache import ListCache
from catalog.cache.page_cache import PageCache
from catalog.listing import Page, finish
from common.cache.client import Cache as Client
from common.cache.generations import Generations, ListInvalidator
from common.s3.errors import StorageUnavailable
from common.s3.thread_pool_bulkhead import ThreadPoolBulkhead
from tests.support.cache import Cache

PATIENT_MS = 5000
"""Long, because the circuit has its own tests: here a busy machine must not open it."""

SOON_SECONDS = 20
"""How long a test waits for something that comes at once unless it is broken, or the machine is very busy."""


class Contents(msgspec.Struct):
    """The content of a fake page."""

    items: list[str]


class Gallery:
    """A fake S3: the content of a LIST, when it answers, and how often it was called."""

    def __init__(self) -> None:
        self.pictures = ["one"]
        self.lists = 0
        self.away = False
        self.listed = threading.Event()
        """Set once a LIST has read the gallery; it may not have answered yet."""
        self.settled = False
        self.ahead = 0.0
        """Seconds that have passed for everyone: a page grows old this way in a test."""
        self._open = threading.Event()
        self._open.set()

    def build(self) -> Page:
        """Replaces pages.build."""
        self.lists += 1
        items = list(self.pictures)
        date = datetime.now(UTC) + timedelta(seconds=self.ahead)
        self.listed.set()
        assert self._open.wait(SOON_SECONDS)
        if self.away:
            raise StorageUnavailable
        return finish(Contents(items), date, settled=self.settled)

    @contextmanager
    def answering_late(self) -> Iterator[None]:
        """Until the block ends, a LIST reads the gallery at once, but answers only at the end."""
        self.listed.clear()
        self._open.clear()
        try:
            yield
        finally:
            self._open.set()


class Reader:
    """One catalog process: a client, a circuit breaker, shared calls and its own clock."""

    def __init__(self, cache: Cache, gallery: Gallery, clients: list[Client], name: str = "page") -> None:
        self.skew = 0.0
        """Seconds by which its clock is ahead of the store's."""
        self.gallery = gallery
        self.name = name
        client = Client(cache.url, timeout_ms=PATIENT_MS)
        clients.append(client)
        page_cache = PageCache(client, lambda: time.time() + gallery.ahead + self.skew)
        self.bulkhead = ThreadPoolBulkhead()
        self.pages = ListCache(page_cache, self.bulkhead)

    def read(self, *, renew: bool = False) -> bytes:
        """The page as the service would send it."""
        return self.pages.page(self.name, self.gallery.build, renew=renew).body

    def generations(self) -> Generations:
        """The current generations."""
        found = self.pages._page_cache.find("nothing").generations
        assert found is not None
        return found

    def count_waiters(self) -> Callable[[], int]:
        """Count the callers that wait for S3 from now on; return a function that tells the number."""
        wait, waiting = self.bulkhead.wait, []

        def counting(*arguments: object) -> Page:
            waiting.append(1)
            page: Page = wait(*arguments)  # type: ignore[arg-type]
            return page

        self.bulkhead.wait = counting  # type: ignore[method-assign, assignment]
        return lambda: len(waiting)


Change = Callable[..., None]
"""Adds the named picture, or removes the oldest; notifies Redis."""


def changing(gallery: Gallery, invalidator: ListInvalidator) -> Change:
    def change(picture: str | None = None, *, deletes: bool = False) -> None:
        gallery.pictures = [*gallery.pictures, picture] if picture else gallery.pictures[1:]
        invalidator.invalidate(deletes=deletes or picture is None)

    return change


def at_once(count: int, *readers: Reader, while_held: Gallery | None = None, early: int = 0) -> list[bytes]:
    """What `count` readers get that ask at the same time, spread over these processes.

    While `while_held` is held, the first `early` of them must get their pages.
    """
    barrier = threading.Barrier(count)

    def ask(number: int) -> bytes:
        barrier.wait()
        return readers[number % len(readers)].read()

    with ThreadPoolExecutor(count) as pool:
        futures = [pool.submit(ask, number) for number in range(count)]
        if while_held is not None:
            with while_held.answering_late():
                until(lambda: sum(future.done() for future in futures) >= early)
        wait(futures, SOON_SECONDS)
        return [future.result(0) for future in futures]


def until(true: Callable[[], bool], seconds: float = SOON_SECONDS) -> None:
    """Wait until the condition is true."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it does not come"
        time.sleep(0.01)
