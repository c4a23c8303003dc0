"""``python -m bench [part …]``: prints each figure beside its goal; ends with 1 when one is missed."""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "services"), str(ROOT)]

from bench import services  # noqa: E402 - the import root of the services comes first
from bench.report import Figure  # noqa: E402
from tests.support.store import Store, running_store  # noqa: E402

PARTS: dict[str, Callable[[Store, Path, float], Iterator[Figure]]] = {"services": services.measure}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("part", nargs="*", choices=[[], *PARTS], help="all without one")
    parser.add_argument("--seconds", type=float, default=2.0, help="how long one measurement takes")
    wanted = parser.parse_args()
    missed = 0
    with tempfile.TemporaryDirectory(prefix="vb") as name, running_store(Path(name)) as store:
        for part in wanted.part or PARTS:
            folder = Path(name) / part
            folder.mkdir()
            for figure in PARTS[part](store, folder, wanted.seconds):
                print(figure.line(), flush=True)
                missed += not figure.reached
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
