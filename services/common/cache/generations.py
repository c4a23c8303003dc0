"""Invalidates cached lists through two random tokens in Redis, called generations.

Every change to the gallery replaces ``changes``. A delete or a restore also replaces ``deletes``. A page is cached with
the tokens read before its LIST, so a slow reader cannot store a stale page as fresh. The tokens are random, not
counters: after an eviction or a flush a counter would restart, and an old page could become valid again.
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
"""Prefix of every key. Values written by a version with another schema are never read."""

CHANGES = f"{SCHEMA}:generation:changes"
DELETES = f"{SCHEMA}:generation:deletes"
LIFETIME_SECONDS = 7 * 24 * 3600
"""An expired generation only makes pages stale, so any time well above the maximum age of a page is safe."""

TOKEN_BYTES = 16
RETRY_SECONDS = 1.0
"""Pause between two attempts to send pending changes."""


class Generations(NamedTuple):
    """The two current tokens, TOKEN_BYTES long each."""

    changes: bytes
    deletes: bytes


def ensure(client: "redis.Redis", found: list[bytes | None]) -> Generations:
    """Return the generations in ``found`` (changes, deletes); create those that are missing or invalid.

    If another replica creates one first, its value is used. Raises what the Redis client raises.
    """
    if _readable(found):
        return Generations(found[0] or b"", found[1] or b"")
    values = _set(client, found, overwrite=False)
    if not _readable(values):  # MGET returns None for a key of another type, and SET NX keeps it: overwrite
        values = _set(client, values, overwrite=True)
    return Generations(values[0] or b"", values[1] or b"")


def _readable(values: list[bytes | None]) -> bool:
    return all(value is not None and len(value) == TOKEN_BYTES for value in values)


def _set(client: "redis.Redis", found: list[bytes | None], *, overwrite: bool) -> list[bytes | None]:
    """Set a new value for each invalid token, then read both again."""
    with client.pipeline(transaction=False) as commands:
        for key, value in zip((CHANGES, DELETES), found, strict=True):
            if not _readable([value]):
                nx = value is None and not overwrite
                commands.set(key, secrets.token_bytes(TOKEN_BYTES), ex=LIFETIME_SECONDS, nx=nx)
        commands.mget(CHANGES, DELETES)
        values: list[bytes | None] = commands.execute()[-1]
    return values


class ListInvalidator:
    """Invalidates the cached lists of every replica by replacing the generations. Thread-safe.

    If Redis is unavailable, the change stays pending. It is sent with the next change, or by a thread that retries
    every ``retry_seconds`` while anything is pending. Until then the maximum age of a page limits how long it is wrong.
    """

    def __init__(self, cache: Cache, *, retry_seconds: float = RETRY_SECONDS) -> None:
        self._cache = cache
        self._retry_seconds = retry_seconds
        self._lock = threading.Lock()
        self._pending: set[str] = set()
        self._retrying = False

    def invalidate(self, *, deletes: bool) -> None:
        """Invalidate every cached page that a change may affect; ``deletes``: it removes or restores a picture."""
        with self._lock:
            self._pending |= {CHANGES, DELETES} if deletes else {CHANGES}
        self.send_pending()

    def send_pending(self) -> None:
        """Replace the pending generations. They stay pending if Redis is unavailable."""
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
        """Whether a change is not sent yet, or the retry thread is still running."""
        with self._lock:
            return bool(self._pending) or self._retrying

    def _keep_pending(self, pending: set[str]) -> None:
        with self._lock:
            self._pending |= pending
            PENDING_CHANGES.set(len(self._pending))
            begin = self._cache.configured and not self._retrying
            self._retrying = self._retrying or begin
        if begin:
            log.warning("list invalidation pending", extra={"pending": len(pending)})
            threading.Thread(target=self._retry, name="retry-invalidation", daemon=True).start()

    def _retry(self) -> None:
        while True:
            time.sleep(self._retry_seconds)  # Redis is away; each try costs a time-out
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
