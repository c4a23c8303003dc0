"""The age of a page: who gets it past its age, who renews it, and what is shown while S3 is away."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from prometheus_client import REGISTRY

from catalog.cache.list_cache import MAX_WAIT_WITH_PAGE_SECONDS
from common.s3.errors import StorageUnavailable
from tests.system.list_cache.readers import SOON_SECONDS, Change, Gallery, Reader, at_once


def ageing() -> float:
    """How many pages this process has served past their age."""
    return REGISTRY.get_sample_value("vitrine_list_lookups_total", {"outcome": "ageing"}) or 0.0


@pytest.mark.parametrize(("settled", "usable"), [(False, 29), (True, 59)])
def test_past_its_age_a_page_is_served_while_one_renews_it(
    gallery: Gallery, reader: Reader, other: Reader, settled: bool, usable: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All readers but the one that renews are answered at once, before it has its list."""
    monkeypatch.setattr("catalog.cache.list_cache.MAX_WAIT_WITH_PAGE_SECONDS", 2 * SOON_SECONDS)
    gallery.settled = settled
    old = reader.read()
    gallery.pictures.append("two")
    gallery.ahead = usable - 3
    counted = ageing()
    answers = at_once(20, reader, other, while_held=gallery, early=19)
    assert gallery.lists == 2
    assert ageing() > counted
    assert answers.count(old) >= 19
    assert b"two" in reader.read()


@pytest.mark.parametrize(("settled", "too_old"), [(False, 31), (True, 61)])
def test_a_page_that_is_too_old_is_served_to_nobody(
    gallery: Gallery, reader: Reader, other: Reader, settled: bool, too_old: int
) -> None:
    gallery.settled = settled
    reader.read()
    gallery.pictures.append("two")
    gallery.ahead = too_old
    assert all(b"two" in answer for answer in at_once(20, reader, other))
    assert gallery.lists == 2


@pytest.mark.parametrize("skew", [-3600, -30, 31, 3600])
def test_a_clock_that_is_off_costs_one_list_and_freezes_no_page(
    gallery: Gallery, reader: Reader, other: Reader, skew: int
) -> None:
    """The offset is against the store's clock, which every answer of the store shows."""
    reader.skew = skew
    other.read()
    reader.read()
    before = gallery.lists
    for _ in range(3):
        reader.read()
        other.read()
    assert gallery.lists == before
    gallery.pictures.append("two")
    gallery.ahead = 31
    assert b"two" in reader.read()


def test_only_a_deletion_or_late_publish_ends_a_deep_page(gallery: Gallery, reader: Reader, change: Change) -> None:
    gallery.settled = True
    old = reader.read()
    change("two")
    assert reader.read() == old
    change("late", deletes=True)
    assert b"late" in reader.read()


def test_a_page_of_an_older_generation_is_not_served_while_one_renews(
    gallery: Gallery, reader: Reader, other: Reader, change: Change
) -> None:
    reader.read()
    change("two")
    assert all(b"two" in answer for answer in at_once(20, reader, other))


class TestS3Away:
    def test_the_last_page_is_served_whatever_its_age_and_changes(
        self, gallery: Gallery, reader: Reader, change: Change
    ) -> None:
        old = reader.read()
        change("two")
        gallery.away = True
        gallery.ahead = 3600
        assert reader.read() == old

    def test_but_not_after_a_deletion(self, gallery: Gallery, reader: Reader, change: Change) -> None:
        reader.read()
        change()
        gallery.away = True
        with pytest.raises(StorageUnavailable):
            reader.read()

    def test_a_slow_s3_is_not_waited_for_long_when_a_page_is_known(
        self, gallery: Gallery, reader: Reader, change: Change
    ) -> None:
        old = reader.read()
        change("two")
        with ThreadPoolExecutor(1) as pool, gallery.answering_late():
            began = time.monotonic()
            assert pool.submit(reader.read).result(SOON_SECONDS - 1) == old
            assert time.monotonic() - began >= MAX_WAIT_WITH_PAGE_SECONDS * 0.9
