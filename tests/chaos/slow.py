"""Runs a delaying proxy in a process of its own: `python -m tests.chaos.slow URL FILE`, with the store at URL.

It writes its own address into FILE.s3. Before each request it waits for the number of seconds in FILE.delay.
"""

import sys
import time
from contextlib import suppress
from pathlib import Path

from tests.support.tap import Tap


def main(upstream: str, file: str) -> None:
    """Run until it is ended."""
    tap = Tap(upstream)
    address, delay = Path(f"{file}.s3"), Path(f"{file}.delay")
    address.with_suffix(".new").write_text(tap.url)
    address.with_suffix(".new").replace(address)
    while True:
        with suppress(OSError, ValueError):
            tap.delay = float(delay.read_text())
        time.sleep(0.1)


if __name__ == "__main__":
    main(*sys.argv[1:])
