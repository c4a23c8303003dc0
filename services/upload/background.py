"""Runs work that may take longer than its request. The work continues, and a later request joins it or its result.

Only publishing needs this, and anyone may repeat publishing at any time. If the process dies, the next `complete` (at
any replica) or the reconciler publishes the upload. So nothing needs to be stored; the running thread is enough.
"""

import contextvars
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import Generic, NamedTuple, TypeVar

from common.http.problems import Problem, Unavailable

log = logging.getLogger(__name__)

T = TypeVar("T")

LONG_WAIT_SECONDS = 20.0
"""How long a request waits. The gateway waits for 30 s, and a stopping gunicorn for 25 s."""
MAX_RUNNING = 32
MAX_WAITING = 10
"""How many requests may wait. More would take all of the worker's threads (gunicorn.conf.py) from short requests."""
RETRY_SECONDS = 5
SHORT_WAIT_SECONDS = 0.5
"""How long any further request waits: most pictures are published by then."""


class WorkResult(NamedTuple, Generic[T]):
    value: T
    joined: bool
    """Whether another request had started the work."""


class Background(Generic[T]):
    """Runs each piece of work in a daemon thread, and only one at a time with the same name."""

    def __init__(
        self, wait_seconds: float = LONG_WAIT_SECONDS, max_running: int = MAX_RUNNING, max_waiting: int = MAX_WAITING
    ) -> None:
        self.wait_seconds = wait_seconds
        self._max_running = max_running
        self._lock = threading.Lock()
        self._waiting_slots = threading.Semaphore(max_waiting)
        self._running: dict[str, Future[T]] = {}

    def run(self, name: str, work: Callable[[], T]) -> WorkResult[T] | None:
        """Run ``work``, or join the work that already runs with this name, and return the result.

        Returns None when the work takes too long. Raises what the work raises, and Unavailable if too much is running.
        """
        has_slot = self._waiting_slots.acquire(blocking=False)
        try:
            future, joined = self._join_or_start(name, work)
            wait([future], self.wait_seconds if has_slot else SHORT_WAIT_SECONDS)
        finally:
            if has_slot:
                self._waiting_slots.release()
        return WorkResult(future.result(), joined) if future.done() else None

    def _join_or_start(self, name: str, work: Callable[[], T]) -> tuple["Future[T]", bool]:
        with self._lock:
            if running := self._running.get(name):
                return running, True
            if len(self._running) >= self._max_running:
                raise Unavailable("Too many pictures are being published just now. Try again shortly.", RETRY_SECONDS)
            future: Future[T] = Future()
            self._running[name] = future
        # The context carries the request id into the log lines of the work.
        run = contextvars.copy_context().run
        threading.Thread(target=run, args=(self._execute, name, work, future), name="publishing", daemon=True).start()
        return future, False

    def _execute(self, name: str, work: Callable[[], T], future: "Future[T]") -> None:
        try:
            value = work()
        except BaseException as error:
            if not isinstance(error, Problem):  # perhaps no request waits for it any more, so log it
                log.error("publishing failed", exc_info=error)
            self._forget(name)
            future.set_exception(error)
        else:
            self._forget(name)
            future.set_result(value)

    def _forget(self, name: str) -> None:
        with self._lock:
            del self._running[name]
