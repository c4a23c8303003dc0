"""Writes numbers bit by bit, and with them the headers of AV1 and HEVC data that no encoder here writes."""

from collections.abc import Sequence


class BitWriter:
    def __init__(self) -> None:
        self._bits = ""

    def uint(self, value: int, count: int) -> "BitWriter":
        self._bits += f"{value:0{count}b}" if count else ""
        return self

    def golomb(self, value: int) -> "BitWriter":
        number = f"{value + 1:b}"
        self._bits += "0" * (len(number) - 1) + number
        return self

    def done(self, *, pad: int = 1) -> bytes:
        """What was written, then bits up to a whole byte: a one and zeros, as in both codecs, or zeros alone."""
        bits = self._bits + "1" * pad
        bits += "0" * (-len(bits) % 8)
        return int(bits, 2).to_bytes(len(bits) // 8)


def obu(kind: int, body: bytes, *, layer: tuple[int, int] | None = None, sized: bool = True) -> bytes:
    """An OBU of AV1 (5.3); `layer` is temporal and spatial."""
    start = bytes([kind << 3 | (layer is not None) << 2 | sized << 1])
    extension = b"" if layer is None else bytes([layer[0] << 5 | layer[1] << 3])
    return start + extension + (_leb128(len(body)) if sized else b"") + body


def _leb128(value: int) -> bytes:
    out = b""
    while value >= 0x80:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def sequence_header(width: int, height: int, *, side_bits: int = 16, rich: bool = False) -> bytes:
    """A sequence header OBU (5.5.1). A `rich` one has timing, a decoder model, two operating points and frame ids."""
    bits = BitWriter().uint(0, 3).uint(0, 1).uint(0, 1)  # profile, still picture, reduced
    bits.uint(rich, 1)  # timing_info_present_flag
    if rich:
        bits.uint(1, 32).uint(30, 32).uint(0, 1)  # unequal intervals
        bits.uint(1, 1).uint(9, 5).uint(1, 32).uint(11, 5).uint(7, 5)  # decoder model: 10, 12 and 8 bits
        bits.uint(1, 1).uint(1, 5)  # initial delays, two points
        bits.uint(0x103, 12).uint(8, 5).uint(0, 1).uint(1, 1).uint(0, 21).uint(1, 1).uint(3, 4)
        bits.uint(0x101, 12).uint(4, 5).uint(0, 1).uint(0, 1)
    else:
        bits.uint(0, 1).uint(0, 5).uint(0, 12).uint(4, 5)
    bits.uint(side_bits - 1, 4).uint(side_bits - 1, 4).uint(width - 1, side_bits).uint(height - 1, side_bits)
    bits.uint(rich, 1)  # frame_id_numbers_present_flag
    if rich:
        bits.uint(3, 4).uint(1, 3)  # 5 bits of difference, 7 of id
    bits.uint(0, 3).uint(0, 4)
    bits.uint(rich, 1)  # enable_order_hint
    if rich:
        bits.uint(0, 2)
    bits.uint(1, 1).uint(1, 1)  # frames choose screen content tools and integer motion vectors
    if rich:
        bits.uint(5, 3)  # 6 bits of order hint
    return obu(1, bits.uint(0, 8).done())


def reduced_sequence_header(width: int, height: int) -> bytes:
    """The sequence header of a still picture alone."""
    bits = BitWriter().uint(0, 3).uint(1, 1).uint(1, 1).uint(4, 5)
    return obu(1, bits.uint(15, 4).uint(15, 4).uint(width - 1, 16).uint(height - 1, 16).uint(0, 20).done())


def key_frame(size: tuple[int, int] | None = None, *, kind: int = 6, side_bits: int = 16) -> bytes:
    """A frame OBU after a plain `sequence_header`, with a size of its own if given."""
    bits = BitWriter().uint(0, 1).uint(0, 2).uint(1, 1).uint(0, 1).uint(0, 1)  # shown key frame, no tools
    return obu(kind, _own_size(bits, size, side_bits))


def rich_key_frame(size: tuple[int, int] | None, layer: tuple[int, int], *, shown: bool = True) -> bytes:
    """A key frame after a rich `sequence_header`."""
    bits = BitWriter().uint(0, 1).uint(0, 2).uint(shown, 1)
    bits.uint(0, 8) if shown else bits.uint(1, 1).uint(1, 1)  # presentation time; or showable, resilient
    bits.uint(0, 1).uint(1, 1).uint(0, 1)  # screen content tools
    bits.uint(99, 7)  # the frame's id
    bits.uint(size is not None, 1).uint(0, 6).uint(1, 1)  # order hint, removal times present
    if layer == (0, 0):
        bits.uint(0, 12)  # of the first point, whose layers are these; the second has no model
    if not shown:
        bits.uint(1, 8).uint(0, 48)  # refreshed slots, order hints
    if size:
        bits.uint(size[0] - 1, 16).uint(size[1] - 1, 16)
    return obu(6, bits.uint(0, 40).done(), layer=layer)


def inter_frame(size: tuple[int, int] | None, *, found: bool = False, side_bits: int = 16) -> bytes:
    """An inter frame after a plain `sequence_header`: with its own size, or with one `found` at a reference."""
    bits = BitWriter().uint(0, 1).uint(1, 2).uint(1, 1).uint(0, 1).uint(0, 1).uint(0, 1)
    bits.uint(size is not None or found, 1).uint(0, 3).uint(0, 8).uint(0, 21)
    if found:
        bits.uint(0b001, 3)
    elif size:
        bits.uint(0, 7).uint(size[0] - 1, side_bits).uint(size[1] - 1, side_bits)
    return obu(6, bits.uint(0, 40).done())


def _own_size(bits: BitWriter, size: tuple[int, int] | None, side_bits: int) -> bytes:
    bits.uint(size is not None, 1)
    if size:
        bits.uint(size[0] - 1, side_bits).uint(size[1] - 1, side_bits)
    return bits.uint(0, 40).done()


def parameter_set(
    width: int,
    height: int,
    *,
    chroma: int = 1,
    window: tuple[int, int, int, int] | None = None,
    layers: Sequence[tuple[bool, bool]] = (),
    layer_id: int = 0,
) -> bytes:
    """A sequence parameter set of HEVC (7.3.2.2) as a NAL unit; `layers` say which have a profile and a level."""
    bits = BitWriter().uint(0, 4).uint(len(layers), 3).uint(1, 1).uint(0, 96)
    for profile, level in layers:
        bits.uint(profile, 1).uint(level, 1)
    if layers:
        bits.uint(0, 2 * (8 - len(layers)))
    for profile, level in layers:
        bits.uint(0, 88 * profile + 8 * level)
    bits.golomb(0).golomb(chroma)
    if chroma == 3:
        bits.uint(0, 1)
    bits.golomb(width).golomb(height).uint(window is not None, 1)
    for side in window or ():
        bits.golomb(side)
    return nal_unit(33, bits.golomb(0).golomb(0).done(), layer_id)


def nal_unit(kind: int, body: bytes, layer_id: int = 0) -> bytes:
    """A NAL unit (7.3.1), with the bytes that keep start codes out of it."""
    out = bytearray()
    zeros = 0
    for byte in body:
        if zeros == 2 and byte <= 3:
            out.append(3)
            zeros = 0
        out.append(byte)
        zeros = zeros + 1 if byte == 0 else 0
    return (kind << 9 | layer_id << 3 | 1).to_bytes(2) + bytes(out)


def configuration(*units: bytes, length_size: int = 4) -> bytes:
    """The body of an hvcC box (ISO/IEC 14496-15, 8.3.3.1) with these NAL units."""
    start = b"\x01" + bytes(20) + bytes([0xFC | length_size - 1, len(units)])
    arrays = (bytes([unit[0] >> 1, 0, 1]) + len(unit).to_bytes(2) + unit for unit in units)
    return start + b"".join(arrays)
