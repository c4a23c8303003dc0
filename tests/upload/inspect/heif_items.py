"""Builds HEIF files of any items: what encoders write, and what only someone with bad intent does."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.upload.inspect import heif_builder as heif
from tests.upload.inspect.bit_writer import BitWriter

AVIF_BRANDS = b"avif\0\0\0\0avifmif1miaf"
HEIC_BRANDS = b"heic\0\0\0\0mif1heic"
PIXI = heif.full(b"pixi", bytes([3, 8, 8, 8]))
ALPHA = heif.full(b"auxC", b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0")
DEPTH = heif.full(b"auxC", b"urn:mpeg:mpegB:cicp:systems:auxiliary:depth\0")


@dataclass(frozen=True)
class Item:
    kind: bytes
    data: bytes
    properties: Sequence[bytes] = field(default=())
    inline: bool = False
    """Whether the data are in `idat`."""
    pieces: int = 1
    """The number of extents."""


def parts(source: bytes) -> tuple[bytes, bytes]:
    """Return the configuration box and the data of the only picture in a file, in one of 8 bits for each colour."""
    outer = dict(heif.split(source))
    inner = dict(heif.split(outer[b"meta"][4:]))
    boxes = dict(heif.split(dict(heif.split(inner[b"iprp"]))[b"ipco"]))
    kind = b"hvcC" if b"hvcC" in boxes else b"av1C"
    return heif.box(kind, boxes[kind]), heif.first_data(source, inner[b"iloc"])


def coded(source: bytes, declared: tuple[int, int], *more: bytes) -> Item:
    """The picture of a file as an item that declares this size."""
    configuration, data = parts(source)
    kind = b"hvc1" if configuration[4:8] == b"hvcC" else b"av01"
    return Item(kind, data, [heif.extent(*declared), configuration, PIXI, *more])


def grid(columns: int, rows: int, size: tuple[int, int], *more: bytes, wide: bool = False) -> Item:
    payload = struct.pack(">BBBB" + ("II" if wide else "HH"), 0, wide, rows - 1, columns - 1, *size)
    return Item(b"grid", payload, [heif.extent(*size), *more], inline=True)


def overlay(size: tuple[int, int], count: int, *, declared: tuple[int, int] | None = None) -> Item:
    payload = struct.pack(">BBHHHHHH", 0, 0, 0, 0, 0, 0, *size) + bytes(4 * count)
    return Item(b"iovl", payload, [heif.extent(*(declared or size))], inline=True)


def mini(
    source: bytes,
    size: tuple[int, int],
    *,
    orientation: int = 1,
    alpha: bytes = b"",
    gain_map: tuple[tuple[int, int], bytes] | None = None,
    more: bool = False,
) -> bytes:
    """The picture of a file with a minimised description, and the data of others as its alpha and gain map.

    With `more`, all that a description may hold is in it, as far as decoders here read it.
    """
    configuration, data = parts(source)
    gain_size, gain_data = gain_map or ((1, 1), b"")
    bits = BitWriter().uint(0, 2).uint(more, 1).uint(0, 1).uint(1, 1).uint(bool(alpha), 1).uint(more, 1)
    bits.uint(more or bool(gain_map), 1).uint(more, 1).uint(more, 1).uint(more, 1)
    bits.uint(1, 2).uint(orientation - 1, 3)  # 4:2:0
    bits.uint(1, 1).uint(size[0] - 1, 15).uint(size[1] - 1, 15).uint(0, 2).uint(0, 1)
    bits.uint(0, int(bool(alpha)))
    if more:
        bits.uint(0x010D06, 24)
        kind = b"hvc1" if configuration[4:8] == b"hvcC" else b"av01"
        bits.uint(int.from_bytes(kind + configuration[4:8]), 64)
    if more or gain_map:
        bits.uint(bool(gain_map), 1)
        if gain_map:
            bits.uint(gain_size[0] - 1, 15).uint(gain_size[1] - 1, 15).uint(1, 8).uint(1, 1)
            bits.uint(1, 2).uint(0, 2).uint(0, 2).uint(more, 1).uint(more, 1)
            bits.uint(0, 25 * more)
        for _ in range(2 if gain_map else 1):
            bits.uint(0b111111 * more, 6)
            bits.uint(0, (32 + 192) * more).uint(0b00111100 * more, 8 * more)
            bits.uint(0, (288 + 64 + 128 + 32) * more)
    if more or gain_map:
        bits.uint(1, 1)
    bits.uint(1, 1).uint(1, 1)
    if more:
        bits.uint(6, 20)
        bits.uint(4, 20 * bool(gain_map))
    if gain_map:
        bits.uint(3, 20).uint(len(gain_data), 28).uint(0, 12)
    body = configuration[8:]
    bits.uint(len(body), 12).uint(len(data) - 1, 28)
    if alpha:
        bits.uint(len(alpha), 28).uint(0, 12)
    if more:
        bits.uint(0, 1).uint(8, 20).uint(9, 20)
    metadata = bytes((7 + 5 * bool(gain_map)) * more + 3 * bool(gain_map))
    tail = bytes((9 + 10) * more)
    box = heif.box(b"mini", bits.done(pad=0), body, metadata, alpha, gain_data, data, tail)
    minor = b"heic" if configuration[4:8] == b"hvcC" else b"avif"
    return heif.box(b"ftyp", b"mif3", minor) + box


def compose(
    items: Sequence[Item],
    *references: tuple[bytes, int, Sequence[int]],
    brands: bytes = AVIF_BRANDS,
    gap: int = 0,
) -> bytes:
    """A file of these items, numbered from 1, which is the primary one. `gap` bytes are before the data of each."""
    start = heif.box(b"ftyp", brands)
    size = len(start) + len(_meta(items, references, [0] * len(items)))
    places, data = [], b""
    for item in items:
        data += b"" if item.inline else bytes(gap)
        places.append(size + 8 + len(data))
        data += b"" if item.inline else item.data
    return start + _meta(items, references, places) + heif.box(b"mdat", data)


def _meta(items: Sequence[Item], references: Sequence[tuple[bytes, int, Sequence[int]]], places: list[int]) -> bytes:
    known = list(dict.fromkeys(property_ for item in items for property_ in item.properties))
    numbers = {property_: index for index, property_ in enumerate(known, 1)}
    associations, locations, entries, inline = b"", b"", b"", b""
    for number, (item, place) in enumerate(zip(items, places, strict=True), 1):
        associations += struct.pack(">HB", number, len(item.properties))
        associations += b"".join(struct.pack(">H", 0x8000 | numbers[property_]) for property_ in item.properties)
        first = len(inline) if item.inline else place
        inline += item.data if item.inline else b""
        step = max(-(-len(item.data) // item.pieces), 1)
        extents = [(first + at, min(step, len(item.data) - at)) for at in range(0, len(item.data), step)]
        locations += struct.pack(">HHHH", number, item.inline, 0, len(extents))
        locations += b"".join(struct.pack(">II", *extent) for extent in extents)
        entries += heif.full(b"infe", struct.pack(">HH", number, 0), item.kind, b"\0", version=2)
    listed = b"".join(
        heif.box(kind, struct.pack(f">HH{len(to)}H", source, len(to), *to)) for kind, source, to in references
    )
    return heif.full(
        b"meta",
        heif.full(b"hdlr", bytes(4), b"pict", bytes(13)),
        heif.full(b"pitm", struct.pack(">H", 1)),
        heif.full(b"iloc", b"\x44\x00", struct.pack(">H", len(items)), locations, version=1),
        heif.full(b"iinf", struct.pack(">H", len(items)), entries),
        heif.full(b"iref", listed) if listed else b"",
        heif.box(b"idat", inline) if inline else b"",
        heif.box(
            b"iprp",
            heif.box(b"ipco", *known),
            heif.full(b"ipma", struct.pack(">I", len(items)), associations, flags=1),
        ),
    )
