"""The pages in Redis, and the lock that lets one process at a time build one. All commands are one round trip each."""

import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from catalog.cache.stored_page import CacheLookup, encode, judge
from catalog.listing import Page
from common.cache.client import Cache, CacheUnavailable
from common.cache.generations import CHANGES, DELETES, SCHEMA, Generations, ensure

if TYPE_CHECKING:
    import redis

KEPT_SECONDS = 24 * 3600
"""How long Redis keeps a page: past its age it still helps while S3 is away."""

LOCK_SECONDS = 4
"""After so long a lock ends by itself: its holder died, or S3 is slower than anyone should wait for."""

MIN_SKEW_SECONDS = 3.0

# A lock is removed by who holds it and nobody else: one that ended by itself may be another's by now.
_RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"


class PageCache:
    """Pages by name. Without Redis it is empty and keeps nothing."""

    def __init__(self, cache: Cache, clock: Callable[[], float]) -> None:
        self._cache = cache
        self._clock = clock
        self._skew = 0.0

    def now(self) -> float:
        """The store's clock as far as we know it, in seconds since 1970."""
        return self._clock() + self._skew

    def learn_skew(self, store_time: float) -> None:
        """Learn from an answer of the store how far our clock is off: or every page would look old, or never so."""
        skew = store_time - self._clock()
        # A Date is in whole seconds, and had a way to go.
        self._skew = skew if abs(skew) > MIN_SKEW_SECONDS else 0.0

    def find(self, name: str) -> CacheLookup:
        """The page of this name with the generations of now."""

        def read(client: "redis.Redis") -> tuple[Generations, bytes | None]:
            *found, value = cast("list[bytes | None]", client.mget(CHANGES, DELETES, _page_key(name)))
            return ensure(client, found), value

        return self._found(read)

    def try_lock(self, name: str, under: Generations, holder: bytes) -> tuple[bool, CacheLookup]:
        """Try to become the one who builds the page, and read it once more: (whether we are, what is there).

        The lock is tried first and a page is stored before its lock is released, so who gets the lock sees the page
        of whoever had it before. Another generation is another lock: what was listed under an older one may lack a
        change.
        """
        won = False

        def take(client: "redis.Redis") -> tuple[Generations, bytes | None]:
            nonlocal won
            with client.pipeline(transaction=False) as commands:
                commands.set(_lock_key(name, under), holder, nx=True, px=LOCK_SECONDS * 1000)
                commands.mget(CHANGES, DELETES, _page_key(name))
                taken, (changes, deletes, value) = commands.execute()
            won = bool(taken)
            return ensure(client, [changes, deletes]), value

        found = self._found(take)
        return won, found

    def store(self, name: str, page: Page, under: Generations) -> None:
        """Keep a page with the generations that were read before it was listed."""
        value = encode(page, under)
        self._try(lambda client: client.set(_page_key(name), value, ex=KEPT_SECONDS))

    def release(self, name: str, under: Generations, holder: bytes) -> None:
        """Let others build the page, if the lock is still ours."""
        self._try(lambda client: client.eval(_RELEASE, 1, _lock_key(name, under), holder))

    def _found(self, read: "Callable[[redis.Redis], tuple[Generations, bytes | None]]") -> CacheLookup:
        try:
            generations, value = self._cache.call(read)
        except CacheUnavailable:
            return CacheLookup(None)
        return judge(value, generations, self.now())

    def _try(self, command: "Callable[[redis.Redis], object]") -> None:
        try:
            self._cache.call(command)
        except CacheUnavailable:
            return  # slower, not wrong: the next one who asks builds it again


def new_holder() -> bytes:
    """A name for one who wants a lock."""
    return secrets.token_bytes(12)


def _page_key(name: str) -> str:
    return f"{SCHEMA}:page:{name}"


def _lock_key(name: str, under: Generations) -> str:
    return f"{SCHEMA}:lock:{name}:{(under.changes + under.deletes).hex()}"
