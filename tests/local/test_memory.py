"""The store's share of the memory: never so little that its garbage collector starves it."""

from pathlib import Path

import pytest

from local.memory import available, store_limit

GIB = 1 << 30


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    (tmp_path / "proc" / "self").mkdir(parents=True)
    (tmp_path / "proc" / "meminfo").write_text("MemTotal:       16777216 kB\nMemFree:        14641988 kB\n")
    return tmp_path / "proc"


def grouped(proc: Path, membership: str, limits: dict[str, str]) -> int:
    """What is available to a process of this control group, with these files below /sys/fs/cgroup."""
    (proc / "self" / "cgroup").write_text(membership)
    for name, text in limits.items():
        file = proc.parent / "cgroup" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return available(proc, proc.parent / "cgroup")


@pytest.mark.parametrize(
    ("memory", "limit"),
    [
        (GIB // 2, "512MiB"),
        (4 * GIB, "512MiB"),
        (8 * GIB, "1024MiB"),
        (24684096 * 1024, "3013MiB"),
        (256 * GIB, "4096MiB"),
    ],
)
def test_the_store_gets_an_eighth_within_bounds(memory: int, limit: str) -> None:
    assert store_limit(memory) == limit


def test_without_control_groups_all_of_the_machine_counts(proc: Path) -> None:
    assert available(proc, proc.parent / "cgroup") == 16 * GIB


def test_a_group_with_no_limit_changes_nothing(proc: Path) -> None:
    assert grouped(proc, "0::/user\n", {"user/memory.max": "max\n"}) == 16 * GIB
    endless = {"memory/memory.limit_in_bytes": "9223372036854771712\n"}
    assert grouped(proc, "4:memory:/\n0::/\n", endless) == 16 * GIB


@pytest.mark.parametrize(
    ("membership", "file"),
    [
        ("0::/a/b\n", "a/b/memory.max"),
        ("0::/a/b\n", "a/memory.max"),
        ("0::/a/b\n", "memory.max"),
        ("4:cpu,memory:/a/b\n0::/\n", "memory/a/memory.limit_in_bytes"),
        ("0::/../of/the/host\n", "memory.max"),
    ],
    ids=["own", "around it", "container", "version 1", "host's path"],
)
def test_the_smallest_limit_counts(proc: Path, membership: str, file: str) -> None:
    assert grouped(proc, membership, {file: f"{3 * GIB}\n"}) == 3 * GIB


def test_this_machine_says_how_much_it_has() -> None:
    assert available() > 64 << 20
