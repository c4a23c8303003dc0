"""Checks coded data (AV1 or HEVC) against the size that the file declares for it.

Decoders decode all units of an item or a sample, not the first picture alone. So all of them are followed to the end,
by their headers and lengths.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from upload.inspect import av1, hevc
from upload.inspect.bits import Unit
from upload.inspect.bmff import Box
from upload.inspect.findings import HeaderTooLarge, NotAnImage, Size, check_decoded
from upload.inspect.head import Head

AV1: Final = frozenset({b"av01"})
HEVC: Final = frozenset({b"hvc1", b"hev1"})
KINDS: Final = AV1 | HEVC
"""The types of items and sample entries that are known here."""

_CONFIGURATIONS: Final = frozenset({b"av1C", b"hvcC"})
_MAX_CONFIGURATION: Final = 64 * 1024

_ENOUGH: Final = 16 * 1024
"""This many bytes nearly always hold the headers before the first picture."""
_AT_MOST: Final = 64 * 1024
"""The most bytes that are looked at because they are known anyway."""

Extent = tuple[int, int]
"""Offset and length, in bytes, of a part of the data."""


class Search(Enum):
    """How to look for pictures in the data."""

    READ = auto()
    """Read it; refuse the file if there is no picture, or if the limits are spent before the end."""
    KNOWN = auto()
    """The same if the beginning is known without a read. Else accept the data unread."""
    TRY = auto()
    """Like KNOWN, but refuse nothing but a lie: viewers show the file without this data."""


@dataclass(frozen=True, slots=True)
class Coded:
    """Coded data: the type of its item or sample entry, the boxes that describe it, and where it is."""

    kind: bytes
    properties: tuple[Box, ...]
    extents: tuple[Extent, ...]
    sample: int | None = None
    """The bytes of the first sample of a track, which other samples follow; None for an item."""

    def start(self) -> list[Extent]:
        """Return the extents of the first bytes, which are worth a read."""
        return list(first(self.extents, _ENOUGH))


class _Joined:
    """The first `length` bytes of all extents, as if they were one. They are read where they are needed."""

    def __init__(self, head: Head, extents: tuple[Extent, ...], length: int) -> None:
        self._head = head
        self._extents = list(first(extents, length))
        self._starts: list[int] = []
        self._length = 0
        for _, part in self._extents:
            self._starts.append(self._length)
            self._length += part

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, part: slice, /) -> bytes:
        start, stop, _ = part.indices(self._length)
        found = b""
        index = bisect_right(self._starts, start) - 1
        while start < stop:
            offset, length = self._extents[index]
            inside = start - self._starts[index]
            count = min(length - inside, stop - start)
            found += self._head.at(offset + inside, count)
            start += count
            index += 1
        return found


def check(head: Head, coded: Coded, declared: Size, search: Search) -> None:
    """Check the sizes in the configuration and in the data against the declared size.

    Of a track, the first sample is followed to its end, and the others as far as they are known without a read.

    Raises HiddenPixels and TooManyPixels; HeaderTooLarge if the limits are spent before the end of the data, and
    NotAnImage if there is no picture.
    """
    length_size = 4
    for box in coded.properties:
        if box.kind in _CONFIGURATIONS:
            body = head.at(box.start, min(box.end - box.start, _MAX_CONFIGURATION))
            if box.kind == b"hvcC":
                length_size = hevc.length_size(body)
            for unit in hevc.configured(body) if box.kind == b"hvcC" else av1.configured(body):
                _check_unit(head, declared, unit)
    total = sum(length for _, length in coded.extents)
    wanted = total if coded.sample is None else min(coded.sample, total)
    known = _known(head, coded.extents)
    # Of HEVC, only the first tile is read: see derivations.check.
    is_read = search is Search.READ or (coded.kind in AV1 and known >= min(wanted, _ENOUGH))
    data = _Joined(head, coded.extents, max(wanted, known) if is_read else known)
    found = False
    try:
        for unit in hevc.units(data, length_size) if coded.kind in HEVC else av1.units(data):
            _check_unit(head, declared, unit)
            found = found or unit.is_picture
    except HeaderTooLarge:
        head.step(0)  # too many look-ups are refused in any case
        # Cameras divide large HEVC pictures into slices: more may follow than can be read. AV1 has one unit for all.
        if search is not Search.TRY and not (found and coded.kind in HEVC):
            raise
    if not found and len(data) >= wanted and search is not Search.TRY:
        raise NotAnImage("The file is damaged: no picture begins where one must.")


def first(extents: tuple[Extent, ...], most: int) -> Iterator[Extent]:
    """Yield the extents of the first `most` bytes."""
    for offset, length in extents:
        if most <= 0:
            return
        yield offset, min(length, most)
        most -= length


def _known(head: Head, extents: tuple[Extent, ...]) -> int:
    """Return how many of the first bytes are known without a read."""
    known = 0
    for offset, length in first(extents, _AT_MOST):
        piece = len(head.at_hand(offset, length))
        known += piece
        if piece < length:
            break
    return known


def _check_unit(head: Head, declared: Size, unit: Unit) -> None:
    """Check the size that a unit states, if any, and count the look-ups that it cost."""
    head.step(1 + unit.work)
    if unit.size:
        check_decoded(declared, unit.size)
