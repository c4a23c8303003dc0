"""Processor time of what is measured."""

import os
import time
from contextlib import suppress

import psutil

_REST_SECONDS = 3
_MOST_SECONDS = 60
_IDLE = 0.1
"""Processor seconds a second: a whole gallery takes less when nobody asks for anything."""


def seconds(pid: int) -> float:
    """Processor seconds that a process and all that it started have had."""
    me = psutil.Process(pid)
    total = 0.0
    for process in (me, *me.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):  # it ended a moment ago
            times = process.cpu_times()
            total += times.user + times.system
    return total


def rest(pid: int) -> None:
    """Until the disk has what was written and a process, with all that it started, has little to do: a minute at most.

    What it does for the last of several measurements (a store takes away what was deleted) would slow down the next.
    """
    os.sync()
    idle, before = 0, seconds(pid)
    for _ in range(_MOST_SECONDS):
        time.sleep(1)  # what it uses in a second is what is looked at
        now = seconds(pid)
        idle = idle + 1 if now - before < _IDLE else 0
        if idle >= _REST_SECONDS:
            return
        before = now
    print(f"     still at work after {_MOST_SECONDS} s", flush=True)
