"""Checks coded data (AV1 or HEVC) against the size that the file declares for it."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from upload.inspect import av1, hevc
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
"""So many bytes hold nearly always the headers before the first picture."""
_AT_MOST: Final = 64 * 1024

_HEADER: Final = 5
"""Reading a size bit by bit takes as long as so many look-ups."""

Extent = tuple[int, int]
"""Offset and length, in bytes, of a part of the data."""


class Search(Enum):
    """How far to look for the first picture in the data."""

    READ = auto()
    """Read it; refuse the file if no picture begins there."""
    KNOWN = auto()
    """Read nothing; refuse the file if the beginning is known and no picture begins there."""
    TRY = auto()
    """Read nothing, and refuse nothing but a lie: viewers show the file without this data."""


@dataclass(frozen=True, slots=True)
class Coded:
    """Coded data: the type of its item or sample entry, the boxes that describe it, and where it is."""

    kind: bytes
    properties: tuple[Box, ...]
    extents: tuple[Extent, ...]

    def start(self) -> list[Extent]:
        """Return the extents of the first bytes, which are worth a read."""
        return list(first(self.extents, _ENOUGH))


def check(head: Head, coded: Coded, declared: Size, search: Search) -> None:
    """Check the sizes in the configuration and at the beginning of the data against the declared size.

    Raises HiddenPixels and TooManyPixels; HeaderTooLarge if a picture begins too late, and NotAnImage if none begins.
    """
    length_size = 4
    for box in coded.properties:
        if box.kind in _CONFIGURATIONS:
            body = head.at(box.start, min(box.end - box.start, _MAX_CONFIGURATION))
            if box.kind == b"hvcC":
                length_size = hevc.length_size(body)
            for size in hevc.configured(body) if box.kind == b"hvcC" else av1.configured(body):
                _check_unit(head, declared, size)
    known = b"".join(_pieces(head, coded.extents))
    if _begins(head, coded, known, length_size, declared) or search is Search.TRY:
        return
    total = sum(length for _, length in coded.extents)
    if search is Search.KNOWN and len(known) < min(total, _ENOUGH):
        return
    if search is Search.READ:
        for most in (_ENOUGH, _AT_MOST):
            data = b"".join(head.at(*extent) for extent in first(coded.extents, most))
            if _begins(head, coded, data, length_size, declared):
                return
    if total > _AT_MOST:
        raise HeaderTooLarge
    raise NotAnImage("The file is damaged: no picture begins where one must.")


def first(extents: tuple[Extent, ...], most: int) -> Iterator[Extent]:
    """Yield the extents of the first `most` bytes."""
    for offset, length in extents:
        if most <= 0:
            return
        yield offset, min(length, most)
        most -= length


def _pieces(head: Head, extents: tuple[Extent, ...]) -> Iterator[bytes]:
    """Yield the first bytes that are known without a read."""
    for offset, length in first(extents, _AT_MOST):
        piece = head.at_hand(offset, length)
        yield piece
        if len(piece) < length:
            return


def _begins(head: Head, coded: Coded, data: bytes, length_size: int, declared: Size) -> bool:
    """Whether a picture begins in the data. Checks all sizes in them; each of their units counts as a look-up."""
    found = False
    for is_picture, size in hevc.sizes(data, length_size) if coded.kind in HEVC else av1.sizes(data):
        _check_unit(head, declared, size)
        found = found or is_picture
    return found


def _check_unit(head: Head, declared: Size, size: Size | None) -> None:
    """Check the size that a unit states, if any, and count the look-ups that it cost."""
    head.step(_HEADER if size else 1)
    if size:
        check_decoded(declared, size)
