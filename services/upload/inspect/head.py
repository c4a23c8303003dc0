"""The only way to the bytes of a file: a reader that cannot be made to read, or to walk, without end."""

from collections.abc import Callable
from typing import Final, Literal

from upload.inspect.findings import HeaderTooLarge, NotAnImage, Truncated

Read = Callable[[int, int], bytes]
"""One ranged read: offset and length in, the bytes out."""

MAX_READS: Final = 3
MAX_BYTES: Final = 2 * 1024 * 1024
MAX_STEPS: Final = 50_000
"""Look-ups in one file. Real headers need tens to hundreds; this many still take well under a second."""

_READ_AHEAD: Final = (64 * 1024, 512 * 1024, MAX_BYTES)
"""What each read takes at least. Nearly every header fits the first, a JPEG with a large profile the second."""


class ReadFellShort(OSError):
    """A read gave fewer bytes than the file has there. It says nothing about the file: read again later."""


class Head:
    """The bytes of a file of `size` bytes, fetched by `read` on demand and kept."""

    def __init__(self, read: Read, size: int) -> None:
        self.size = max(size, 0)
        self._read = read
        self._spans: dict[int, bytes] = {}
        self._reads = 0
        self._bytes = 0
        self._steps = 0

    def at(self, offset: int, length: int) -> bytes:
        """Exactly `length` bytes from `offset`.

        Raises Truncated if the file ends before, HeaderTooLarge if they cost more than is left, and whatever
        `read` raises.
        """
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise HeaderTooLarge
        if offset + length > self.size:
            raise Truncated
        start, data = self._span(offset)
        missing = offset + length - start - len(data)
        if missing > 0:
            data += self._fetch(start + len(data), missing)
            self._spans[start] = data
        return data[offset - start : offset - start + length]

    def holds(self, offset: int, length: int) -> bool:
        """Whether `at` would answer without a read."""
        start, data = self._span(offset)
        return offset + length <= start + len(data)

    def _span(self, offset: int) -> tuple[int, bytes]:
        """The stretch of known bytes that `offset` lies in or just behind; an empty one if there is none."""
        for start, data in self._spans.items():
            if start <= offset <= start + len(data):
                return start, data
        return offset, b""

    def _fetch(self, offset: int, needed: int) -> bytes:
        left = MAX_BYTES - self._bytes
        if self._reads == MAX_READS or needed > left:
            raise HeaderTooLarge
        wanted = min(max(needed, _READ_AHEAD[self._reads]), left, self.size - offset)
        self._reads += 1
        self._bytes += wanted
        data = self._read(offset, wanted)
        if len(data) < wanted:
            raise ReadFellShort(f"storage gave {len(data)} of the {wanted} bytes at {offset}")
        return data[:wanted]


class Fields:
    """Numbers and byte strings one after another in the stretch of `head` from `start` up to `end`."""

    def __init__(self, head: Head, start: int, end: int) -> None:
        self._head = head
        self.position = start
        self.end = end

    def take(self, length: int) -> bytes:
        """The next `length` bytes. Raises NotAnImage if the stretch is shorter, Truncated if the file is."""
        if self.end < self.position + length <= self._head.size:
            raise NotAnImage("The file is damaged: a part of its header is shorter than it must be.")
        data = self._head.at(self.position, length)
        self.position += length
        return data

    def uint(self, length: int, order: Literal["big", "little"] = "big") -> int:
        """The next unsigned number of `length` bytes."""
        return int.from_bytes(self.take(length), order)

    def sint(self, length: int) -> int:
        """The next signed number of `length` bytes, the highest first."""
        return int.from_bytes(self.take(length), "big", signed=True)
