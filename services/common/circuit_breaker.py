"""A circuit breaker: after repeated failures it blocks all calls for a while, then lets one trial call through."""

import threading
import time
from collections.abc import Callable


class CircuitBreaker:
    """Closed, it allows every call. Open, it allows one trial call every ``open_seconds`` and blocks all others.

    ``failures`` consecutive failures open it; any success closes it. ``clock`` returns seconds. Thread-safe.
    """

    def __init__(self, *, failures: int, open_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._allowed_failures = failures
        self._open_seconds = open_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._opens_again_at = 0.0  # time of the next trial call on self._clock; 0: closed

    @property
    def closed(self) -> bool:
        """Whether all calls are allowed."""
        return self._opens_again_at == 0.0

    def may_call(self) -> bool:
        """Whether a call is allowed now. After an allowed call the caller reports `succeeded` or `failed`."""
        if self._opens_again_at == 0.0:
            return True
        with self._lock:
            if self._opens_again_at != 0.0 and self._clock() < self._opens_again_at:
                return False
            # This is the trial call. If its outcome is never reported, another trial is allowed after open_seconds.
            self._opens_again_at = self._clock() + self._open_seconds
            return True

    def succeeded(self) -> None:
        """Report that a call was answered."""
        if self._failures or self._opens_again_at:
            with self._lock:
                self._failures, self._opens_again_at = 0, 0.0

    def failed(self) -> bool:
        """Report that a call was not answered. Returns whether the circuit is open now."""
        with self._lock:
            self._failures += 1
            if self._failures >= self._allowed_failures:
                self._opens_again_at = self._clock() + self._open_seconds
            return self._opens_again_at != 0.0
