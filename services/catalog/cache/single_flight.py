"""Shares concurrent calls in one process: callers that ask for the same key get the result of one call."""

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")


class SharedCall(NamedTuple, Generic[T]):
    future: "Future[T]"
    first: bool
    """Whether this caller started the call."""


class SingleFlight(Generic[T]):
    """The running calls by key. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.RLock()  # re-entrant: a future that is already done calls back at once
        self._running: dict[Hashable, Future[T]] = {}
        self._queued: dict[Hashable, Future[T]] = {}

    def join(self, key: Hashable, start: "Callable[[], Future[T]]") -> SharedCall[T]:
        """Return the running call for ``key``, or start one. Raises what ``start`` raises."""
        with self._lock:
            running = self._running.get(key)
            if running is not None:
                return SharedCall(running, first=False)
            running = self._running[key] = start()
            running.add_done_callback(lambda _: self._finished(key))
            return SharedCall(running, first=True)

    def join_next(self, key: Hashable, start: "Callable[[], Future[T]]") -> SharedCall[T]:
        """Return a call that starts after this moment, for callers that need the current state.

        A running call may have read too early. So the next call is queued, and all callers that arrive in the meantime
        share it. Raises what ``start`` raises.
        """
        with self._lock:
            running = self._running.get(key)
            if running is None:
                return self.join(key, start)
            if key in self._queued:
                return SharedCall(self._queued[key], first=False)
            queued = self._queued[key] = Future()
        running.add_done_callback(lambda _: self._begin(key, queued, start))
        return SharedCall(queued, first=True)

    def _finished(self, key: Hashable) -> None:
        with self._lock:
            del self._running[key]

    def _begin(self, key: Hashable, queued: "Future[T]", start: "Callable[[], Future[T]]") -> None:
        with self._lock:
            del self._queued[key]
        queued.set_running_or_notify_cancel()
        try:
            future = self.join(key, start).future
        except Exception as error:  # handed to the callers who wait for it
            queued.set_exception(error)
            return
        future.add_done_callback(lambda done: _pass_on_result(done, queued))


def _pass_on_result(done: "Future[T]", to: "Future[T]") -> None:
    error = done.exception()
    if error is None:
        to.set_result(done.result())
    else:
        to.set_exception(error)
