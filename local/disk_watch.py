"""Notices that the store's disk was full and has space again, because then the store needs a restart.

After a failed write of its index, the store refuses all writes until it is restarted, even when there is space again.
Reading goes on, so nothing else shows this. A restart before there is space would not help.
"""

FULL_BYTES = 8 * 1024 * 1024
"""With less free space, a write of the store has probably failed already."""
ENOUGH_BYTES = 64 * 1024 * 1024


class DiskWatch:
    """Remembers whether the disk was full."""

    def __init__(self) -> None:
        self._was_full = False

    def look(self, free: int) -> bool:
        """Return whether the store needs a restart now, given the free bytes."""
        if free < FULL_BYTES:
            self._was_full = True
        elif self._was_full and free >= ENOUGH_BYTES:
            self._was_full = False
            return True
        return False
