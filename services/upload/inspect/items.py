"""Reads the items of a HEIF file (ISO/IEC 14496-12, section 8.11; ISO/IEC 23008-12, section 9)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from upload.inspect.bmff import Box, boxes, full_box
from upload.inspect.coded import Coded, Extent
from upload.inspect.head import Fields, Head

_MAX_EXTENTS: Final = 64


@dataclass(frozen=True, slots=True)
class Items:
    """The items of a file, by their ids."""

    primary: int
    types: dict[int, bytes]
    references: dict[tuple[bytes, int], list[int]]
    """The type of the reference and the item that refers → the items referred to."""
    properties: dict[int, list[Box]]
    """In the order in which they apply."""
    extents: dict[int, tuple[Extent, ...]]

    def sources(self, item: int) -> list[int]:
        """Return the items that a derived item is composed of."""
        return self.references.get((b"dimg", item), [])

    def coded(self, item: int) -> Coded:
        """Return the coded data of an item."""
        properties = tuple(self.properties.get(item, ()))
        return Coded(self.types[item], properties, self.extents.get(item, ()))


def read(head: Head, meta: Box) -> Items | None:
    """Return the items of a `meta` box; None if it does not describe a picture."""
    parts: dict[bytes, Box] = {}
    for box in boxes(head, meta.start + 4, meta.end):
        parts.setdefault(box.kind, box)
    try:
        primary, info, properties = parts[b"pitm"], parts[b"iinf"], parts[b"iprp"]
    except KeyError:
        return None
    version, _, fields = full_box(head, primary)
    references, locations = parts.get(b"iref"), parts.get(b"iloc")
    return Items(
        fields.uint(2 if version == 0 else 4),
        _types(head, info),
        _references(head, references) if references else {},
        _properties(head, properties),
        dict(_extents(head, locations, parts.get(b"idat"))) if locations else {},
    )


def _types(head: Head, info: Box) -> dict[int, bytes]:
    """Return the type of each item."""
    types: dict[int, bytes] = {}
    version, _, fields = full_box(head, info)
    fields.take(2 if version == 0 else 4)  # the number of entries, which is not needed
    for box in boxes(head, fields.position, info.end):
        if box.kind != b"infe":
            continue
        version, _, entry = full_box(head, box)
        item = entry.uint(2 if version <= 2 else 4)
        entry.take(2)  # protection index
        if version >= 2:  # older entries have no type; AV1 and HEVC items never use them
            types.setdefault(item, entry.take(4))
    return types


def _references(head: Head, references: Box) -> dict[tuple[bytes, int], list[int]]:
    """Return the references of each type from each item."""
    found: dict[tuple[bytes, int], list[int]] = {}
    version, _, fields = full_box(head, references)
    width = 2 if version == 0 else 4
    for box in boxes(head, fields.position, references.end):
        reference = Fields(head, box.start, box.end)
        item, count = reference.uint(width), reference.uint(2)
        listed = reference.take(width * count)
        targets = [int.from_bytes(listed[place : place + width]) for place in range(0, len(listed), width)]
        found.setdefault((box.kind, item), []).extend(targets)
    return found


def _properties(head: Head, properties: Box) -> dict[int, list[Box]]:
    """Return the properties of each item, in the order in which they apply."""
    known: list[Box] = []
    associations: list[Box] = []
    for box in boxes(head, properties.start, properties.end):
        if box.kind == b"ipco":
            known.extend(boxes(head, box.start, box.end))
        elif box.kind == b"ipma":
            associations.append(box)
    found: dict[int, list[Box]] = {}
    for box in associations:
        version, flags, fields = full_box(head, box)
        width = 2 if flags & 1 else 1
        for _ in range(fields.uint(4)):
            item = fields.uint(2 if version == 0 else 4)
            listed = fields.take(width * fields.uint(1))
            head.step(len(listed) // 8)  # real items have a few properties
            # The first bit means "essential". The other bits are an index that starts at 1.
            indices = [
                int.from_bytes(listed[place : place + width]) & (1 << 8 * width - 1) - 1
                for place in range(0, len(listed), width)
            ]
            found.setdefault(item, [known[index - 1] for index in indices if 1 <= index <= len(known)])
    return found


def _extents(head: Head, locations: Box, data: Box | None) -> Iterator[tuple[int, tuple[Extent, ...]]]:
    """Yield each item with the extents of its data in this file; `data` is the `idat` box."""
    version, _, fields = full_box(head, locations)
    widths = fields.take(2)
    offset_size, length_size, base_size = widths[0] >> 4, widths[0] & 15, widths[1] >> 4
    index_size = widths[1] & 15 if version else 0
    entry = index_size + offset_size + length_size
    for _ in range(fields.uint(4 if version == 2 else 2)):
        item = fields.uint(4 if version == 2 else 2)
        method = fields.uint(2) & 15 if version else 0
        fields.take(2)  # where the data are, if not in this file
        base = fields.uint(base_size)
        count = fields.uint(2)
        table = fields.take(entry * count)
        if method > 1 or (method == 1 and data is None):
            continue  # no decoder here reads an item inside another item
        start, end = (data.start, data.end) if method == 1 and data else (0, head.size)
        extents: list[Extent] = []
        used = min(count, _MAX_EXTENTS)
        head.step(used // 2)  # extents of no width cost no bytes; nearly every item has one extent
        for index in range(used):
            row = table[entry * index + index_size : entry * (index + 1)]
            offset = start + base + int.from_bytes(row[:offset_size])
            if offset < end:  # a length of 0 means all that follows
                length = int.from_bytes(row[offset_size:]) or end - offset
                extents.append((offset, min(length, end - offset)))
        yield item, tuple(extents)
