"""Reads a MinimizedImageBox (ISO/IEC 23008-12:2025, annex O): a whole description in bits, for small AVIF and HEIC."""

from dataclasses import dataclass
from typing import Final

from upload.inspect.bits import Bits, OutOfBits
from upload.inspect.bmff import Box
from upload.inspect.coded import KINDS, Coded
from upload.inspect.findings import NotAnImage, Size
from upload.inspect.head import Head

_MINOR_VERSION: Final = 12
"""Where the file type box has it: the brand that says what the codec is, unless the description does."""
_CODECS: Final = {b"avif": (b"av01", b"av1C"), b"heic": (b"hvc1", b"hvcC")}
_MAX_DESCRIPTION: Final = 1024
"""More than the numbers before the data can take."""
_LIGHT: Final = (32, 192, None, 64, 128, 32)  # bits of clli, mdcv, cclv (which varies), amve, reve and ndwt
_COLOUR_VOLUME: Final = (192, 32, 32, 32)  # bits of the parts of cclv


@dataclass(frozen=True, slots=True)
class Part:
    """A coded picture, and its size."""

    size: Size
    coded: Coded


@dataclass(frozen=True, slots=True)
class Mini:
    """What the box describes."""

    kind: bytes
    """The type of the coded pictures."""
    turned: bool
    """Whether viewers swap width and height."""
    main: Part
    alpha: Part | None
    gain_map: Part | None


def read(head: Head, box: Box) -> Mini:
    """Read the box. Raises NotAnImage if it is damaged or has another codec."""
    try:
        return _read(head, box)
    except OutOfBits:
        raise NotAnImage("The file is damaged: its description is cut off.") from None


def _read(head: Head, box: Box) -> Mini:
    bits = Bits(head.at(box.start, min(box.end - box.start, _MAX_DESCRIPTION)))
    bits.uint(2)  # version
    has_codec, is_float, _, has_alpha, has_colour, is_hdr, has_profile, has_exif, has_xmp = (
        bits.flag() for _ in range(9)
    )
    chroma = bits.uint(2)
    turned = bits.uint(3) >= 4  # EXIF orientation, less one
    side_length = 15 if bits.flag() else 7
    size = bits.uint(side_length) + 1, bits.uint(side_length) + 1
    _skip_depth(bits, chroma, is_float=is_float)
    if has_alpha:
        bits.flag()  # premultiplied
    if has_colour:
        bits.uint(24 if chroma else 16)
    kind, configuration = _CODECS.get(head.at(_MINOR_VERSION, 4), (b"", b""))
    if has_codec:
        kind, configuration = bits.uint(32).to_bytes(4), bits.uint(32).to_bytes(4)
    if kind not in KINDS:
        raise NotAnImage("The file's picture is neither AVIF nor HEIC: it has another encoding.")
    has_gain_map, has_gain_profile = is_hdr and bits.flag(), False
    gain_size = 0, 0
    if has_gain_map:
        gain_size = bits.uint(side_length) + 1, bits.uint(side_length) + 1
        bits.uint(9)
        _skip_depth(bits, bits.uint(2), is_float=None)
        has_gain_profile = bits.flag()
        if bits.flag():
            bits.uint(25)
    for _ in range(is_hdr + has_gain_map):
        _skip_light(bits)

    is_large_metadata = (has_profile or has_exif or has_xmp or has_gain_map) and bits.flag()
    metadata_length = 20 if is_large_metadata else 10
    configuration_length = 12 if bits.flag() else 3
    data_length = 28 if bits.flag() else 15
    metadata = bits.uint(metadata_length) + 1 if has_profile else 0
    metadata += bits.uint(metadata_length) + 1 if has_gain_profile else 0
    metadata += bits.uint(metadata_length) if has_gain_map else 0
    gain_data = bits.uint(data_length) if has_gain_map else 0
    gain_configuration = bits.uint(configuration_length) if gain_data else 0
    main_configuration, main_data = bits.uint(configuration_length), bits.uint(data_length) + 1
    alpha_data = bits.uint(data_length) if has_alpha else 0
    alpha_configuration = bits.uint(configuration_length) if alpha_data else 0
    if has_exif or has_xmp:
        bits.flag()  # compressed
        bits.uint(metadata_length * (has_exif + has_xmp))

    # The configurations follow, then metadata, then the data of alpha, gain map and main picture.
    at = box.start + bits.bytes_read()
    main_box = Box(configuration, at, at + main_configuration)
    alpha_box = Box(configuration, main_box.end, main_box.end + alpha_configuration)
    gain_box = Box(configuration, alpha_box.end, alpha_box.end + gain_configuration)
    alpha_at = gain_box.end + metadata
    gain_at = alpha_at + alpha_data
    main_at = gain_at + gain_data

    def part(size: Size, own: Box, offset: int, length: int) -> Part | None:
        used = own if own.end > own.start else main_box  # without its own configuration it has the main one
        end = min(offset + length, box.end)
        return Part(size, Coded(kind, (used,), ((offset, end - offset),))) if end > offset else None

    main = part(size, main_box, main_at, main_data)
    if main is None:
        raise NotAnImage("The file is damaged: no picture begins where one must.")
    alpha, gain_map = part(size, alpha_box, alpha_at, alpha_data), part(gain_size, gain_box, gain_at, gain_data)
    return Mini(kind, turned, main, alpha, gain_map)


def _skip_depth(bits: Bits, chroma: int, *, is_float: bool | None) -> None:
    """Read where chroma samples are and how many bits a sample has; `is_float` None: the bits say it."""
    if chroma in (1, 2):
        bits.flag()
    if chroma == 1:
        bits.flag()
    if is_float is None:
        is_float = bits.flag()
    if is_float:
        bits.uint(2)
    elif bits.flag():
        bits.uint(3)


def _skip_light(bits: Bits) -> None:
    """Read the properties of high dynamic range: six flags, then the values of those that are set."""
    for length in [length for length in _LIGHT if bits.flag()]:
        if length is not None:
            bits.uint(length)
            continue
        bits.uint(2)
        parts = [part for part in _COLOUR_VOLUME if bits.flag()]
        bits.uint(2 + sum(parts))
