"""A bulkhead with a circuit breaker for services that call S3 in their request threads.

After FAILURES unanswered calls the circuit opens and blocks calls. Before it opens, a hung store could occupy every
thread of a worker, and requests that need no store would have to wait. So while a call is overdue, the number of
concurrent calls is limited.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from common.circuit_breaker import CircuitBreaker
from common.http.metrics import STORAGE_CIRCUIT_OPEN

FAILURES = 3
"""Consecutive unanswered calls that open the circuit."""
OPEN_SECONDS = 2.0
"""Time between two trial calls while the circuit is open."""
OVERDUE_SECONDS = 1.5
"""A call is overdue after this time. Calls whose time does not grow with the object take some tens of milliseconds."""
MAX_CONCURRENT_CALLS = 10
"""Fewer than the threads of a worker (gunicorn.conf.py)."""


class CallNotPermittedError(Exception):
    """The bulkhead is full or its circuit is open."""


class OverdueBulkhead:
    """Limits concurrent calls to ``max_concurrent`` while one of them is overdue. Thread-safe.

    ``clock`` returns seconds.
    """

    def __init__(self, max_concurrent: int = MAX_CONCURRENT_CALLS, clock: Callable[[], float] = time.monotonic) -> None:
        self._max_concurrent = max_concurrent
        self._clock = clock
        self._circuit = CircuitBreaker(failures=FAILURES, open_seconds=OPEN_SECONDS, clock=clock)
        self._lock = threading.Lock()
        self._in_flight: dict[object, float] = {}  # start time of each call, oldest first

    @contextmanager
    def call(
        self, timeout_errors: type[Exception] | tuple[type[Exception], ...], *, size_dependent: bool = False
    ) -> Iterator[None]:
        """Wrap one call. Errors of type ``timeout_errors`` mean that the store did not answer.

        ``size_dependent``: the call's time grows with the object, so it never counts as overdue.
        Raises CallNotPermittedError.
        """
        ticket = object()
        with self._lock:
            if self._is_full() or not self._circuit.may_call():
                raise CallNotPermittedError
            if not size_dependent:
                self._in_flight[ticket] = self._clock()
        try:
            yield
        except timeout_errors:
            STORAGE_CIRCUIT_OPEN.set(int(self._circuit.failed()))
            raise
        except Exception:  # any other error is an answer; the caller handles it
            self._answered()
            raise
        else:
            self._answered()
        finally:
            with self._lock:
                self._in_flight.pop(ticket, None)

    def _answered(self) -> None:
        if not self._circuit.closed:
            STORAGE_CIRCUIT_OPEN.set(0)
        self._circuit.succeeded()

    def _is_full(self) -> bool:
        if len(self._in_flight) < self._max_concurrent:
            return False
        return self._clock() - next(iter(self._in_flight.values())) > OVERDUE_SECONDS
