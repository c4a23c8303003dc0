"""Single flight in one process: who asks for what somebody is fetching already gets the same answer."""

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")


class Boarded(NamedTuple, Generic[T]):
    future: "Future[T]"
    first: bool
    """Whether it was this caller who asked for the flight."""


class Flights(Generic[T]):
    """What is being fetched, by key. Threads share it."""

    def __init__(self) -> None:
        self._lock = threading.RLock()  # re-entrant: a future that is done already calls back at once
        self._flying: dict[Hashable, Future[T]] = {}
        self._queued: dict[Hashable, Future[T]] = {}

    def join(self, key: Hashable, start: "Callable[[], Future[T]]") -> Boarded[T]:
        """The flight for ``key`` that is under way, or a new one. Raises what ``start`` raises."""
        with self._lock:
            flying = self._flying.get(key)
            if flying is not None:
                return Boarded(flying, first=False)
            flying = self._flying[key] = start()
            flying.add_done_callback(lambda _: self._landed(key))
            return Boarded(flying, first=True)

    def follow(self, key: Hashable, start: "Callable[[], Future[T]]") -> Boarded[T]:
        """A flight that begins after this call: for who must see what is true now. Raises what ``start`` raises.

        One that is under way may have looked too early, so the next one is shared by all who came in the meantime.
        """
        with self._lock:
            flying = self._flying.get(key)
            if flying is None:
                return self.join(key, start)
            if key in self._queued:
                return Boarded(self._queued[key], first=False)
            queued = self._queued[key] = Future()
        flying.add_done_callback(lambda _: self._begin(key, queued, start))
        return Boarded(queued, first=True)

    def _landed(self, key: Hashable) -> None:
        with self._lock:
            del self._flying[key]

    def _begin(self, key: Hashable, queued: "Future[T]", start: "Callable[[], Future[T]]") -> None:
        with self._lock:
            del self._queued[key]
        queued.set_running_or_notify_cancel()
        try:
            flight = self.join(key, start).future
        except Exception as error:
            queued.set_exception(error)
            return
        flight.add_done_callback(lambda done: _hand_on(done, queued))


def _hand_on(done: "Future[T]", to: "Future[T]") -> None:
    error = done.exception()
    if error is None:
        to.set_result(done.result())
    else:
        to.set_exception(error)
