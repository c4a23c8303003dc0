"""A circuit breaker: after repeated failures calls are spared for a while, then one is tried for all."""

import threading
import time
from collections.abc import Callable


class CircuitBreaker:
    """Closed: every call may go. Open: none, and after ``open_seconds`` one, on whose outcome the others wait.

    ``failures`` in a row open it; any success closes it. Threads may share it.
    """

    def __init__(self, *, failures: int, open_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._allowed_failures = failures
        self._open_seconds = open_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._opens_again_at = 0.0  # on self._clock: when the next call may be tried; 0: closed

    @property
    def closed(self) -> bool:
        """Whether calls go out freely."""
        return self._opens_again_at == 0.0

    def may_call(self) -> bool:
        """Whether a call may go out now. A caller who was let through says how it ended."""
        if self._opens_again_at == 0.0:
            return True
        with self._lock:
            if self._opens_again_at != 0.0 and self._clock() < self._opens_again_at:
                return False
            # This caller is the trial. Should it never say how it ended, the next one is let through after the time.
            self._opens_again_at = self._clock() + self._open_seconds
            return True

    def succeeded(self) -> None:
        """A call was answered."""
        if self._failures or self._opens_again_at:
            with self._lock:
                self._failures, self._opens_again_at = 0, 0.0

    def failed(self) -> bool:
        """A call was not answered. Returns whether the circuit is open now."""
        with self._lock:
            self._failures += 1
            if self._failures >= self._allowed_failures:
                self._opens_again_at = self._clock() + self._open_seconds
            return self._opens_again_at != 0.0
