"""The processor time of measured processes."""

import os
import time
from contextlib import suppress

import psutil

_REST_SECONDS = 3
_MOST_SECONDS = 60
_IDLE = 0.1
"""Processor seconds per second; an idle gallery uses less."""


def seconds(pid: int) -> float:
    """Return the processor seconds of a process and all its descendants."""
    me = psutil.Process(pid)
    total = 0.0
    for process in (me, *me.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):  # it has ended since
            times = process.cpu_times()
            total += times.user + times.system
    return total


def rest(pid: int) -> None:
    """Wait, a minute at most, until all is written to disk and a process and its descendants are idle.

    Otherwise left-over work of one measurement, such as a store removing deleted data, would slow down the next one.
    """
    os.sync()
    idle, before = 0, seconds(pid)
    for _ in range(_MOST_SECONDS):
        time.sleep(1)  # the processor time of this second is compared
        now = seconds(pid)
        idle = idle + 1 if now - before < _IDLE else 0
        if idle >= _REST_SECONDS:
            return
        before = now
    print(f"     still busy after {_MOST_SECONDS} s", flush=True)
