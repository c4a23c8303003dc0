"""Redis as a cache: short time-outs, and a fault is a logged miss, never an error.

After a fault the circuit stays open for some seconds: while Redis hangs, only one call in that time waits for it.
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


class CacheUnavailable(Exception):
    """Redis is absent, did not answer in time, or the circuit is open."""


class Cache:
    """A Redis client behind a circuit breaker. Without a URL it is always down, which every caller copes with."""

    def __init__(
        self, url: str, *, timeout_ms: int = REDIS_TIMEOUT_MS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = _connect(url, timeout_ms / 1000) if url else None
        self._circuit = CircuitBreaker(failures=1, open_seconds=OPEN_SECONDS, clock=clock)

    @property
    def configured(self) -> bool:
        """Whether there is a Redis at all."""
        return self._client is not None

    def call(self, command: "Callable[[redis.Redis], T]") -> T:
        """Run one command or pipeline. Raises CacheUnavailable."""
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
            log.info("cache usable again")
        return answer

    def close(self) -> None:
        """Hang up. It may be used again."""
        if self._client is not None:
            self._client.close()

    def _open(self, error: Exception) -> None:
        CACHE_FAULTS.inc()
        CACHE_CIRCUIT_OPEN.set(1)
        self._circuit.failed()
        # The type alone: a message of the library may show the address with its password.
        log.warning("cache unusable", extra={"error": type(error).__name__, "seconds": OPEN_SECONDS})


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
        raise SettingsError("REDIS_URL cannot be used: it looks like redis://:password@host:6379/0") from None
