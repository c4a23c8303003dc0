"""Parses boxes of the ISO base media file format (ISO/IEC 14496-12, section 4.2)."""

from collections.abc import Iterator
from dataclasses import dataclass

from upload.inspect.findings import NotAnImage, Truncated
from upload.inspect.head import Fields, Head


@dataclass(frozen=True, slots=True)
class Box:
    """The type of a box, and the file offsets where its body starts and ends."""

    kind: bytes
    start: int
    end: int


def boxes(head: Head, start: int, end: int) -> Iterator[Box]:
    """Yield the boxes between two offsets, without reading their bodies.

    Raises Truncated for a box that extends beyond the file, NotAnImage for one that extends beyond ``end``.
    """
    while start < end:
        fields = Fields(head, start, end)
        size = fields.uint(4)
        kind = fields.take(4)
        if size == 1:
            size = fields.uint(8)
        elif size == 0:  # the box extends to the end
            size = end - start
        stop = start + size
        if stop > head.size:
            raise Truncated
        if not fields.position <= stop <= end:
            raise NotAnImage("The file is damaged: the sizes of its parts contradict each other.")
        yield Box(kind, fields.position, stop)
        start = stop


def full_box(head: Head, box: Box) -> tuple[int, int, Fields]:
    """Return the version, the flags and the remaining fields of a full box."""
    fields = Fields(head, box.start, box.end)
    return fields.uint(1), fields.uint(3), fields
