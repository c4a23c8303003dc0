"""Builds HEIF files box by box around a real coded picture: grids, crops and layouts that no encoder here writes."""

import struct
from collections.abc import Iterator, Sequence


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I", len(body) + 8) + kind + body


def large_box(kind: bytes, body: bytes) -> bytes:
    """A box with a 64-bit size."""
    return struct.pack(">I4sQ", 1, kind, len(body) + 16) + body


def full(kind: bytes, *parts: bytes, version: int = 0, flags: int = 0) -> bytes:
    return box(kind, struct.pack(">I", version << 24 | flags), *parts)


def split(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and body of the boxes in `data`, all with 32-bit sizes."""
    position = 0
    while position < len(data):
        size, kind = struct.unpack_from(">I4s", data, position)
        yield kind, data[position + 8 : position + size]
        position += size


def rotation(quarter_turns: int) -> bytes:
    return box(b"irot", bytes([quarter_turns]))


def mirror(axis: int) -> bytes:
    return box(b"imir", bytes([axis]))


def crop(width: int, height: int, divisor: int = 1) -> bytes:
    """A centred clean aperture of width/divisor × height/divisor pixels."""
    return box(b"clap", struct.pack(">IIIIiIiI", width, divisor, height, divisor, 0, 1, 0, 1))


def extent(width: int, height: int) -> bytes:
    return full(b"ispe", struct.pack(">II", width, height))


def build(
    source: bytes,
    *,
    transforms: Sequence[bytes] = (),
    grid: tuple[int, int] | None = None,
    data_first: bool = False,
    padding: int = 0,
    wide: bool = False,
    large_sizes: bool = False,
    brands: bytes | None = None,
    codec: bytes | None = None,
) -> bytes:
    """The single picture of `source`, or a `grid` of columns × rows of it, with `transforms` on the displayed picture.

    `padding` bytes of data are added. `wide` makes ids and indices take more bytes, `large_sizes` gives the data a
    64-bit size. `brands` and `codec` replace the original ones.
    """
    outer = dict(split(source))
    inner = dict(split(outer[b"meta"][4:]))
    coded = first_data(source, inner[b"iloc"])
    properties = dict(split(inner[b"iprp"]))
    described = [
        box(k, body) for k, body in split(properties[b"ipco"]) if k in {b"hvcC", b"av1C", b"pixi", b"colr", b"ispe"}
    ]
    (width, height) = struct.unpack_from(">II", dict(split(properties[b"ipco"]))[b"ispe"], 4)
    kind = codec or (b"hvc1" if any(part[4:8] == b"hvcC" for part in described) else b"av01")

    columns, rows = grid or (1, 1)
    tiles = list(range(1, columns * rows + 1))
    primary = len(tiles) + 1 if grid else 1
    shown = extent(width * columns, height * rows)
    known = [*described, shown, *transforms]
    base = list(range(1, len(described) + 1))
    extra = list(range(len(described) + 2, len(known) + 1))
    associations = dict.fromkeys(tiles, base)
    if grid:
        associations[primary] = [len(described) + 1, *extra]
    else:
        associations[primary] = [*base, *extra]

    identity = "I" if wide else "H"
    body = bytes(padding) + coded

    def meta(data_start: int) -> bytes:
        places = [struct.pack(">HHHHII", tile, 0, 0, 1, data_start + padding, len(coded)) for tile in tiles]
        mosaic = struct.pack(">BBBBHH", 0, 0, rows - 1, columns - 1, width * columns, height * rows)
        items = [_item(tile, kind, wide=wide) for tile in tiles]
        parts = []
        if grid:
            places.append(struct.pack(">HHHHII", primary, 1, 0, 1, 0, len(mosaic)))
            items.append(_item(primary, b"grid", wide=wide))
            sources = struct.pack(f">{identity}H{len(tiles)}{identity}", primary, len(tiles), *tiles)
            parts = [full(b"iref", box(b"dimg", sources), version=int(wide)), box(b"idat", mosaic)]
        return full(
            b"meta",
            full(b"hdlr", bytes(4), b"pict", bytes(13)),
            full(b"pitm", struct.pack(">" + identity, primary), version=int(wide)),
            full(b"iloc", b"\x44\x00", struct.pack(">H", len(places)), *places, version=1),
            full(b"iinf", struct.pack(">" + identity, len(items)), *items, version=int(wide)),
            *parts,
            box(
                b"iprp",
                box(b"ipco", *known),
                full(
                    b"ipma",
                    struct.pack(">I", len(associations)),
                    *(
                        struct.pack(">" + identity + "B", item, len(indices))
                        + b"".join(_index(index, known[index - 1], wide=wide) for index in indices)
                        for item, indices in sorted(associations.items())
                    ),
                    version=int(wide),
                    flags=int(wide),
                ),
            ),
        )

    start = box(b"ftyp", outer[b"ftyp"] if brands is None else brands)
    data = large_box(b"mdat", body) if large_sizes else box(b"mdat", body)
    data_header = len(data) - len(body)
    if data_first:
        return start + data + meta(len(start) + data_header)
    return start + meta(len(start) + len(meta(0)) + data_header) + data


def _item(item: int, kind: bytes, *, wide: bool) -> bytes:
    return full(b"infe", struct.pack(">IH" if wide else ">HH", item, 0), kind, b"\0", version=3 if wide else 2)


def _index(index: int, known: bytes, *, wide: bool) -> bytes:
    """A property's index, marked as essential where decoders require it."""
    essential = known[4:8] in {b"hvcC", b"av1C", b"clap", b"irot", b"imir"}
    return struct.pack(">H", index | essential << 15) if wide else bytes([index | essential << 7])


def first_data(source: bytes, locations: bytes) -> bytes:
    """The coded bytes of the first item in `iloc`."""
    version = locations[0]
    offset_size, length_size, base_size = locations[4] >> 4, locations[4] & 15, locations[5] >> 4
    position = 8 if version < 2 else 10
    position += 2 if version < 2 else 4  # the item's id
    position += 2 if version else 0  # its construction method
    position += 2
    base = int.from_bytes(locations[position : position + base_size], "big")
    position += base_size + 2
    offset = int.from_bytes(locations[position : position + offset_size], "big")
    length = int.from_bytes(locations[position + offset_size : position + offset_size + length_size], "big")
    return source[base + offset : base + offset + length]
