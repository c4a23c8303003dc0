"""When a stored page may be believed: decided without a server."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.cache.stored_page import (
    HEAD_RENEW_SECONDS,
    HEAD_USABLE_SECONDS,
    SETTLED_RENEW_SECONDS,
    SETTLED_USABLE_SECONDS,
    Freshness,
    assess,
    decode,
    encode,
)
from catalog.listing import Page
from common.cache.generations import Generations

NOW = 1_800_000_000.0
OLD = Generations(b"c" * 16, b"d" * 16)


def stored(age: float = 1, *, settled: bool = False) -> bytes:
    return encode(Page(b'{"items":[]}', "e" * 32, NOW - age, settled), OLD)


def test_a_page_is_read_as_it_was_written() -> None:
    decoded = decode(stored(settled=True))
    assert decoded == (Page(b'{"items":[]}', "e" * 32, NOW - 1, settled=True), OLD)


@given(st.binary(max_size=300))
def test_rubbish_is_no_page(value: bytes) -> None:
    assert decode(value) is None


@given(st.integers(0, len(stored()) - 1), st.integers(1, 255))
def test_a_flipped_byte_is_noticed(place: int, change: int) -> None:
    value = bytearray(stored())
    value[place] ^= change
    assert decode(bytes(value)) is None


@pytest.mark.parametrize(
    ("age", "settled", "now", "freshness"),
    [
        (1, False, OLD, Freshness.FRESH),
        (HEAD_RENEW_SECONDS, False, OLD, Freshness.STALE_WHILE_REVALIDATE),
        (HEAD_USABLE_SECONDS, False, OLD, Freshness.STALE_IF_ERROR),
        (HEAD_USABLE_SECONDS, True, OLD, Freshness.FRESH),
        (SETTLED_RENEW_SECONDS, True, OLD, Freshness.STALE_WHILE_REVALIDATE),
        (SETTLED_USABLE_SECONDS, True, OLD, Freshness.STALE_IF_ERROR),
        (1, False, OLD._replace(changes=b"x" * 16), Freshness.STALE_IF_ERROR),
        (1, True, OLD._replace(changes=b"x" * 16), Freshness.FRESH),
        (-1, False, OLD, Freshness.FRESH),
        (-3600, True, OLD, Freshness.STALE_IF_ERROR),
    ],
)
def test_age_and_generations_decide(age: float, settled: bool, now: Generations, freshness: Freshness) -> None:
    found = assess(stored(age, settled=settled), now, NOW)
    assert found.page is not None
    assert found.freshness is freshness


def test_after_a_deletion_a_page_is_not_even_shown_while_s3_is_away() -> None:
    assert assess(stored(settled=True), OLD._replace(deletes=b"x" * 16), NOW).page is None


def test_no_page_is_shown_past_a_minute_while_s3_answers() -> None:
    """So long may a change stay unseen that Redis was never told of."""
    assert max(HEAD_USABLE_SECONDS, SETTLED_USABLE_SECONDS) <= 60
