"""Notice that `make`, which started us, was told to end.

GNU make hands SIGTERM on to its children. On SIGINT or SIGHUP sent to make alone it only resets that signal
to its default and waits for its children, as those usually got the same signal from the terminal. So the
signal's absence from the set that make catches is how a child learns of it. Killed outright, make leaves us
another parent.
"""

import os
import signal
from pathlib import Path

_WATCHED = (signal.SIGINT, signal.SIGHUP, signal.SIGTERM)


class ParentWatch:
    """Watches the process that is our parent now, if it is make; of any other it knows nothing."""

    def __init__(self) -> None:
        """Look at our parent as it is now."""
        self._parent = os.getppid()
        status = _status(self._parent)
        self._is_make = status.get("Name") in ("make", "gmake")
        self._caught = _caught(status)

    def ended(self) -> bool:
        """Whether make is gone or has begun to end."""
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
