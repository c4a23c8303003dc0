"""Reads the bytes of a file for the parsers, with limits on reads, bytes and look-ups."""

from collections.abc import Callable
from typing import Final, Literal

from upload.inspect.findings import HeaderTooLarge, NotAnImage, Truncated

Read = Callable[[int, int], bytes]
"""One ranged read: takes offset and length, returns the bytes."""

MAX_READS: Final = 3
MAX_BYTES: Final = 2 * 1024 * 1024
MAX_STEPS: Final = 50_000
"""The most look-ups in one file. Real headers need up to some hundreds. This many take well under a second."""

_READ_AHEAD: Final = (64 * 1024, 512 * 1024, MAX_BYTES)
"""The minimum size of each read. The first holds nearly every header, the second a JPEG with a large profile."""


class ReadFellShort(OSError):
    """A read returned fewer bytes than the file has there. The file may be fine: read again later."""


class Head:
    """The bytes of a file of `size` bytes; `read` fetches them on demand, and they are kept."""

    def __init__(self, read: Read, size: int) -> None:
        self.size = max(size, 0)
        self._read = read
        self._spans: dict[int, bytes] = {}
        self._reads = 0
        self._bytes = 0
        self._steps = 0

    def at(self, offset: int, length: int) -> bytes:
        """Return exactly `length` bytes from `offset`.

        Raises Truncated if the file ends before that, HeaderTooLarge if a limit is exceeded, and whatever `read`
        raises.
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
        """Whether `at` can return these bytes without a read."""
        start, data = self._span(offset)
        return offset + length <= start + len(data)

    def _span(self, offset: int) -> tuple[int, bytes]:
        """Return the known range that contains `offset` or ends at it, else an empty range."""
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
            raise ReadFellShort(f"storage returned {len(data)} of the {wanted} bytes at {offset}")
        return data[:wanted]


class Fields:
    """Reads consecutive numbers and byte strings from the range `start` to `end` of `head`."""

    def __init__(self, head: Head, start: int, end: int) -> None:
        self._head = head
        self.position = start
        self.end = end

    def take(self, length: int) -> bytes:
        """Return the next `length` bytes. Raises NotAnImage if the range is too short, Truncated if the file is."""
        if self.end < self.position + length <= self._head.size:
            raise NotAnImage("The file is damaged: a part of its header is shorter than it must be.")
        data = self._head.at(self.position, length)
        self.position += length
        return data

    def uint(self, length: int, order: Literal["big", "little"] = "big") -> int:
        """Return the next unsigned integer of `length` bytes."""
        return int.from_bytes(self.take(length), order)

    def sint(self, length: int) -> int:
        """Return the next signed big-endian integer of `length` bytes."""
        return int.from_bytes(self.take(length), "big", signed=True)
