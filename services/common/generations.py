"""Two random tokens in Redis that say whether a cached list may still be believed.

Each change of the gallery sets them anew: ``changes`` for every change, ``deletes`` when something goes or comes back.
A page is stored with the tokens that were read before its LIST, so a slow reader cannot plant a stale page. They are
random, not counters: after an eviction or a flush a counter would start again and let an old page back in.
"""

import logging
import secrets
import threading
import time
from typing import TYPE_CHECKING, NamedTuple

from common.cache import Cache, CacheDown
from common.metrics import OWED_CHANGES

if TYPE_CHECKING:
    import redis

log = logging.getLogger(__name__)

SCHEMA = "vitrine:1"
"""Part of every key: values that another version wrote are never read."""

CHANGES = f"{SCHEMA}:generation:changes"
DELETES = f"{SCHEMA}:generation:deletes"
LIFETIME_SECONDS = 7 * 24 * 3600
"""A generation that expires only makes pages stale, so any time far above a page's age will do."""

TOKEN_BYTES = 16
RETRY_SECONDS = 1.0


class Generations(NamedTuple):
    changes: bytes
    deletes: bytes


def ensure(client: "redis.Redis", found: list[bytes | None]) -> Generations:
    """The generations that were found, with missing or unreadable ones set unless somebody was faster."""
    if _readable(found):
        return Generations(found[0] or b"", found[1] or b"")
    values = _set(client, found, overwrite=False)
    if not _readable(values):  # a key that is there and has no such value: of another type, it reads as missing
        values = _set(client, values, overwrite=True)
    return Generations(values[0] or b"", values[1] or b"")


def _readable(values: list[bytes | None]) -> bool:
    return all(value is not None and len(value) == TOKEN_BYTES for value in values)


def _set(client: "redis.Redis", found: list[bytes | None], *, overwrite: bool) -> list[bytes | None]:
    """Give the ones that are not readable a value, and read both again."""
    with client.pipeline(transaction=False) as commands:
        for key, value in zip((CHANGES, DELETES), found, strict=True):
            if not _readable([value]):
                nx = value is None and not overwrite
                commands.set(key, secrets.token_bytes(TOKEN_BYTES), ex=LIFETIME_SECONDS, nx=nx)
        commands.mget(CHANGES, DELETES)
        values: list[bytes | None] = commands.execute()[-1]
    return values


class Announcer:
    """Tells the lists of every replica that the gallery changed.

    What could not be told because Redis was away is owed, and paid at the first contact afterwards: by the next
    request, and by a thread that tries every second as long as anything is owed. Until then a page's age bounds how
    long it can be wrong.
    """

    def __init__(self, cache: Cache, *, retry_seconds: float = RETRY_SECONDS) -> None:
        self._cache = cache
        self._retry_seconds = retry_seconds
        self._lock = threading.Lock()
        self._owed: set[str] = set()
        self._retrying = False

    def announce(self, *, deletes: bool) -> None:
        """Make every cached page that this change may touch invalid."""
        with self._lock:
            self._owed |= {CHANGES, DELETES} if deletes else {CHANGES}
        self.pay()

    def pay(self) -> None:
        """Set the generations that are owed, if Redis can be reached; otherwise they stay owed."""
        with self._lock:
            owed, self._owed = self._owed, set()
        if not owed:
            return
        try:
            self._cache.call(lambda client: _announce(client, owed))
        except CacheDown:
            self._owe(owed)
        else:
            OWED_CHANGES.set(len(self._owed))

    @property
    def owes(self) -> bool:
        """Whether a change has not been told yet, or is being told by the thread that tries again."""
        with self._lock:
            return bool(self._owed) or self._retrying

    def _owe(self, owed: set[str]) -> None:
        with self._lock:
            self._owed |= owed
            OWED_CHANGES.set(len(self._owed))
            begin = self._cache.configured and not self._retrying
            self._retrying = self._retrying or begin
        if begin:
            log.warning("list generations owed", extra={"owed": len(owed)})
            threading.Thread(target=self._retry, name="owed-generations", daemon=True).start()

    def _retry(self) -> None:
        while True:
            time.sleep(self._retry_seconds)
            self.pay()
            with self._lock:
                if not self._owed:
                    self._retrying = False
                    return


def _announce(client: "redis.Redis", keys: set[str]) -> None:
    with client.pipeline(transaction=False) as commands:
        for key in keys:
            commands.set(key, secrets.token_bytes(TOKEN_BYTES), ex=LIFETIME_SECONDS)
        commands.execute()
