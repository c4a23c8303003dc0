"""A bulkhead for look-ups in S3, with deadlines: a store that hangs holds neither requests nor workers.

Calls run in a small pool of threads of their own, so a request gives up waiting when its time is over while the call
ends by its own time-outs. After some that were not answered the circuit opens, and requests are refused at once.
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

PATIENCE_SECONDS = 3.0
"""How long a request waits for S3 before it is told to come back."""
FAILURES = 3
OPEN_SECONDS = 2.0


class ThreadPoolBulkhead:
    """A pool of ``threads`` for calls to S3, behind a circuit breaker."""

    def __init__(self, threads: int = 16) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="storage")
        self._circuit = CircuitBreaker(failures=FAILURES, open_seconds=OPEN_SECONDS)
        self._busy = threading.Semaphore(4 * threads)

    def call(self, function: Callable[[], T], seconds: float = PATIENCE_SECONDS) -> T:
        """Run ``function`` and wait for it. Raises StorageUnavailable when S3 is away, or not there in time."""
        future = self.submit(function)
        try:
            return self.wait(future, seconds)
        finally:
            future.cancel()  # one that is still queued would be done for nobody

    def submit(self, function: Callable[[], T]) -> "Future[T]":
        """Run ``function`` in the pool. Raises StorageUnavailable at once while S3 is known to be away."""
        if not self._circuit.may_call():
            raise StorageUnavailable
        if not self._busy.acquire(blocking=False):  # what waits here already would outlast any patience
            raise StorageUnavailable
        # The context holds the request's id, for the log lines of the call.
        future = self._pool.submit(contextvars.copy_context().run, self._watched, function)
        future.add_done_callback(lambda _: self._busy.release())
        return future

    def wait(self, future: "Future[T]", seconds: float) -> T:
        """The outcome of ``future``. Raises StorageUnavailable when it takes longer, and goes on without it."""
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
