"""The longest files of tests begin first, and each of them exists."""

from pathlib import Path, PurePosixPath

from tests.support.order import LONGEST, place

ROOT = Path(__file__).resolve().parents[1]


def test_each_file_that_begins_early_is_there() -> None:
    assert [name for name in LONGEST if not (ROOT / name).is_file()] == []


def test_the_longest_come_first_and_the_others_keep_their_order() -> None:
    others = ["tests/a.py", "tests/b.py"]
    paths = [PurePosixPath(name) for name in (*others, LONGEST[1], LONGEST[0])]
    assert [str(path) for path in sorted(paths, key=place)] == [LONGEST[0], LONGEST[1], *others]
