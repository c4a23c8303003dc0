"""A bulkhead for services whose requests call S3 in their own threads, with a circuit breaker.

After some calls without an answer none is made for a while, then one is tried for all. Until that is known, a store
that hangs would still take every thread of a worker, and requests that need no store would wait behind those that do.
So while a call is overdue only so many may be under way.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from common.circuit_breaker import CircuitBreaker
from common.http.metrics import STORAGE_CIRCUIT_OPEN

FAILURES = 3
OPEN_SECONDS = 2.0
OVERDUE_SECONDS = 1.5
"""A call whose time does not grow with its object takes some tens of milliseconds."""
MOST_UNDER_WAY = 10
"""Some fewer than the threads of a worker (gunicorn.conf.py)."""


class CallNotPermittedError(Exception):
    """No call is to be made now."""


class SemaphoreBulkhead:
    """Limits the calls under way while one of them is overdue. Threads may share it. ``clock`` in seconds."""

    def __init__(self, most: int = MOST_UNDER_WAY, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._circuit = CircuitBreaker(failures=FAILURES, open_seconds=OPEN_SECONDS, clock=clock)
        self._lock = threading.Lock()
        self._under_way: dict[object, float] = {}  # the oldest first

    @contextmanager
    def call(self, silence: type[Exception] | tuple[type[Exception], ...], *, lasting: bool = False) -> Iterator[None]:
        """Around one call; errors of type ``silence`` mean that the store did not answer. Raises CallNotPermittedError.

        ``lasting``: its time grows with its object, so nobody can tell whether it is overdue.
        """
        ticket = object()
        with self._lock:
            if self._is_full() or not self._circuit.may_call():
                raise CallNotPermittedError
            if not lasting:
                self._under_way[ticket] = self._clock()
        try:
            yield
        except silence:
            STORAGE_CIRCUIT_OPEN.set(int(self._circuit.failed()))
            raise
        except Exception:  # any other error is an answer, and the caller's to handle
            self._answered()
            raise
        else:
            self._answered()
        finally:
            with self._lock:
                self._under_way.pop(ticket, None)

    def _answered(self) -> None:
        if not self._circuit.closed:
            STORAGE_CIRCUIT_OPEN.set(0)
        self._circuit.succeeded()

    def _is_full(self) -> bool:
        if len(self._under_way) < self._most:
            return False
        return self._clock() - next(iter(self._under_way.values())) > OVERDUE_SECONDS
