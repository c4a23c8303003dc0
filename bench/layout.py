"""The page's layout of a whole gallery, run in Node, which has the same JavaScript engine as Chromium."""

import json
import os
import statistics
import subprocess
from collections.abc import Iterator
from pathlib import Path

from bench.report import Figure, Result
from bench.run import Run
from local import tools

TILES = 70_000


def measure(run: Run) -> Iterator[Result]:
    """Run each round in a new process, because a page's first layout runs before the code is compiled."""
    node = tools.find_program("NODE", os.environ)
    script = Path(__file__).with_name("layout.mjs")
    first, later = [], []
    for _ in range(run.rounds):
        taken = json.loads(subprocess.run([node, script, str(TILES), "10"], capture_output=True, check=True).stdout)
        first.append(taken[0])
        later.append(statistics.median(taken[1:]))
    detail = f"first layout in a fresh process {statistics.median(first):.1f} ms"
    yield Figure(f"layout of {TILES:,} tiles", statistics.median(later), 10, at_least=False, detail=detail, unit=" ms")
