"""EXIF: only the orientation tag matters, and damaged EXIF is ignored."""

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.upload.inspect.corpus import ORIENTATIONS, exif
from upload.inspect.exif import swaps_sides


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_five_to_eight_swap_the_sides(orientation: int, order: Literal["<", ">"]) -> None:
    assert swaps_sides(exif(orientation, order=order, prefix=b"")) is (orientation >= 5)


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_does_not_exist_is_none(orientation: int) -> None:
    assert not swaps_sides(exif(orientation, prefix=b""))


def test_an_orientation_of_another_type_is_none() -> None:
    """Like Chromium; Pillow would accept it."""
    assert not swaps_sides(exif(6, kind=4, prefix=b""))


def test_a_block_with_its_prefix_is_no_tiff() -> None:
    assert not swaps_sides(exif(6))


def test_a_directory_that_is_cut_off_keeps_what_is_there() -> None:
    block = exif(6, prefix=b"")
    assert swaps_sides(block[: 8 + 2 + 24])
    assert not swaps_sides(block[: 8 + 2 + 23])


def test_a_directory_beyond_the_block_is_none() -> None:
    assert not swaps_sides(b"II*\0\xff\xff\xff\xff" + bytes(20))


@given(st.binary(max_size=200), st.sampled_from([b"", b"II*\0", b"MM\0*", b"II*\0\x08\0\0\0\xff\xff"]))
def test_any_bytes_give_an_answer(data: bytes, start: bytes) -> None:
    assert swaps_sides(start + data) in (True, False)
