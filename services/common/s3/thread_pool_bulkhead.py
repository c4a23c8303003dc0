"""A bulkhead with deadlines for look-ups in S3: a hung store blocks neither requests nor workers.

Calls run in a small thread pool. A request stops waiting at its deadline, while the call runs into its own timeout.
After FAILURES unanswered calls the circuit opens, and requests fail at once.
"""

import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from common.circuit_breaker import CircuitBreaker
from common.http.metrics import STORAGE_CIRCUIT_OPEN
from common.s3.errors import StorageUnavailable

T = TypeVar("T")

MAX_WAIT_SECONDS = 3.0
"""How long a request waits for S3 before it is answered with 503 and Retry-After."""
FAILURES = 3
"""Consecutive unanswered calls that open the circuit."""
OPEN_SECONDS = 2.0
"""Time between two trial calls while the circuit is open."""


class ThreadPoolBulkhead:
    """A pool of ``threads`` threads for calls to S3, with a circuit breaker."""

    def __init__(self, threads: int = 16) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="storage")
        self._circuit = CircuitBreaker(failures=FAILURES, open_seconds=OPEN_SECONDS)
        self._busy = threading.Semaphore(4 * threads)

    def call(self, function: Callable[[], T], seconds: float = MAX_WAIT_SECONDS) -> T:
        """Run ``function`` in the pool and return its result after at most ``seconds``.

        Raises what ``function`` raises, and StorageUnavailable at the deadline, if the circuit is open or if too many
        calls wait.
        """
        future = self.submit(function)
        try:
            return self.wait(future, seconds)
        finally:
            future.cancel()  # nobody needs the result of a call that is still queued

    def submit(self, function: Callable[[], T]) -> "Future[T]":
        """Run ``function`` in the pool. Raises StorageUnavailable if the circuit is open or too many calls wait."""
        if not self._circuit.may_call():
            raise StorageUnavailable
        if not self._busy.acquire(blocking=False):  # the queued calls would already take longer than any deadline
            raise StorageUnavailable
        # The context carries the request id for the log lines of the call.
        future = self._pool.submit(contextvars.copy_context().run, self._watched, function)
        future.add_done_callback(lambda _: self._busy.release())
        return future

    def wait(self, future: "Future[T]", seconds: float) -> T:
        """Return the result of ``future``. Raises StorageUnavailable after ``seconds``; the call itself goes on."""
        try:
            return future.result(seconds)
        except TimeoutError:
            self._failed()
            raise StorageUnavailable from None

    def _watched(self, function: Callable[[], T]) -> T:
        try:
            outcome = function()
        except StorageUnavailable:
            self._failed()
            raise
        self._circuit.succeeded()
        STORAGE_CIRCUIT_OPEN.set(0)
        return outcome

    def _failed(self) -> None:
        if self._circuit.failed():
            STORAGE_CIRCUIT_OPEN.set(1)
