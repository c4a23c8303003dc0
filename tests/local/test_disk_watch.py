"""The store is started anew once after its disk was full, and only when there is space."""

import pytest

from local.disk_watch import ENOUGH_BYTES, FULL_BYTES, DiskWatch


@pytest.mark.parametrize(
    ("free", "restarts"),
    [
        ([ENOUGH_BYTES, ENOUGH_BYTES], 0),
        ([ENOUGH_BYTES, 0, 0], 0),
        ([ENOUGH_BYTES, 0, FULL_BYTES, ENOUGH_BYTES - 1], 0),
        ([0, ENOUGH_BYTES, ENOUGH_BYTES], 1),
        ([0, FULL_BYTES, ENOUGH_BYTES, 0, ENOUGH_BYTES], 2),
    ],
    ids=["never full", "still full", "hardly any space", "space again", "twice"],
)
def test_a_disk_that_was_full_and_has_space_again_restarts_the_store(free: list[int], restarts: int) -> None:
    watch = DiskWatch()
    assert sum(watch.look(each) for each in free) == restarts
