"""Ids and object keys follow their grammar for any time, position and random number (property-based tests)."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from common.domain import keys
from common.domain.keys import BadKey, ImageKey

times = st.integers(0, keys.MAX_TIME_MS)
positions = st.integers(0, keys.MAX_POSITION)
randoms = st.integers(0, keys.MAX_RANDOM)
ids = st.builds(keys.make_id, times, positions, randoms)
ID = keys.make_id(1_764_000_000_000, 3, 12345)


def decoded(image_id: str) -> tuple[int, int, int]:
    """Return the time, position and random number in an id, read with the alphabet of Crockford's base32."""
    value = 0
    for character in image_id:
        value = value << 5 | "0123456789abcdefghjkmnpqrstvwxyz".index(character)
    return (1 << 48) - 1 - (value >> 80), (1 << 16) - 1 - (value >> 64 & 0xFFFF), value & (1 << 64) - 1


@given(times, positions, randoms)
@example(0, 0, 0)
@example(keys.MAX_TIME_MS, keys.MAX_POSITION, keys.MAX_RANDOM)
def test_an_id_gives_back_what_it_was_made_of(time_ms: int, position: int, rand: int) -> None:
    made = keys.make_id(time_ms, position, rand)
    assert keys.is_id(made)
    assert len(made) == 26
    assert decoded(made) == (time_ms, position, rand)
    assert keys.id_time_ms(made) == time_ms


@given(st.tuples(times, positions, randoms), st.tuples(times, positions, randoms))
def test_ascending_ids_are_newest_first_then_last_place_first(
    one: tuple[int, int, int], other: tuple[int, int, int]
) -> None:
    rank_one, rank_other = ((-time_ms, -position, rand) for time_ms, position, rand in (one, other))
    assert (keys.make_id(*one) < keys.make_id(*other)) == (rank_one < rank_other)


def test_of_files_dropped_together_the_last_one_is_listed_first() -> None:
    dropped = [keys.make_id(1_764_000_000_000, position, 0) for position in range(3)]
    assert sorted(dropped) == dropped[::-1]


@given(ids, times)
def test_the_first_id_at_or_before_a_time_parts_older_from_newer(image_id: str, time_ms: int) -> None:
    assert (image_id >= keys.first_id_at_or_before(time_ms)) == (keys.id_time_ms(image_id) <= time_ms)


def test_times_that_no_id_can_hold_count_as_the_nearest() -> None:
    assert keys.first_id_at_or_before(-1) == keys.first_id_at_or_before(0)
    assert keys.first_id_at_or_before(1 << 60) == "0" * 26


@pytest.mark.parametrize(
    "text",
    [
        "",
        ID[:-1],
        ID + "0",
        ID.upper(),
        "8" + ID[1:],  # bits 129 and 130
        ID[:-1] + "i",
        ID[:-1] + "l",
        ID[:-1] + "o",
        ID[:-1] + "u",
        ID[:-1] + "٣",  # a digit outside the alphabet
        ID + "\n",
        " " + ID[1:],
    ],
)
def test_an_id_has_exactly_one_text(text: str) -> None:
    assert not keys.is_id(text)
    for use in (
        keys.id_time_ms,
        keys.image_prefix,
        keys.trash_prefix,
        keys.staging_key,
        keys.staging_preview_key,
        keys.preview_key,
        keys.trash_preview_key,
        keys.start_after,
        keys.start_at,
    ):
        with pytest.raises(BadKey):
            use(text)


@pytest.mark.parametrize(
    ("time_ms", "position", "rand"),
    [(-1, 0, 0), (1 << 48, 0, 0), (0, -1, 0), (0, 1 << 16, 0), (0, 0, -1), (0, 0, 1 << 64)],
)
def test_what_does_not_fit_an_id_is_refused(time_ms: int, position: int, rand: int) -> None:
    with pytest.raises(ValueError, match="out of range"):
        keys.make_id(time_ms, position, rand)


def test_every_key_is_where_the_bucket_has_it() -> None:
    key = ImageKey(ID, 4000, 3000, None, False, "a.jpg")
    assert keys.staging_key(ID) == f"staging/{ID}"
    assert keys.staging_preview_key(ID) == f"staging/{ID}.t"
    assert keys.preview_key(ID) == f"thumbs/{ID}"
    assert keys.trash_preview_key(ID) == f"trash/thumbs/{ID}"
    assert keys.image_key(key) == f"images/{ID}~4000x3000~-~-~a.jpg"
    assert keys.TRASH + key.tail == f"trash/{ID}~4000x3000~-~-~a.jpg"
    assert keys.image_key(key).startswith(keys.image_prefix(ID))
    assert (keys.TRASH + key.tail).startswith(keys.trash_prefix(ID))


@given(ids, ids, st.integers(1, 999_999_999))
def test_a_page_begins_exactly_before_or_behind_the_keys_of_an_id(one: str, other: str, side: int) -> None:
    key = keys.image_key(ImageKey(other, side, side, None, True, "x.png"))
    assert (key > keys.start_after(one)) == (other > one)
    assert (key > keys.start_at(one)) == (other >= one)


def test_every_place_is_its_own() -> None:
    """For any id, a deleted or staged object or a preview is never parsed as a published picture."""
    assert not keys.trash_preview_key(ID).startswith(keys.trash_prefix(ID))
    for key in (keys.staging_key(ID), keys.preview_key(ID), keys.trash_preview_key(ID), "images", ""):
        with pytest.raises(BadKey):
            keys.parse_image_key(key)
