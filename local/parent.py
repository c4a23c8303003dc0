"""Notices that `make`, our parent, was told to end.

GNU make passes SIGTERM on to its children. On SIGINT or SIGHUP it resets that signal to its default and waits for its
children, because they usually get the same signal from the terminal. If the signal was sent to make alone, a child can
only see that make no longer catches it. If make was killed, the child gets another parent.
"""

import os
import signal
from pathlib import Path

_WATCHED = (signal.SIGINT, signal.SIGHUP, signal.SIGTERM)


class ParentWatch:
    """Watches the current parent process if it is make; ignores any other parent."""

    def __init__(self) -> None:
        """Record the state of the parent process."""
        self._parent = os.getppid()
        status = _status(self._parent)
        self._is_make = status.get("Name") in ("make", "gmake")
        self._caught = _caught(status)

    def ended(self) -> bool:
        """Return whether make is gone or has begun to end."""
        if not self._is_make:
            return False
        if os.getppid() != self._parent:
            return True
        return bool(self._caught & ~_caught(_status(self._parent)))


def _status(pid: int) -> dict[str, str]:
    try:
        text = Path(f"/proc/{pid}/status").read_text("utf-8", "replace")
    except OSError:
        return {}
    return {key: value.strip() for key, _, value in (line.partition(":") for line in text.splitlines())}


def _caught(status: dict[str, str]) -> int:
    caught = int(status.get("SigCgt", "0"), 16)
    return caught & sum(1 << (number - 1) for number in _WATCHED)
