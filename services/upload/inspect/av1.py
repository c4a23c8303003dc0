"""Reads the sizes of pictures from AV1 data (AV1 Bitstream & Decoding Process Specification, sections 5.3 to 5.9).

A sequence header states the largest size of its frames, and a frame header may state another one. Decoders allocate
what the frame header says, even if it is larger than the sequence header allows.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from upload.inspect.bits import Bits, Data, OutOfBits, Unit
from upload.inspect.findings import Size

_SEQUENCE_HEADER = 1  # types of OBU (6.2.2)
_FRAMES: Final = frozenset({3, 6, 7})  # frame header, frame, redundant frame header
_MAX_HEADER: Final = 1024
"""More bytes than the header of an OBU, and what is before a size in it, can take."""
_KEY_FRAME, _INTRA_ONLY, _SWITCH_FRAME = 0, 2, 3
_SELECT: Final = 2  # SELECT_SCREEN_CONTENT_TOOLS and SELECT_INTEGER_MV: the frame header decides
_ALL_FRAMES: Final = 0xFF
_REFERENCES: Final = 7
_SLOTS: Final = 8


@dataclass(frozen=True, slots=True)
class _OperatingPoint:
    layers: int
    has_model: bool


@dataclass(frozen=True, slots=True)
class _Sequence:
    """What a frame header needs to know from the sequence header (5.5.1). Lengths are in bits."""

    size: Size
    """The largest one."""
    side_lengths: tuple[int, int]
    reduced: bool
    points: tuple[_OperatingPoint, ...]
    has_model: bool
    removal_time_length: int
    presentation_time_length: int
    """0 if frames do not state it."""
    frame_id_length: int
    """0 if frames have none."""
    delta_frame_id_length: int
    screen_content_tools: int
    integer_mv: int
    order_hint_length: int
    """0 if frames have none."""


def configured(body: bytes) -> Iterator[Unit]:
    """Yield each OBU of an `av1C` box (AV1 in ISOBMFF 1.2, section 2.3): they are behind four bytes."""
    return units(body[4:])


def units(data: Data) -> Iterator[Unit]:
    """Yield each OBU.

    A frame of a size that was stated before yields no size, and neither does an OBU that makes no sense: decoders skip
    some of these (those of other layers), so what follows counts.
    """
    sequence: _Sequence | None = None
    for kind, layer, body in _obus(data):
        is_frame, size = False, None
        bits = Bits(body)
        try:
            if kind == _SEQUENCE_HEADER:
                sequence = _sequence_header(bits)
                size = sequence.size
            elif kind in _FRAMES and sequence is not None:
                is_frame = sequence.reduced or not bits.flag()  # else show_existing_frame
                size = _frame_size(bits, sequence, layer) if is_frame else None
        except OutOfBits:
            is_frame = False
        yield Unit(is_frame, size, bits.work())


def _obus(data: Data) -> Iterator[tuple[int, tuple[int, int], bytes]]:
    """Yield type, (temporal, spatial) layer and the beginning of the body of each OBU (5.3)."""
    start = 0
    while start < len(data):
        unit = data[start : start + _MAX_HEADER]
        position = 1
        layer = 0, 0
        if unit[0] & 0x04:  # an extension
            extension = unit[1] if len(unit) > 1 else 0
            layer = extension >> 5, extension >> 3 & 3
            position = 2
        length = len(data) - start - position
        if unit[0] & 0x02:  # it states its size; without one it reaches to the end
            length, position = _leb128(unit, position)
        yield unit[0] >> 3 & 15, layer, unit[position : position + max(length, 0)]
        start += position + max(length, 0)


def _leb128(data: bytes, position: int) -> tuple[int, int]:
    """Return a number in base 128 (4.10.5) and the position after it; cut off, it ends with the data."""
    value = 0
    for index, byte in enumerate(data[position : position + 8]):
        value |= (byte & 0x7F) << 7 * index
        if byte < 0x80:
            return value, position + index + 1
    return value, len(data)


def _sequence_header(bits: Bits) -> _Sequence:
    """Read sequence_header_obu() (5.5.1) up to the lengths of order hints."""
    bits.uint(4)  # profile, still_picture
    reduced = bits.flag()
    points = [_OperatingPoint(0, False)]
    has_model, delay_length, removal_length, presentation_length = False, 0, 0, 0
    if reduced:
        bits.uint(5)  # level
    else:
        if bits.flag():  # timing_info_present_flag
            bits.uint(64)
            equal_intervals = bits.flag()
            if equal_intervals:
                bits.golomb()
            has_model = bits.flag()
            if has_model:
                delay_length = bits.uint(5) + 1
                bits.uint(32)
                removal_length, time_length = bits.uint(5) + 1, bits.uint(5) + 1
                presentation_length = 0 if equal_intervals else time_length
        has_delays = bits.flag()
        points = [_operating_point(bits, delay_length, has_delays=has_delays) for _ in range(bits.uint(5) + 1)]
    side_lengths = bits.uint(4) + 1, bits.uint(4) + 1
    size = _sides(bits, side_lengths)
    delta_length, id_length = 0, 0
    if not reduced and bits.flag():  # frame_id_numbers_present_flag
        delta_length = bits.uint(4) + 2
        id_length = delta_length + bits.uint(3) + 1
    bits.uint(3)  # superblock size, filter_intra, intra_edge_filter
    screen_content_tools, integer_mv, hint_length = _SELECT, _SELECT, 0
    if not reduced:
        bits.uint(4)  # interintra, masked and warped compounds, dual filter
        has_hints = bits.flag()
        if has_hints:
            bits.uint(2)
        screen_content_tools = _SELECT if bits.flag() else bits.uint(1)
        if screen_content_tools:
            integer_mv = _SELECT if bits.flag() else bits.uint(1)
        hint_length = bits.uint(3) + 1 if has_hints else 0
    return _Sequence(
        size,
        side_lengths,
        reduced,
        tuple(points),
        has_model,
        removal_length,
        presentation_length,
        id_length,
        delta_length,
        screen_content_tools,
        integer_mv,
        hint_length,
    )


def _operating_point(bits: Bits, delay_length: int, *, has_delays: bool) -> _OperatingPoint:
    """Read one operating point; `delay_length` is 0 without a decoder model."""
    layers = bits.uint(12)
    if bits.uint(5) > 7:  # the level; high ones have tiers
        bits.flag()
    has_model = delay_length > 0 and bits.flag()
    if has_model:
        bits.uint(2 * delay_length + 1)
    if has_delays and bits.flag():
        bits.uint(4)
    return _OperatingPoint(layers, has_model)


def _frame_size(bits: Bits, sequence: _Sequence, layer: tuple[int, int]) -> Size | None:
    """Read uncompressed_header() (5.9.2) from show_existing_frame, which is 0, up to the frame's size.

    Return None if it is that of an earlier frame.
    """
    kind, shown, resilient = _KEY_FRAME, True, True
    if not sequence.reduced:
        kind, shown = bits.uint(2), bits.flag()
        if shown:
            bits.uint(sequence.presentation_time_length)
        else:
            bits.flag()  # showable_frame
        resilient = kind == _SWITCH_FRAME or (kind == _KEY_FRAME and shown) or bits.flag()
    is_intra = kind in (_KEY_FRAME, _INTRA_ONLY)
    bits.flag()  # disable_cdf_update
    tools = bits.uint(1) if sequence.screen_content_tools == _SELECT else sequence.screen_content_tools
    if tools and sequence.integer_mv == _SELECT:
        bits.flag()
    bits.uint(sequence.frame_id_length)
    own_size = kind == _SWITCH_FRAME or (not sequence.reduced and bits.flag())  # frame_size_override_flag
    bits.uint(sequence.order_hint_length)
    if not is_intra and not resilient:
        bits.uint(3)  # primary_ref_frame
    if sequence.has_model and bits.flag():
        for point in sequence.points:
            if point.has_model and _is_in(layer, point.layers):
                bits.uint(sequence.removal_time_length)
    refreshed = _ALL_FRAMES if kind == _SWITCH_FRAME or (kind == _KEY_FRAME and shown) else bits.uint(8)
    if resilient and (not is_intra or refreshed != _ALL_FRAMES):
        bits.uint(_SLOTS * sequence.order_hint_length)
    if not is_intra:
        _skip_references(bits, sequence)
        if own_size and not resilient and any(bits.flag() for _ in range(_REFERENCES)):
            return None  # found_ref: the size of an earlier frame
    return _sides(bits, sequence.side_lengths) if own_size else sequence.size


def _is_in(layer: tuple[int, int], layers: int) -> bool:
    """Whether an operating point with these layers (operating_point_idc) contains the layer."""
    temporal, spatial = layer
    return layers == 0 or (layers >> temporal & 1 == 1 and layers >> (spatial + 8) & 1 == 1)


def _skip_references(bits: Bits, sequence: _Sequence) -> None:
    """Read which frames an inter frame refers to."""
    is_short = sequence.order_hint_length > 0 and bits.flag()
    if is_short:
        bits.uint(6)
    bits.uint(_REFERENCES * (sequence.delta_frame_id_length + (0 if is_short else 3)))


def _sides(bits: Bits, lengths: tuple[int, int]) -> Size:
    """Read a width and a height, both stored less one."""
    return bits.uint(lengths[0]) + 1, bits.uint(lengths[1]) + 1
