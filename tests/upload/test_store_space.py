"""No grant fills the disk of the embedded store, and nothing breaks where nothing is known of a disk."""

import json
import os
from pathlib import Path

import pytest

from upload import store_space
from upload.store_space import LOOK_SECONDS, Space, StoreSpace, fitting, grantable

MIB, GIB = 1 << 20, 1 << 30


@pytest.mark.parametrize(
    ("free", "disk", "room"),
    [
        (10 * GIB, 40 * GIB, 9 * GIB // 2),
        (GIB, 40 * GIB, 0),
        (100 * MIB, 40 * GIB, -462 * MIB),
        (100 * MIB, 500 * MIB, 75 * MIB // 2),  # a small disk: 5 % of it
        (100 * GIB, 1000 * GIB, 40 * GIB),  # a large one: 2 % of it
        (10 * GIB, 1000 * GIB, -5 * GIB),
    ],
)
def test_a_reserve_stays_free_and_each_file_takes_its_space_twice(free: int, disk: int, room: int) -> None:
    assert grantable(Space(free, disk)) == room


def test_files_share_the_room_of_one_request() -> None:
    assert fitting(10, [6, 5, 4, 1]) == [True, False, True, False]
    assert fitting(-1, [1]) == [False]
    assert fitting(None, [10**12]) == [True]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "space.json"


def write(file: Path, free: int) -> None:
    file.write_text(json.dumps({"free_bytes": free, "disk_bytes": 40 * GIB}))


def test_the_file_is_looked_at_again_after_a_while(file: Path) -> None:
    now = 0.0
    space = StoreSpace(str(file), clock=lambda: now)
    write(file, 3 * GIB)
    assert space.room() == GIB
    write(file, GIB)
    now = LOOK_SECONDS - 0.1
    assert space.room() == GIB
    now = LOOK_SECONDS
    assert space.room() == 0


@pytest.mark.parametrize("content", [None, "", "{}", "[1, 2]", '{"free_bytes": "much"}', "\0" * 9])
def test_without_a_file_that_can_be_read_nothing_is_limited(file: Path, content: str | None) -> None:
    if content is not None:
        file.write_text(content)
    assert StoreSpace(str(file)).room() is None
    assert StoreSpace("").room() is None


def test_a_file_that_is_no_longer_renewed_stays_valid(file: Path) -> None:
    """A full disk may be why `make up` cannot renew it."""
    now = 0.0
    space = StoreSpace(str(file), clock=lambda: now)
    write(file, 10 * MIB)
    os.utime(file, (0, 0))  # written in 1970
    for now in (0.0, 3600.0, 86_400.0):  # noqa: B007 - the clock reads it
        assert (space.room() or 0) < 0


def test_what_make_up_writes_can_be_read(tmp_path: Path) -> None:
    from local.store_space import Writer, file_in

    Writer(tmp_path, tmp_path).write(0.0)
    room = StoreSpace(str(file_in(tmp_path))).room()
    assert isinstance(room, int)
    assert store_space._read(tmp_path / "store-space.new") is None, "the draft is gone"
