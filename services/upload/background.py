"""Work that may outlast the request that asked for it: it goes on, and whoever asks again meets it or its outcome.

Only publishing needs this, and publishing can be repeated by anyone at any time: what dies with the process is found
again by the next `complete`, at any replica, or by the reconciler. So nothing of it is kept but the running thread.
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

PATIENCE_SECONDS = 20.0
"""How long a request waits. The gateway waits for 30 s, and gunicorn, when it stops, for 25 s."""
MOST_RUNNING = 32
MOST_WAITING = 10
"""So many requests wait; more would take the worker's last threads (gunicorn.conf.py) from those that ask for less."""
RETRY_SECONDS = 5
_GLANCE_SECONDS = 0.5
"""How long those wait who find no seat: most pictures are published by then."""


class WorkResult(NamedTuple, Generic[T]):
    value: T
    joined: bool
    """Whether somebody else had begun the work."""


class Background(Generic[T]):
    """Runs each piece of work in a thread that ends with the process, one at a time of the same name."""

    def __init__(
        self, patience: float = PATIENCE_SECONDS, most: int = MOST_RUNNING, most_waiting: int = MOST_WAITING
    ) -> None:
        self.patience = patience
        self._most = most
        self._lock = threading.Lock()
        self._seats = threading.Semaphore(most_waiting)
        self._running: dict[str, Future[T]] = {}

    def run(self, name: str, work: Callable[[], T]) -> WorkResult[T] | None:
        """The outcome of ``work``, or of what runs under its name already; None when that takes longer, or many wait.

        Raises what the work raises, and Unavailable when too much is running.
        """
        future, joined = self._begin(name, work)
        seated = self._seats.acquire(blocking=False)
        try:
            wait([future], self.patience if seated else _GLANCE_SECONDS)
        finally:
            if seated:
                self._seats.release()
        return WorkResult(future.result(), joined) if future.done() else None

    def _begin(self, name: str, work: Callable[[], T]) -> tuple["Future[T]", bool]:
        with self._lock:
            if running := self._running.get(name):
                return running, True
            if len(self._running) >= self._most:
                raise Unavailable("Many pictures are being published at the moment. Try again shortly.", RETRY_SECONDS)
            future: Future[T] = Future()
            self._running[name] = future
        # The context holds the request's id, for the log lines of the work.
        run = contextvars.copy_context().run
        threading.Thread(target=run, args=(self._work, name, work, future), name="publishing", daemon=True).start()
        return future, False

    def _work(self, name: str, work: Callable[[], T], future: "Future[T]") -> None:
        try:
            value = work()
        except BaseException as error:
            if not isinstance(error, Problem):  # nobody may be waiting any more, and then this line is all there is
                log.error("publishing failed", exc_info=error)
            self._forget(name)
            future.set_exception(error)
        else:
            self._forget(name)
            future.set_result(value)

    def _forget(self, name: str) -> None:
        with self._lock:
            del self._running[name]
