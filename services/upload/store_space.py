"""Tells how many bytes may still be granted before the disk of the embedded store is nearly full.

`make up` writes the free space of that disk into a small file every second (local/store_space.py) and names it in
STORE_SPACE_FILE. Elsewhere there is no such file: on AWS no disk fills up, and with Compose and in a cluster the
service cannot see the store's disk, so an alert or the operator watches it (docs/operations.md).

No file, or one that cannot be read, limits nothing: then nothing is known of the disk, and the store itself refuses
what it cannot take. A file that is no longer renewed stays valid, because a full disk is what can keep `make up` from
renewing it, and when `make up` ends, this service ends too.
"""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

LOOK_SECONDS = 2.0
"""How long one look at the file counts."""
RESERVE_BYTES = 1 << 30
"""What was granted before may still arrive, and the store needs space for its index: after one failed write the store
refuses all others."""
SMALL_DISK_SHARE = 20
"""On a small disk, this part of it instead."""
LARGE_DISK_SHARE = 50
"""On a large disk, this part of it instead. Once less than 1 % of a disk is free, the store takes no more writes
(SeaweedFS, weed/command/mini.go, miniVolumeMinFreeSpace)."""
COPIES = 2
"""Publishing copies a file, and the store frees the space of the first copy only later."""


class Space(msgspec.Struct, frozen=True):
    """The content of the file, as JSON."""

    free_bytes: int
    disk_bytes: int


def grantable(space: Space) -> int:
    """Return how many bytes may be granted, given the space of the disk. Negative if it is nearly full."""
    least = min(RESERVE_BYTES, space.disk_bytes // SMALL_DISK_SHARE)
    return (space.free_bytes - max(least, space.disk_bytes // LARGE_DISK_SHARE)) // COPIES


def fitting(room: int | None, sizes: Sequence[int]) -> list[bool]:
    """Return which files fit into ``room``, in this order; None: all. All values are in bytes."""
    fits = []
    for size in sizes:
        fits.append(room is None or size <= room)
        if room is not None and fits[-1]:
            room -= size
    return fits


class StoreSpace:
    """Reads the file, at most once in LOOK_SECONDS. ``clock`` returns monotonic seconds."""

    def __init__(self, file: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        """``file``: its path, or empty if there is none."""
        self._file = Path(file) if file else None
        self._clock = clock
        self._look_again_at = float("-inf")
        self._room: int | None = None

    def room(self) -> int | None:
        """Return how many bytes may be granted now; None: any number."""
        if self._file is None:
            return None
        if self._clock() >= self._look_again_at:
            self._look_again_at = self._clock() + LOOK_SECONDS
            self._room = _read(self._file)
        return self._room


def _read(file: Path) -> int | None:
    try:
        return grantable(msgspec.json.decode(file.read_bytes(), type=Space))
    except (OSError, msgspec.DecodeError):
        return None
