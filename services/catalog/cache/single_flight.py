"""Single flight in one process: a caller who asks for what another is fetching already gets the same result."""

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")


class SharedCall(NamedTuple, Generic[T]):
    future: "Future[T]"
    first: bool
    """Whether this caller started it."""


class SingleFlight(Generic[T]):
    """What is being fetched, by key. Threads share it."""

    def __init__(self) -> None:
        self._lock = threading.RLock()  # re-entrant: a future that is done already calls back at once
        self._running: dict[Hashable, Future[T]] = {}
        self._queued: dict[Hashable, Future[T]] = {}

    def join(self, key: Hashable, start: "Callable[[], Future[T]]") -> SharedCall[T]:
        """The call for ``key`` that is under way, or a new one. Raises what ``start`` raises."""
        with self._lock:
            running = self._running.get(key)
            if running is not None:
                return SharedCall(running, first=False)
            running = self._running[key] = start()
            running.add_done_callback(lambda _: self._finished(key))
            return SharedCall(running, first=True)

    def follow(self, key: Hashable, start: "Callable[[], Future[T]]") -> SharedCall[T]:
        """A call that begins after this moment, for who must see what is true now. Raises what ``start`` raises.

        One that is under way may have looked too early, so the next one is shared by all who came in the meantime.
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
        except Exception as error:
            queued.set_exception(error)
            return
        future.add_done_callback(lambda done: _pass_on_result(done, queued))


def _pass_on_result(done: "Future[T]", to: "Future[T]") -> None:
    error = done.exception()
    if error is None:
        to.set_result(done.result())
    else:
        to.set_exception(error)
