"""Tells the upload service how much space the store's disk has, in a small file.

The upload service grants nothing that would fill the disk (services/upload/store_space.py reads the file).
"""

import json
import os
from contextlib import suppress
from pathlib import Path

EVERY_SECONDS = 1.0


def file_in(run: Path) -> Path:
    """Return the path of the file in the run folder."""
    return run / "store-space.json"


class Writer:
    """Writes the file into the folder ``run``; ``store`` is the folder with the store's data."""

    def __init__(self, run: Path, store: Path) -> None:
        self._file = file_in(run)
        self._store = store
        self._due = float("-inf")

    def write(self, now: float) -> None:
        """Write the space of the disk, if the last time was a second ago (``now`` as time.monotonic). Raises nothing.

        A reader sees the old or the new content as a whole, because the file is renamed. It may be on the store's disk.
        If that is so full that nothing can be written, the last content stays, and it already says so.
        """
        if now < self._due:
            return
        self._due = now + EVERY_SECONDS
        draft = self._file.with_suffix(".new")
        with suppress(OSError):
            draft.write_text(content(os.statvfs(self._store)), "ascii")
            draft.replace(self._file)


def content(disk: os.statvfs_result) -> str:
    """Return the content of the file: the bytes that can still be written, and the size of the disk in bytes."""
    return json.dumps({"free_bytes": disk.f_bavail * disk.f_frsize, "disk_bytes": disk.f_blocks * disk.f_frsize})
