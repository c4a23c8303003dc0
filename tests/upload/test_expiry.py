"""Age decides what expires; the walks are bounded, continue, and never stop the reconciler."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from common.domain.keys import make_id, staging_key
from common.s3.errors import StorageUnavailable
from common.s3.objects import Entry
from upload.expiry import MAX_STEPS, PAUSE_AFTER_FAULT_SECONDS, STAGING_AGE, ExpiryScan, expired, first_expired

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_old_is_what_was_written_longer_ago_than_the_age() -> None:
    ages = (STAGING_AGE - SECOND, STAGING_AGE, STAGING_AGE + SECOND, timedelta(days=400), -SECOND)
    entries = [Entry(f"key{number}", 0, NOW - age) for number, age in enumerate(ages)]
    assert expired(entries, NOW, STAGING_AGE) == ["key2", "key3"]


@pytest.mark.parametrize(("age", "listed"), [(STAGING_AGE - SECOND, False), (STAGING_AGE + SECOND, True)])
@pytest.mark.parametrize("suffix", ["", ".t", ".c", ".p0123456789abcdef-1"])
@pytest.mark.parametrize(("place", "rand"), [(0, 0), (0, 2**64 - 1), (99, 1)])
def test_a_list_of_staging_begins_with_the_first_id_that_is_old(
    age: timedelta, listed: bool, suffix: str, place: int, rand: int
) -> None:
    image_id = make_id(int((NOW - age).timestamp() * 1000), place, rand)
    assert (staging_key(image_id) + suffix > first_expired(NOW, STAGING_AGE)) is listed


class Pages:
    """A list of `count` pages with two expired objects each, and faults by page number."""

    def __init__(self, count: int, faults: dict[int, Exception] | None = None) -> None:
        self.begun = 0
        self.read = 0
        self._count = count
        self._faults = faults or {}

    def __call__(self) -> Iterator[int]:
        self.begun += 1
        for _ in range(self._count):
            self.read += 1
            if fault := self._faults.pop(self.read, None):
                raise fault
            yield 2


def test_a_scan_continues_where_the_last_turn_stopped_and_starts_again_when_it_is_due() -> None:
    pages = Pages(MAX_STEPS + 1)
    scan = ExpiryScan("test", pages, every_seconds=100)
    assert scan.run_once(0) == 2 * MAX_STEPS
    assert scan.run_once(30) == 2
    assert (pages.begun, pages.read) == (1, MAX_STEPS + 1)
    assert scan.run_once(129) == 0
    assert pages.begun == 1
    assert scan.run_once(130) == 2 * MAX_STEPS
    assert pages.begun == 2


@pytest.mark.parametrize("fault", [StorageUnavailable(), ZeroDivisionError()])
def test_a_fault_stops_nobody_and_is_tried_again_after_a_rest(fault: Exception) -> None:
    pages = Pages(2, {2: fault})
    scan = ExpiryScan("test", pages, every_seconds=100_000)
    assert scan.run_once(0) == 2, "what was removed before it counts"
    assert scan.run_once(PAUSE_AFTER_FAULT_SECONDS - 1) == 0
    assert pages.begun == 1
    assert scan.run_once(PAUSE_AFTER_FAULT_SECONDS) == 4
