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
MOST_UNDER_WAY = 10
"""Fewer than the threads of a worker (gunicorn.conf.py)."""


class CallNotPermittedError(Exception):
    """The bulkhead is full or its circuit is open."""


class OverdueBulkhead:
    """Limits concurrent calls to ``most`` while one of them is overdue. Thread-safe. ``clock`` returns seconds."""

    def __init__(self, most: int = MOST_UNDER_WAY, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._circuit = CircuitBreaker(failures=FAILURES, open_seconds=OPEN_SECONDS, clock=clock)
        self._lock = threading.Lock()
        self._under_way: dict[object, float] = {}  # start time of each call, oldest first

    @contextmanager
    def call(self, silence: type[Exception] | tuple[type[Exception], ...], *, lasting: bool = False) -> Iterator[None]:
        """Wrap one call. Errors of type ``silence`` mean that the store did not answer. Raises CallNotPermittedError.

        ``lasting``: the call's time grows with the object, so it never counts as overdue.
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
        except Exception:  # any other error is an answer; the caller handles it
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
