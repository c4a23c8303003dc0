"""A published picture's key contains all that a list shows, and only its exact form is parsed."""

import base64
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain import filenames, keys
from common.domain.keys import BadKey, ImageKey

ID = keys.make_id(1_764_000_000_000, 0, 7)
GOOD = ImageKey(ID, 4000, 3000, "1QcSHQRnh493V4dIh4eXh1h4kJUI", True, "Férias à praia.jpg")


def base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


names = st.text(min_size=1, max_size=300).map(filenames.clean)
thumbhashes = st.binary(min_size=5, max_size=25).map(base64url)
image_keys = st.builds(
    ImageKey,
    id=st.builds(keys.make_id, st.integers(0, 1 << 47), st.integers(0, 99), st.integers(0, keys.MAX_RANDOM)),
    width=st.integers(1, 999_999_999),
    height=st.integers(1, 999_999_999),
    thumbhash=st.none() | thumbhashes,
    has_preview=st.booleans(),
    filename=names,
)


@given(image_keys)
def test_a_tail_fits_storage_and_gives_back_its_fields(key: ImageKey) -> None:
    tail = key.tail
    assert len(tail.encode()) <= 255
    stored = keys.parse_tail(tail)
    assert replace(stored, filename=key.filename) == key
    assert stored.tail == tail, "what was read is written as the same text"
    assert keys.parse_image_key(keys.image_key(key)) == stored
    if len(key.filename.encode()) <= 160:
        assert stored == key, "a name of usual length is not cut"


def test_a_name_too_long_for_its_key_keeps_its_extension() -> None:
    stored = keys.parse_tail(replace(GOOD, filename="é" * 120 + ".jpeg").tail)
    assert stored.filename.endswith("é.jpeg")
    assert 254 <= len(stored.tail.encode()) <= 255


@given(st.binary(max_size=40))
def test_a_thumbhash_is_5_to_25_bytes(value: bytes) -> None:
    assert keys.is_thumbhash(base64url(value)) == (5 <= len(value) <= 25)


@pytest.mark.parametrize("text", ["1QcSHQRnh493V4dIh4eXh1h4kJU+", "AAAAAAA=", "AAAAAAAAA", "AAAAAAAAAB", "-", ""])
def test_a_thumbhash_has_one_text(text: str) -> None:
    """Base64url without padding, of a possible length, with unused bits zero."""
    assert not keys.is_thumbhash(text)


@pytest.mark.parametrize(
    "tail",
    [
        "",
        ID,
        f"{ID}~1x1~-~-",
        f"{ID}~1x1~-~-~",
        f"{ID}~01x1~-~-~a.jpg",
        f"{ID}~1x0~-~-~a.jpg",
        f"{ID}~-1x1~-~-~a.jpg",
        f"{ID}~1x1234567890~-~-~a.jpg",
        f"{ID}~1X1~-~-~a.jpg",
        f"{ID}~٣x1~-~-~a.jpg",
        f"{ID}~1x1~~-~a.jpg",
        f"{ID}~1x1~AAAA~-~a.jpg",
        f"{ID}~1x1~{'A' * 35}~-~a.jpg",
        f"{ID}~1x1~AAAAAAAA==~-~a.jpg",
        f"{ID}~1x1~-~T~a.jpg",
        f"{ID}~1x1~-~~a.jpg",
        f"{ID}~1x1~-~-~a~b.jpg",
        f"{ID}~1x1~-~-~a/b.jpg",
        f"{ID}~1x1~-~-~a\\b.jpg",
        f"{ID}~1x1~-~-~a\nb.jpg",
        f"{ID}~1x1~-~-~a.jpg\n",
        f"{ID}~1x1~-~-~a\ud800.jpg",
        f"{ID}~1x1~-~-~{'a' * 240}.jpg",
        f"{ID.upper()}~1x1~-~-~a.jpg",
        f" {ID}~1x1~-~-~a.jpg",
    ],
)
def test_anything_else_is_not_a_picture(tail: str) -> None:
    with pytest.raises(BadKey):
        keys.parse_tail(tail)


@pytest.mark.parametrize(
    "key",
    [
        replace(GOOD, id="nonsense"),
        replace(GOOD, width=0),
        replace(GOOD, height=-3),
        replace(GOOD, height=10**9),
        replace(GOOD, thumbhash="A~A"),
        replace(GOOD, filename=""),
        replace(GOOD, filename="a/b"),
        replace(GOOD, filename="a~b"),
        replace(GOOD, filename="\udfff"),
        replace(GOOD, thumbhash="A" * 300),
    ],
)
def test_fields_that_are_no_picture_make_no_key(key: ImageKey) -> None:
    with pytest.raises(BadKey):
        keys.image_key(key)


@given(st.text(max_size=80) | st.from_regex(rf"{ID}~[0-9]+x[0-9]+~[-\w]*~[t-]~.+", fullmatch=True))
def test_what_is_read_is_always_written_as_the_same_text(tail: str) -> None:
    try:
        key = keys.parse_tail(tail)
    except BadKey:
        return
    assert key.tail == tail
