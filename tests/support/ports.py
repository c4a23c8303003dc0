"""Where the servers of tests look for free ports: each process of a run has a stretch of its own.

A port is chosen seconds before its server binds it. Meanwhile another process must not choose the same.
"""

import os

STRETCH, PROCESSES = 3000, 4
"""Ports of a process, and how many processes have different ones: local/ports.py has 12,000 to give."""
MOST_AT_ONCE = 200
"""So many ports of a stretch are never the first, so that those behind it belong to it too."""


def first_port(salt: int) -> int:
    """Return where to begin, for local/ports.py. Servers of a process that pass different salts seldom meet."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    return worker % PROCESSES * STRETCH + salt % (STRETCH - MOST_AT_ONCE)
