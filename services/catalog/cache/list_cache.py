"""Decides which page a request gets, and which request builds it.

    the page in Redis is              the request gets
    ────────────────────────────────  ──────────────────────────────────────────────────────────────────────────────
    fresh                             this page
    stale                             this page for a while, as another request renews it
    missing, or of an old generation  a new page: one thread of one process lists S3 (a lock in Redis), others wait
    any, and no-cache is sent         a page from a LIST that starts after the request
    any, and S3 is unavailable        the last page in Redis, if nothing was deleted since; else 503
    unknown (Redis is unavailable)    a page from S3, or one that this process built less than a second ago

Two rules keep this correct. Generations are read before the LIST and stored with the page, so a page that a change has
overtaken is stored as invalid. Shared calls and locks belong to one generation, so a request that knows of a change
never gets a list from before it.
"""

import time
from collections.abc import Callable

from prometheus_client import Counter

from catalog.cache.page_cache import LOCK_SECONDS, PageCache, new_lock_token
from catalog.cache.recent_pages import RecentPages
from catalog.cache.single_flight import SharedCall, SingleFlight
from catalog.cache.stored_page import CacheLookup, Freshness
from catalog.listing import Page
from common.s3.errors import StorageUnavailable
from common.s3.thread_pool_bulkhead import MAX_WAIT_SECONDS, ThreadPoolBulkhead

LOOKUPS = Counter("vitrine_list_lookups_total", "Requests for a page, by the source of the answer.", ["outcome"])
BUILDS = Counter("vitrine_list_builds_total", "Pages built from LISTs of S3.")
HIT, RECENT, MISS, SHARED, AGEING, STALE, FAILED = (
    LOOKUPS.labels(outcome) for outcome in ("hit", "recent", "miss", "shared", "ageing", "stale", "failed")
)

MAX_WAIT_WITH_PAGE_SECONDS = 1.0
"""A request that can get an older page does not wait long for a slow S3."""
POLL_SECONDS = (0.01, 0.02, 0.04)


class ListCache:
    """Returns pages by name: from Redis while they are valid, else built once for all concurrent requests."""

    def __init__(self, page_cache: PageCache, bulkhead: ThreadPoolBulkhead) -> None:
        self._page_cache = page_cache
        self._bulkhead = bulkhead
        self._recent = RecentPages()
        self._single_flight: SingleFlight[Page] = SingleFlight()

    def page(self, name: str, build: Callable[[], Page], *, renew: bool) -> Page:
        """Return the page called ``name``, which ``build`` can build. ``renew`` demands a LIST that starts from now on.

        Raises StorageUnavailable if S3 is unavailable and no older page is usable.
        """
        found = self._page_cache.find(name)
        if not renew:
            if found.freshness is Freshness.FRESH and found.page is not None:
                HIT.inc()
                return found.page
            recent = self._recent.get(name) if found.generations is None else None
            if recent is not None:
                RECENT.inc()
                return recent
        try:
            return self._from_s3(name, build, found, renew=renew)
        except StorageUnavailable:
            if found.page is None:
                FAILED.inc()
                raise
            STALE.inc()
            return found.page

    def age(self, page: Page) -> int:
        """Return the age of the page in whole seconds."""
        return max(0, int(self._page_cache.now() - page.built_at))

    def _from_s3(self, name: str, build: Callable[[], Page], found: CacheLookup, *, renew: bool) -> Page:
        shared = self._join(name, build, found, renew=renew)
        if (
            found.page is not None
            and found.freshness is Freshness.STALE_WHILE_REVALIDATE
            and not shared.first
            and not renew
        ):
            AGEING.inc()
            return found.page
        max_wait = MAX_WAIT_SECONDS if found.page is None else MAX_WAIT_WITH_PAGE_SECONDS
        page = self._bulkhead.wait(shared.future, max_wait)
        (MISS if shared.first else SHARED).inc()
        return page

    def _join(self, name: str, build: Callable[[], Page], found: CacheLookup, *, renew: bool) -> SharedCall[Page]:
        if renew:
            return self._single_flight.join_next(
                (name, "renew"),
                lambda: self._bulkhead.submit(lambda: self._build(name, build, self._page_cache.find(name))),
            )
        return self._single_flight.join(
            (name, found.generations), lambda: self._bulkhead.submit(lambda: self._fetch(name, build, found))
        )

    def _fetch(self, name: str, build: Callable[[], Page], found: CacheLookup) -> Page:
        """Return the page, built by this process or by the process that has the lock."""
        if found.generations is None:
            # Look again: a call may have finished and left its page there since the first look.
            return self._recent.get(name) or self._build(name, build, found)
        generations, lock_token = found.generations, new_lock_token()
        give_up_at = time.monotonic() + LOCK_SECONDS
        turn = 0
        while True:
            won, found = self._page_cache.try_lock(name, generations, lock_token)
            try:
                if found.page is not None and found.freshness is Freshness.FRESH:
                    return found.page
                if won or found.generations is None or time.monotonic() > give_up_at:
                    return self._build(name, build, found)
            finally:
                if won:
                    self._page_cache.release(name, generations, lock_token)
            if found.page is not None and found.freshness is Freshness.STALE_WHILE_REVALIDATE:
                return found.page  # another process is renewing it
            time.sleep(POLL_SECONDS[min(turn, len(POLL_SECONDS) - 1)])
            turn += 1

    def _build(self, name: str, build: Callable[[], Page], found: CacheLookup) -> Page:
        began = self._recent.clock()
        page = build()
        BUILDS.inc()
        self._page_cache.learn_skew(page.built_at)
        if found.generations is not None:
            self._page_cache.store(name, page, found.generations)
        else:
            self._recent.put(name, page, began)
        return page
