"""Whatever a list is asked for: a page, or a sentence that names the parameter which can't be used."""

import datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from catalog.api.schemas import MAX_LIMIT
from catalog.query import PARAMETERS, Query, parse
from common.domain.keys import MAX_TIME_MS, is_id, make_id
from common.http.problems import BadRequest

IDS = st.builds(make_id, st.integers(0, MAX_TIME_MS), st.integers(0, 65535), st.integers(0, 2**64 - 1))
TIMES = st.datetimes(timezones=st.timezones()).map(lambda time: time.isoformat())
ODD = st.sampled_from(
    (
        *("", "0", "-1", "+5", "1e2", "٣", "²", "201", "99999", "\x00", "\ud800", "NaN", "null"),
        *("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2026-02-30T00:00:00Z", "2026-01-01", "12:00Z"),
        *("2026-W01-1T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:00:60Z"),
    )
)
TEXTS = st.text(max_size=60) | ODD | TIMES | IDS | st.integers().map(str)


@given(st.dictionaries(st.sampled_from(sorted(PARAMETERS)) | st.text(max_size=10), TEXTS, max_size=4))
@example({"before": "0001-01-01T00:00:00+23:59"})
@example({"after": "9999-12-31T23:59:59.999999-23:59"})
def test_any_parameters_make_a_page_or_a_clear_refusal(arguments: dict[str, str]) -> None:
    try:
        query = parse(arguments)
    except BadRequest as problem:
        named = [name for name in PARAMETERS if name in problem.detail]
        assert named
        return
    assert 1 <= query.limit <= MAX_LIMIT
    assert query.cursor is None or is_id(query.cursor)
    for time_ms in (query.before_ms, query.after_ms, query.start_ms):
        assert time_ms is None or 0 <= time_ms <= MAX_TIME_MS
    assert query.start_after.isascii()


QUERIES = st.builds(
    Query,
    limit=st.integers(1, MAX_LIMIT),
    cursor=st.none() | IDS,
    before_ms=st.none() | st.integers(0, MAX_TIME_MS),
    after_ms=st.none() | st.integers(0, MAX_TIME_MS),
)


@given(QUERIES, QUERIES)
def test_two_pages_have_two_names_in_the_cache(one: Query, other: Query) -> None:
    assert (one.cache_key == other.cache_key) is (one == other)


@given(st.datetimes(datetime.datetime(1970, 1, 2), datetime.datetime(9000, 1, 1), timezones=st.timezones()))  # noqa: DTZ001
def test_a_time_is_the_same_moment_in_every_zone(time: datetime.datetime) -> None:
    query = parse({"before": time.isoformat()})
    assert query.before_ms == int(time.timestamp() * 1000)


@pytest.mark.parametrize("text", ["2026-01-31T12:00:00+01:00", "2026-01-31T12:00:00 01:00", "2026-01-31T11:00:00Z"])
def test_a_plus_that_was_not_encoded_is_understood(text: str) -> None:
    assert parse({"before": text}).before_ms == 1_769_857_200_000
