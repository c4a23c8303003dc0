"""The list cache: who gets which page, and who makes it.

    fresh in Redis                    it
    past its age                      one renews it; the others get it as it is, for a while
    missing, or under an old          one process of all lists S3 (a lock in Redis), one thread of it (a flight);
    generation                        all others wait for that
    asked for with no-cache           a LIST that began after the question
    S3 away or too slow               the last page that Redis has, if nothing was deleted since; else 503
    Redis away                        S3, behind a cache of one second in this process

Rules that make it right: generations are read before S3 is listed and stored with the page, so a page that a change
overtook is born invalid; flights and locks are of one generation, so nobody who knows of a change is handed a list
from before it.
"""

import time
from collections.abc import Callable

from prometheus_client import Counter

from catalog.flights import Boarded, Flights
from catalog.pages import Page
from catalog.recent import Recent
from catalog.shelf import LOCK_SECONDS, Shelf, new_holder
from catalog.stored import Found, Worth
from common.guard import PATIENCE_SECONDS, Guard
from common.storage_errors import StorageUnavailable

LOOKUPS = Counter("vitrine_list_lookups_total", "Pages asked for, by what answered.", ["outcome"])
BUILDS = Counter("vitrine_list_builds_total", "Pages made from LISTs of S3.")
HIT, RECENT, MISS, SHARED, AGEING, STALE, FAILED = (
    LOOKUPS.labels(outcome) for outcome in ("hit", "recent", "miss", "shared", "ageing", "stale", "failed")
)

PATIENCE_WITH_A_PAGE_SECONDS = 1.0
"""Who could be given an older page does not wait long for a slow S3."""
POLL_SECONDS = (0.01, 0.02, 0.04)


class ListCache:
    """Pages by name, from Redis where they may be believed, else made anew by one for all."""

    def __init__(self, shelf: Shelf, guard: Guard) -> None:
        self._shelf = shelf
        self._guard = guard
        self._recent = Recent()
        self._flights: Flights[Page] = Flights()

    def page(self, name: str, build: Callable[[], Page], *, renew: bool) -> Page:
        """The page called ``name``, which ``build`` would make; ``renew`` insists on what S3 says from now on.

        Raises StorageUnavailable when S3 is away and no page is known that could be shown.
        """
        found = self._shelf.find(name)
        if not renew:
            if found.worth is Worth.FRESH and found.page is not None:
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
        """How old the page is, in whole seconds."""
        return max(0, int(self._shelf.now() - page.built_at))

    def _from_s3(self, name: str, build: Callable[[], Page], found: Found, *, renew: bool) -> Page:
        boarded = self._board(name, build, found, renew=renew)
        if found.page is not None and found.worth is Worth.AGEING and not boarded.first and not renew:
            AGEING.inc()
            return found.page
        patience = PATIENCE_SECONDS if found.page is None else PATIENCE_WITH_A_PAGE_SECONDS
        page = self._guard.wait(boarded.future, patience)
        (MISS if boarded.first else SHARED).inc()
        return page

    def _board(self, name: str, build: Callable[[], Page], found: Found, *, renew: bool) -> Boarded[Page]:
        if renew:
            return self._flights.follow(
                (name, "renew"), lambda: self._guard.submit(lambda: self._build(name, build, self._shelf.find(name)))
            )
        return self._flights.join(
            (name, found.generations), lambda: self._guard.submit(lambda: self._fetch(name, build, found))
        )

    def _fetch(self, name: str, build: Callable[[], Page], found: Found) -> Page:
        """The page, made by us or by another process that has the lock."""
        if found.generations is None:
            # Looked at once more: a flight that landed since we looked has left its page there.
            return self._recent.get(name) or self._build(name, build, found)
        under, holder = found.generations, new_holder()
        give_up_at = time.monotonic() + LOCK_SECONDS
        turn = 0
        while True:
            won, found = self._shelf.contend(name, under, holder)
            try:
                if found.page is not None and found.worth is Worth.FRESH:
                    return found.page
                if won or found.generations is None or time.monotonic() > give_up_at:
                    return self._build(name, build, found)
            finally:
                if won:
                    self._shelf.release(name, under, holder)
            if found.page is not None and found.worth is Worth.AGEING:
                return found.page  # another process renews it
            time.sleep(POLL_SECONDS[min(turn, len(POLL_SECONDS) - 1)])
            turn += 1

    def _build(self, name: str, build: Callable[[], Page], found: Found) -> Page:
        began = self._recent.clock()
        page = build()
        BUILDS.inc()
        self._shelf.hear(page.built_at)
        if found.generations is not None:
            self._shelf.store(name, page, found.generations)
        else:
            self._recent.put(name, page, began)
        return page
