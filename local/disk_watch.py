"""Notice that the store's disk was full and has space again: only then can the store be started anew with success.

Once a write of its index has failed, it refuses every later one until it is started again, however much space there is
by then; reading goes on, so nothing else would show it.
"""

FULL_BYTES = 8 * 1024 * 1024
"""With less, some write of the store has probably failed already."""
ENOUGH_BYTES = 64 * 1024 * 1024


class DiskWatch:
    """Remembers whether the disk was full."""

    def __init__(self) -> None:
        self._was_full = False

    def look(self, free: int) -> bool:
        """Whether the store has to be started anew now, with so many bytes free."""
        if free < FULL_BYTES:
            self._was_full = True
        elif self._was_full and free >= ENOUGH_BYTES:
            self._was_full = False
            return True
        return False
