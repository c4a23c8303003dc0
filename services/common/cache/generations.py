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

from common.cache.client import Cache, CacheUnavailable
from common.http.metrics import PENDING_CHANGES

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


class ListInvalidator:
    """Invalidates the cached lists of every replica, by giving the generations new values.

    What cannot be sent because Redis is away stays pending. The next change sends it too, and so does a thread that
    tries every second as long as anything is pending. Until then a page's age bounds how long it can be wrong.
    """

    def __init__(self, cache: Cache, *, retry_seconds: float = RETRY_SECONDS) -> None:
        self._cache = cache
        self._retry_seconds = retry_seconds
        self._lock = threading.Lock()
        self._pending: set[str] = set()
        self._retrying = False

    def invalidate(self, *, deletes: bool) -> None:
        """Make every cached page that this change may touch invalid."""
        with self._lock:
            self._pending |= {CHANGES, DELETES} if deletes else {CHANGES}
        self.send_pending()

    def send_pending(self) -> None:
        """Set the pending generations, if Redis can be reached; otherwise they stay pending."""
        with self._lock:
            pending, self._pending = self._pending, set()
        if not pending:
            return
        try:
            self._cache.call(lambda client: _invalidate(client, pending))
        except CacheUnavailable:
            self._keep_pending(pending)
        else:
            PENDING_CHANGES.set(len(self._pending))

    @property
    def has_pending(self) -> bool:
        """Whether a change has not been sent yet, or the thread that tries again is sending it."""
        with self._lock:
            return bool(self._pending) or self._retrying

    def _keep_pending(self, pending: set[str]) -> None:
        with self._lock:
            self._pending |= pending
            PENDING_CHANGES.set(len(self._pending))
            begin = self._cache.configured and not self._retrying
            self._retrying = self._retrying or begin
        if begin:
            log.warning("list generations owed", extra={"owed": len(pending)})
            threading.Thread(target=self._retry, name="owed-generations", daemon=True).start()

    def _retry(self) -> None:
        while True:
            time.sleep(self._retry_seconds)
            self.send_pending()
            with self._lock:
                if not self._pending:
                    self._retrying = False
                    return


def _invalidate(client: "redis.Redis", keys: set[str]) -> None:
    with client.pipeline(transaction=False) as commands:
        for key in keys:
            commands.set(key, secrets.token_bytes(TOKEN_BYTES), ex=LIFETIME_SECONDS)
        commands.execute()
