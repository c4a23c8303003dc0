"""What a page is made of, decided without a server: its keys, its end, and whether it is settled."""

from datetime import UTC, datetime, timedelta

import pytest

from catalog import listing
from catalog.listing import MAX_LISTS, SETTLED_MS, is_settled
from catalog.query import Query
from common.domain.keys import ImageKey, image_key, make_id
from common.s3.objects import Entry, Listing
from upload.lifecycle.executor import OLD_ID_SECONDS

NOW = datetime(2026, 6, 1, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)
MINUTE_MS = 60_000


class Shelf:
    """Stands for S3: keys in order, and what was asked of it."""

    def __init__(self, *keys: str) -> None:
        self.keys = sorted(keys)
        self.asked: list[tuple[str, int]] = []

    def list_page(self, prefix: str, *, start_after: str = "", limit: int = 1000) -> Listing:
        self.asked.append((start_after, limit))
        found = [key for key in self.keys if key > start_after]
        return Listing([Entry(key, 5, NOW) for key in found[:limit]], len(found) > limit, NOW)


def key(minutes_ago: float) -> str:
    image_id = make_id(int(NOW_MS - minutes_ago * MINUTE_MS), 0, 0)
    return image_key(ImageKey(image_id, 40, 30, None, False, "a.jpg"))


@pytest.mark.parametrize(
    ("minutes_ago", "settled"), [(-60, False), (0, False), (OLD_ID_SECONDS / 60, False), (69, False), (71, True)]
)
def test_a_page_is_settled_only_where_uploads_announce_themselves_like_deletions(
    minutes_ago: float, settled: bool
) -> None:
    """By its cursor and by its time alike; what was published late by then sets `deletes`, with a good margin."""
    start_ms = int(NOW_MS - minutes_ago * MINUTE_MS)
    for query in (Query(before_ms=start_ms), Query(cursor=make_id(start_ms, 0, 0))):
        assert listing.build(Shelf(key(100)), query).settled is settled  # type: ignore[arg-type]
    assert is_settled(start_ms, NOW) is settled
    assert timedelta(milliseconds=SETTLED_MS) - timedelta(seconds=OLD_ID_SECONDS) >= timedelta(minutes=15)


def test_the_head_is_never_settled() -> None:
    assert listing.build(Shelf(key(10_000)), Query()).settled is False  # type: ignore[arg-type]


def test_keys_of_nobody_cost_a_bounded_number_of_lists() -> None:
    """A page of nothing but rubbish is followed by the next one, some times."""
    shelf = Shelf(*(f"images/0000-rubbish-{number:03}" for number in range(30)), key(5))
    page = listing.build(shelf, Query(limit=10))  # type: ignore[arg-type]
    assert page.body.count(b'"id"') == 1
    assert len(shelf.asked) == 4
    shelf = Shelf(*(f"images/0000-rubbish-{number:03}" for number in range(100)))
    assert b'"items":[]' in listing.build(shelf, Query(limit=3)).body  # type: ignore[arg-type]
    assert len(shelf.asked) == MAX_LISTS


def test_a_full_page_s_cursor_is_its_last_picture_and_the_last_page_has_none() -> None:
    shelf = Shelf(*(key(minutes) for minutes in range(5)))
    first = listing.build(shelf, Query(limit=3))  # type: ignore[arg-type]
    last_id = make_id(NOW_MS - 2 * MINUTE_MS, 0, 0)
    assert f'"next_cursor":"{last_id}"'.encode() in first.body
    rest = listing.build(shelf, Query(limit=3, cursor=last_id))  # type: ignore[arg-type]
    assert (rest.body.count(b'"id"'), b'"next_cursor":null' in rest.body) == (2, True)
