"""AV1: the sizes in sequence headers and frame headers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.upload.inspect.bit_writer import (
    inter_frame,
    key_frame,
    obu,
    reduced_sequence_header,
    rich_key_frame,
    sequence_header,
)
from tests.upload.inspect.corpus import encode, plain
from tests.upload.inspect.heif_items import parts
from upload.inspect import av1

DELIMITER = obu(2, b"")


def units(data: bytes) -> list[tuple[bool, tuple[int, int] | None]]:
    """Whether each OBU is a part of a picture, and the size that it states."""
    return [(unit.is_picture, unit.size) for unit in av1.units(data)]


@pytest.mark.parametrize("size", [(1, 1), (60, 40), (333, 211), (1000, 8)])
def test_what_an_encoder_writes_is_read(size: tuple[int, int]) -> None:
    _, data = parts(encode(plain(*size), "AVIF"))
    assert [pair for pair in units(data) if pair[1]] == [(False, size), (True, size)]


def test_a_frame_has_the_size_of_its_sequence_unless_it_states_another() -> None:
    data = DELIMITER + sequence_header(64, 48) + key_frame() + key_frame((640, 480)) + key_frame(kind=3)
    assert units(data) == [
        (False, None),
        (False, (64, 48)),
        (True, (64, 48)),
        (True, (640, 480)),
        (True, (64, 48)),
    ]


def test_sizes_take_as_many_bits_as_the_sequence_says() -> None:
    data = sequence_header(64, 48, side_bits=7) + key_frame((127, 100), side_bits=7)
    assert [size for _, size in units(data)] == [(64, 48), (127, 100)]


def test_an_inter_frame_may_state_a_size_or_take_that_of_a_reference() -> None:
    data = (
        sequence_header(64, 48)
        + key_frame()
        + inter_frame((640, 480))
        + inter_frame(None)
        + inter_frame(None, found=True)
    )
    assert [size for _, size in units(data)] == [(64, 48), (64, 48), (640, 480), (64, 48), None]


def test_the_sequence_header_of_a_still_picture_is_read() -> None:
    data = reduced_sequence_header(16_000, 9_000) + obu(6, bytes(9))
    assert units(data) == [(False, (16_000, 9_000)), (True, (16_000, 9_000))]


@pytest.mark.parametrize("shown", [True, False])
@pytest.mark.parametrize("layer", [(0, 0), (1, 1)])
@pytest.mark.parametrize("size", [None, (640, 480)])
def test_all_that_may_be_before_the_size_is_skipped(
    size: tuple[int, int] | None, layer: tuple[int, int], shown: bool
) -> None:
    data = sequence_header(64, 48, rich=True) + rich_key_frame(size, layer, shown=shown)
    assert units(data) == [(False, (64, 48)), (True, size or (64, 48))]


def test_a_frame_that_is_shown_again_is_no_new_one() -> None:
    assert units(sequence_header(64, 48) + obu(3, b"\xff")) == [(False, (64, 48)), (False, None)]


def test_a_redundant_frame_header_counts() -> None:
    """A decoder that has not read another one before uses it."""
    data = sequence_header(64, 48) + key_frame((640, 480), kind=7)
    assert units(data) == [(False, (64, 48)), (True, (640, 480))]


@pytest.mark.parametrize("broken", [obu(1, b""), obu(6, b"", layer=(1, 1)), obu(3, b"\x20")])
def test_what_follows_a_unit_without_sense_counts(broken: bytes) -> None:
    """Decoders skip the frames of other layers without a look at them."""
    data = sequence_header(64, 48) + broken + sequence_header(640, 480)
    assert units(data) == [(False, (64, 48)), (False, None), (False, (640, 480))]


def test_a_frame_before_its_sequence_states_nothing() -> None:
    assert units(key_frame((640, 480))) == [(False, None)]


def test_a_unit_without_a_size_reaches_to_the_end() -> None:
    frame = key_frame()
    unsized = bytes([frame[0] & ~2]) + frame[2:]
    assert units(sequence_header(64, 48) + unsized) == [(False, (64, 48)), (True, (64, 48))]


def test_other_units_are_skipped() -> None:
    data = obu(15, bytes(300)) + obu(5, bytes(40), layer=(0, 1)) + sequence_header(64, 48) + obu(9, b"") + key_frame()
    assert [size for _, size in units(data) if size] == [(64, 48), (64, 48)]


@pytest.mark.parametrize("length", range(len(sequence_header(64, 48) + key_frame((9, 9)))))
def test_cut_off_it_states_no_other_size(length: int) -> None:
    data = (sequence_header(64, 48) + key_frame((9, 9)))[:length]
    assert {size for _, size in units(data)} <= {(64, 48), (9, 9), None}


def test_a_configuration_holds_a_sequence_header() -> None:
    assert [unit.size for unit in av1.configured(b"\x81\0\0\0" + sequence_header(640, 480))] == [(640, 480)]
    assert list(av1.configured(b"\x81\0\0\0")) == list(av1.configured(b"")) == []


@given(st.binary(max_size=200))
def test_any_bytes_end(data: bytes) -> None:
    start = sequence_header(64, 48, rich=True)
    for some in (data, start + data, start + obu(6, data), obu(1, data) + key_frame()):
        assert len(units(some)) <= len(some)
