"""Stores pages in Redis, with a lock so that one process at a time builds a page. Each command is one round trip."""

import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from catalog.cache.stored_page import CacheLookup, assess, encode
from catalog.listing import Page
from common.cache.client import Cache, CacheUnavailable
from common.cache.generations import CHANGES, DELETES, SCHEMA, Generations, ensure

if TYPE_CHECKING:
    import redis

KEPT_SECONDS = 24 * 3600
"""How long Redis keeps a page: a stale page still helps while S3 is unavailable."""

LOCK_SECONDS = 4
"""When a lock expires: its holder has died, or S3 is too slow to wait for."""

MIN_SKEW_SECONDS = 3.0

# A lock is removed only by its holder's token: after it has expired, another process may hold it.
_RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"


class PageCache:
    """Pages by name. Without Redis it is always empty."""

    def __init__(self, cache: Cache, clock: Callable[[], float]) -> None:
        self._cache = cache
        self._clock = clock
        self._skew = 0.0

    def now(self) -> float:
        """Return the estimated time of the store's clock, in seconds since 1970."""
        return self._clock() + self._skew

    def learn_skew(self, store_time: float) -> None:
        """Learn the offset of our clock from the store's. With a wrong clock, pages would expire early or late."""
        skew = store_time - self._clock()
        # The Date header has whole seconds and took some time to arrive, so ignore small differences.
        self._skew = skew if abs(skew) > MIN_SKEW_SECONDS else 0.0

    def find(self, name: str) -> CacheLookup:
        """Return the page with this name, and how fresh it is by the current generations."""

        def read(client: "redis.Redis") -> tuple[Generations, bytes | None]:
            *found, value = cast("list[bytes | None]", client.mget(CHANGES, DELETES, _page_key(name)))
            return ensure(client, found), value

        return self._found(read)

    def try_lock(self, name: str, generations: Generations, lock_token: bytes) -> tuple[bool, CacheLookup]:
        """Try to get the lock for building the page, and read the page again. Return (got the lock, result).

        The lock is tried first, and a page is stored before its lock is released. So the new holder sees the
        page of the previous one. Each generation has its own lock, because a page that was listed under an older
        generation may lack a change.
        """
        won = False

        def take(client: "redis.Redis") -> tuple[Generations, bytes | None]:
            nonlocal won
            with client.pipeline(transaction=False) as commands:
                commands.set(_lock_key(name, generations), lock_token, nx=True, px=LOCK_SECONDS * 1000)
                commands.mget(CHANGES, DELETES, _page_key(name))
                taken, (changes, deletes, value) = commands.execute()
            won = bool(taken)
            return ensure(client, [changes, deletes]), value

        found = self._found(take)
        return won, found

    def store(self, name: str, page: Page, generations: Generations) -> None:
        """Store a page with the generations that were read before its LIST."""
        value = encode(page, generations)
        self._try(lambda client: client.set(_page_key(name), value, ex=KEPT_SECONDS))

    def release(self, name: str, generations: Generations, lock_token: bytes) -> None:
        """Release the lock if we still hold it."""
        self._try(lambda client: client.eval(_RELEASE, 1, _lock_key(name, generations), lock_token))

    def _found(self, read: "Callable[[redis.Redis], tuple[Generations, bytes | None]]") -> CacheLookup:
        try:
            generations, value = self._cache.call(read)
        except CacheUnavailable:
            return CacheLookup(None)
        return assess(value, generations, self.now())

    def _try(self, command: "Callable[[redis.Redis], object]") -> None:
        try:
            self._cache.call(command)
        except CacheUnavailable:
            return  # slower, not wrong: the next request builds the page again


def new_lock_token() -> bytes:
    """Return a random token that identifies the holder of a lock."""
    return secrets.token_bytes(12)


def _page_key(name: str) -> str:
    return f"{SCHEMA}:page:{name}"


def _lock_key(name: str, generations: Generations) -> str:
    return f"{SCHEMA}:lock:{name}:{(generations.changes + generations.deletes).hex()}"
