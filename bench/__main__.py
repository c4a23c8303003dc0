"""``python -m bench [part …]`` prints each figure with its goal and exits with 1 if a goal is missed.

Without a part, all parts run and write docs/performance.md. The part `million` runs only when it is named: it takes a
quarter of an hour and needs ``--pictures 1000000``. With ``--write`` it writes its figures into docs/scaling.md.
"""

import argparse
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "services"), str(ROOT)]

from bench import (  # noqa: E402 - needs the paths
    companion,
    document,
    footprint,
    gateway,
    layout,
    million,
    pages,
    services,
    shards,
    signer,
    uploader,
    workers,
)
from bench.report import Figure, Result  # noqa: E402
from bench.run import Run  # noqa: E402

# Each part takes a run and yields its results. To add a part, add its function here.
PARTS: dict[str, Callable[[Run], Iterator[Result]]] = {
    "signer": signer.measure,
    "services": services.measure,
    "gateway": gateway.measure,
    "footprint": footprint.measure,
    "layout": layout.measure,
    "companion": companion.measure,
    "workers": workers.measure,
    "pages": pages.measure,
    "shards": shards.measure,
    "uploader": uploader.measure,
}
# Parts that run only when they are named, and the documents for their figures.
APART = {"million": (million.measure, ROOT / "docs" / "scaling.md")}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("part", nargs="*", choices=[[], *PARTS, *APART], help="without one: all but million")
    parser.add_argument("--seconds", type=float, default=1.0, help="length of one measurement")
    parser.add_argument("--rounds", type=int, default=5, help="repetitions, in turns with the yardstick")
    parser.add_argument("--pictures", type=int, default=100_000, help="the size of the large gallery")
    parser.add_argument("--mebibytes", type=int, default=1024, help="the size of the large file")
    parser.add_argument("--watch", type=float, default=420, help="seconds for which million watches an idle store")
    parser.add_argument("--write", action="store_true", help="write the document even if only some parts run")
    wanted = parser.parse_args()
    results: defaultdict[Path, list[Result]] = defaultdict(list)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="vb", ignore_cleanup_errors=True) as name, ExitStack() as running:
        run = Run(
            Path(name),
            running,
            seconds=wanted.seconds,
            rounds=wanted.rounds,
            pictures=wanted.pictures,
            mebibytes=wanted.mebibytes,
            watch=wanted.watch,
        )
        for part in wanted.part or PARTS:
            print(f"── {part}", flush=True)
            measure, file = APART.get(part) or (PARTS[part], ROOT / "docs" / "performance.md")
            for result in measure(run):
                print(result.line(), flush=True)
                results[file].append(result)
    told = [result for found in results.values() for result in found]
    missed = [result for result in told if isinstance(result, Figure) and not result.reached]
    print(f"{len(told)} results in {time.monotonic() - began:.0f} s, {len(missed)} missed their goal")
    if wanted.write or not wanted.part:
        for file, found in results.items():
            document.write(file, found)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
