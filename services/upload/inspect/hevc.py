"""Reads the sizes of pictures from HEVC data (ITU-T H.265, sections 7.3.1 and 7.3.2.2)."""

from collections.abc import Iterator
from typing import Final

from upload.inspect.bits import Bits, Data, OutOfBits, Unit
from upload.inspect.findings import Size

_SEQUENCE_PARAMETERS: Final = 33  # nal_unit_type (table 7-1)
_SLICES: Final = frozenset({*range(10), *range(16, 22)})  # the others below 32 are reserved: decoders ignore them
_NONE: Final = 63  # unspecified
_MAX_UNIT: Final = 1024
"""More bytes than all that is before the size in a sequence parameter set can take."""
_YUV_444: Final = 3
_CHROMA: Final = {1: (2, 2), 2: (2, 1)}  # SubWidthC and SubHeightC by chroma_format_idc (table 6-1); else (1, 1)
_PADDING: Final = 128
"""Two of the largest blocks, in pixels. Some encoders pad small pictures to a least size."""
_PROFILE, _LEVEL = 88, 8  # bits


def length_size(body: bytes) -> int:
    """How many bytes the length of a NAL unit takes, by the body of an `hvcC` box (ISO/IEC 14496-15, 8.3.3.1)."""
    return (body[21] & 3) + 1 if len(body) > 21 else 4


def configured(body: bytes) -> Iterator[Unit]:
    """Yield each NAL unit of an `hvcC` box. The last one may be cut off."""
    position = 23
    for _ in range(body[22] if len(body) > 22 else 0):
        count = int.from_bytes(body[position + 1 : position + 3])
        position += 3
        for _ in range(count):
            if position >= len(body):
                return
            length = int.from_bytes(body[position : position + 2])
            yield _unit(body[position + 2 : position + 2 + min(length, _MAX_UNIT)])
            position += 2 + length


def units(data: Data, prefix: int) -> Iterator[Unit]:
    """Yield each NAL unit.

    The length of each unit stands in `prefix` bytes before it; the last one may be cut off.
    """
    position = 0
    while position + prefix + 2 <= len(data):
        piece = data[position : position + prefix + _MAX_UNIT]
        length = int.from_bytes(piece[:prefix])
        yield _unit(piece[prefix : prefix + length])
        position += prefix + length


def _unit(data: bytes) -> Unit:
    """Read the beginning of a NAL unit (7.3.1.2); decoders ignore the parameter sets of other layers than the base."""
    kind = data[0] >> 1 & 0x3F if data else _NONE
    if len(data) < 2 or kind != _SEQUENCE_PARAMETERS or int.from_bytes(data[:2]) >> 3 & 0x3F:
        return Unit(kind in _SLICES)
    bits = Bits(data[2:].replace(b"\0\0\3", b"\0\0"))  # without emulation prevention (7.3.1.1)
    try:
        size = _picture_size(bits)
    except OutOfBits:
        size = None
    return Unit(False, size, bits.work())


def _picture_size(bits: Bits) -> Size:
    """Read seq_parameter_set_rbsp() (7.3.2.2.1) up to the conformance window.

    Return the size of the window; but that of the whole coded picture, which decoders allocate, if that is larger by
    more than padding.
    """
    bits.uint(4)  # the id of the video parameter set
    layers = bits.uint(3)  # sps_max_sub_layers_minus1
    bits.uint(1 + _PROFILE + _LEVEL)
    present = [(bits.flag(), bits.flag()) for _ in range(layers)]
    if layers:
        bits.uint(2 * (8 - layers))
    for has_profile, has_level in present:
        bits.uint(_PROFILE * has_profile + _LEVEL * has_level)
    bits.golomb()  # the id of this set
    chroma = bits.golomb()
    if chroma == _YUV_444:
        bits.flag()
    width, height = bits.golomb(), bits.golomb()
    if not bits.flag():
        return width, height
    left, right, top, bottom = (bits.golomb() for _ in range(4))
    across, down = _CHROMA.get(chroma, (1, 1))
    cut = across * (left + right), down * (top + bottom)
    return (width - cut[0], height - cut[1]) if max(cut) < _PADDING else (width, height)
