"""Reads the bytes of a file for the parsers, with limits on reads, bytes and look-ups."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Final, Literal

from upload.inspect.findings import HeaderTooLarge, NotAnImage, Truncated

Read = Callable[[int, int], bytes]
"""One ranged read: takes offset and length, returns the bytes."""

MAX_READS: Final = 5
MAX_BYTES: Final = 2 * 1024 * 1024
MAX_STEPS: Final = 100_000
"""The most look-ups in one file. Real headers need up to some hundreds, pictures of a thousand tiles some ten thousand.
This many take well under a second."""

_READ_AHEAD: Final = (64 * 1024, 512 * 1024, 512 * 1024, 512 * 1024, MAX_BYTES)
"""The minimum size of each read. The first holds nearly every header, the second a JPEG with a large profile."""

_MAX_RANGES: Final = 1024
_LEFT_READS, _LEFT_BYTES = 1, 256 * 1024
"""What `fetch_ahead` leaves for reads that come later."""


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
        self.step()
        if offset + length > self.size:
            raise Truncated
        start, data = self._span(offset)
        missing = offset + length - start - len(data)
        if missing > 0:
            data += self._fetch(start + len(data), missing)
            self._spans[start] = data
        return data[offset - start : offset - start + length]

    def step(self, count: int = 1) -> None:
        """Count one look-up, or a calculation that takes as long as several. Raises HeaderTooLarge after too many."""
        self._steps += count
        if self._steps > MAX_STEPS:
            raise HeaderTooLarge

    def at_hand(self, offset: int, limit: int) -> bytes:
        """Return the bytes from `offset`, at most `limit`, that are known without a read."""
        self.step()
        start, data = self._span(offset)
        return data[offset - start : offset - start + limit]

    def fetch_ahead(self, ranges: Sequence[tuple[int, int]]) -> None:
        """Fetch as many of these ranges (offset, length) as the limits allow, the first ones first.

        Ranges near each other share a read. One read and some bytes are left for later. Raises whatever `read` raises.
        """
        missing = [
            (offset, min(offset + length, self.size))
            for offset, length in ranges[:_MAX_RANGES]
            if offset < self.size and not self.holds(offset, min(length, self.size - offset))
        ]
        reads, left = MAX_READS - self._reads - _LEFT_READS, MAX_BYTES - self._bytes - _LEFT_BYTES

        def cost(count: int) -> int:
            return sum(end - start for start, end in _joined(missing[:count], reads))

        count = bisect_right(range(len(missing) + 1), left, key=cost) - 1 if reads > 0 else 0
        for start, end in _joined(missing[:count], reads):
            self._spans[start] = self._fetch(start, end - start, ahead=0)

    def holds(self, offset: int, length: int) -> bool:
        """Whether `at` can return these bytes without a read."""
        start, data = self._span(offset)
        return offset + length <= start + len(data)

    def _span(self, offset: int) -> tuple[int, bytes]:
        """Return the known range that contains `offset` or ends at it, and reaches furthest, else an empty range."""
        found, furthest = (offset, b""), offset - 1
        for start, data in self._spans.items():
            if start <= offset and start + len(data) > furthest:
                found, furthest = (start, data), start + len(data)
        return found

    def _fetch(self, offset: int, needed: int, ahead: int | None = None) -> bytes:
        left = MAX_BYTES - self._bytes
        if self._reads == MAX_READS or needed > left:
            raise HeaderTooLarge
        if ahead is None:
            ahead = _READ_AHEAD[self._reads]
        wanted = min(max(needed, ahead), left, self.size - offset)
        self._reads += 1
        self._bytes += wanted
        data = self._read(offset, wanted)
        if len(data) < wanted:
            raise ReadFellShort(f"storage returned {len(data)} of the {wanted} bytes at {offset}")
        return data[:wanted]


def _joined(ranges: Sequence[tuple[int, int]], most: int) -> list[tuple[int, int]]:
    """Join ranges (start, end) across the smallest gaps between them, until there are at most so many."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    gaps = sorted(range(1, len(joined)), key=lambda index: joined[index][0] - joined[index - 1][1])
    cuts = sorted(gaps[max(len(joined) - most, 0) :])
    return [
        (joined[first][0], joined[last - 1][1])
        for first, last in zip([0, *cuts], [*cuts, len(joined)], strict=True)
        if joined
    ]


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
