"""Port ranges for the servers of tests. Each process of a run has its own range.

A port is chosen seconds before its server binds it, and another process must not choose the same one meanwhile.
"""

import os

STRETCH, PROCESSES = 3000, 4
"""Ports per process, and the number of processes with different ranges: local/ports.py has 12,000 ports."""
MOST_AT_ONCE = 200
"""A search never starts in the last so many ports of a range, so that it stays in the range."""


def first_port(salt: int) -> int:
    """Return the start of a search for local/ports.py. Servers with different salts seldom get the same port."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    return worker % PROCESSES * STRETCH + salt % (STRETCH - MOST_AT_ONCE)
