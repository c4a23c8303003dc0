"""Calls Redis as a cache, with short timeouts. A fault counts as a cache miss and is logged.

After a fault the circuit stays open for OPEN_SECONDS, so at most one call in that time waits for a hung Redis.
"""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

import redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from common.circuit_breaker import CircuitBreaker
from common.http.metrics import CACHE_CIRCUIT_OPEN, CACHE_FAULTS
from common.settings import REDIS_TIMEOUT_MS, SettingsError

log = logging.getLogger(__name__)

T = TypeVar("T")

OPEN_SECONDS = 3.0
"""How long no call is made after a fault."""


class CacheUnavailable(Exception):
    """Redis is not configured, failed or timed out, or the circuit is open."""


class Cache:
    """A Redis client behind a circuit breaker.

    With an empty ``url`` every call raises CacheUnavailable. ``timeout_ms`` (milliseconds) applies to connecting and to
    each command; ``clock`` returns seconds. Raises SettingsError for an invalid URL.
    """

    def __init__(
        self, url: str, *, timeout_ms: int = REDIS_TIMEOUT_MS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = _connect(url, timeout_ms / 1000) if url else None
        self._circuit = CircuitBreaker(failures=1, open_seconds=OPEN_SECONDS, clock=clock)

    @property
    def configured(self) -> bool:
        """Whether a Redis URL is set."""
        return self._client is not None

    def call(self, command: "Callable[[redis.Redis], T]") -> T:
        """Run one command or pipeline and return its result. Raises CacheUnavailable."""
        if self._client is None:
            raise CacheUnavailable
        if not self._circuit.may_call():
            CACHE_FAULTS.inc()
            raise CacheUnavailable
        try:
            answer = command(self._client)
        except (RedisError, OSError) as error:
            self._open(error)
            raise CacheUnavailable from error
        if not self._circuit.closed:
            self._circuit.succeeded()
            CACHE_CIRCUIT_OPEN.set(0)
            log.info("cache recovered")
        return answer

    def close(self) -> None:
        """Close all connections. The next call opens a new one."""
        if self._client is not None:
            self._client.close()

    def _open(self, error: Exception) -> None:
        CACHE_FAULTS.inc()
        CACHE_CIRCUIT_OPEN.set(1)
        self._circuit.failed()
        # Log only the type: the library's message may contain the URL with its password.
        log.warning("cache fault", extra={"error": type(error).__name__, "seconds": OPEN_SECONDS})


def _connect(url: str, timeout_seconds: float) -> "redis.Redis":
    try:
        return redis.Redis.from_url(
            url,
            socket_timeout=timeout_seconds,
            socket_connect_timeout=timeout_seconds,
            retry=Retry(NoBackoff(), 0),
            max_connections=64,
        )
    except ValueError:
        raise SettingsError("REDIS_URL is not valid: expected a URL such as redis://:password@host:6379/0") from None
