"""Reads the tracks of an image sequence: the `moov` box (ISO/IEC 14496-12, section 8; ISO/IEC 23008-12, section 7)."""

from dataclasses import dataclass
from typing import Final

from upload.inspect.bmff import Box, boxes, full_box
from upload.inspect.coded import KINDS, Coded, Extent
from upload.inspect.findings import Size
from upload.inspect.head import Fields, Head

_VISUAL: Final = frozenset({b"pict", b"vide", b"auxv"})
_ENTRY: Final = 78
"""The bytes of a VisualSampleEntry before its boxes (ISO/IEC 14496-12, 12.1.3)."""
_MAX_ROWS: Final = 1024
"""Of the tables of samples. A picture that comes later is not looked for."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A sample entry: the size that it states, and the data that it describes."""

    size: Size
    coded: Coded


@dataclass(frozen=True, slots=True)
class Track:
    """A track with pictures."""

    size: Size
    """In whole pixels, from `tkhd`."""
    is_auxiliary: bool
    """Whether it belongs to another track, as an alpha channel does."""
    entries: tuple[Entry, ...]
    """Those of a known codec."""

    @property
    def kind(self) -> bytes | None:
        """The type of the first entry."""
        return self.entries[0].coded.kind if self.entries else None


def read(head: Head, moov: Box) -> list[Track]:
    """Return the tracks of a `moov` box that hold AV1 or HEVC pictures."""
    found = (_track(head, box) for box in boxes(head, moov.start, moov.end) if box.kind == b"trak")
    return [track for track in found if track is not None]


def _track(head: Head, box: Box) -> Track | None:
    parts = _children(head, box)
    media = _children(head, parts.get(b"mdia"))
    table = _children(head, _children(head, media.get(b"minf")).get(b"stbl"))
    if not {b"tkhd", b"stsd"} <= parts.keys() | table.keys():
        return None
    entries = _entries(head, table)
    is_visual = b"hdlr" in media and full_box(head, media[b"hdlr"])[2].take(8)[4:] in _VISUAL
    if not entries and not is_visual:
        return None
    auxiliary = b"auxl" in _children(head, parts.get(b"tref"))
    return Track(_shown_size(head, parts[b"tkhd"]), auxiliary, entries)


def _children(head: Head, box: Box | None) -> dict[bytes, Box]:
    """Return the first box of each type in a box."""
    found: dict[bytes, Box] = {}
    if box is not None:
        for child in boxes(head, box.start, box.end):
            found.setdefault(child.kind, child)
    return found


def _shown_size(head: Head, header: Box) -> Size:
    """Return the size in a track header (8.3.2): two fixed-point numbers at its end."""
    version, _, fields = full_box(head, header)
    fields.take(72 if version == 0 else 84)
    return fields.uint(4) >> 16, fields.uint(4) >> 16


def _entries(head: Head, table: dict[bytes, Box]) -> tuple[Entry, ...]:
    """Return the sample entries of a known codec (8.5.2); the first one with the samples' data."""
    _, _, fields = full_box(head, table[b"stsd"])
    fields.take(4)  # the number of entries, which is not needed
    found: list[Entry] = []
    for box in boxes(head, fields.position, table[b"stsd"].end):
        if box.kind in KINDS:
            sides = Fields(head, box.start + 24, box.end)
            size = sides.uint(2), sides.uint(2)
            properties = tuple(boxes(head, box.start + _ENTRY, box.end))
            sample, extents = (0, ()) if found else _samples(head, table)
            found.append(Entry(size, Coded(box.kind, properties, extents, sample)))
    return tuple(found)


def _samples(head: Head, table: dict[bytes, Box]) -> tuple[int, tuple[Extent, ...]]:
    """Return the length of the first sample, and where the first chunks are (8.7).

    In a chunk the samples follow each other, and so do the units in the samples.
    """
    places = next((table[kind] for kind in (b"stco", b"co64") if kind in table), None)
    if places is None or not {b"stsz", b"stsc"} <= table.keys():
        return 0, ()
    offsets = _numbers(full_box(head, places)[2], 4 if places.kind == b"stco" else 8)
    runs = _numbers(full_box(head, table[b"stsc"])[2], 12)  # first chunk, samples per chunk, description
    fields = full_box(head, table[b"stsz"])[2]
    fixed = fields.uint(4)
    lengths = [] if fixed else _numbers(fields, 4)
    extents: list[Extent] = []
    per_chunk = 0
    changes = {run >> 64: run >> 32 & 0xFFFFFFFF for run in runs}
    first = 0
    for chunk, offset in enumerate(offsets, 1):
        per_chunk = changes.get(chunk, per_chunk)
        length = fixed * per_chunk or sum(lengths[first : first + per_chunk])
        first += per_chunk
        if offset < head.size:
            extents.append((offset, min(length, head.size - offset)))
    return fixed or next(iter(lengths), 0), tuple(extents)


def _numbers(fields: Fields, width: int) -> list[int]:
    """Read a count and the first so many numbers of so many bytes."""
    table = fields.take(width * min(fields.uint(4), _MAX_ROWS))
    return [int.from_bytes(table[place : place + width]) for place in range(0, len(table), width)]
