"""Reads numbers of any number of bits, as codecs store them, from bytes in memory."""

from typing import Final, NamedTuple, Protocol

from upload.inspect.findings import Size

_MAX_PREFIX: Final = 32
_AT_ONCE: Final = 16
"""Reading this many numbers takes as long as a look-up."""


class Data(Protocol):
    """Bytes of which parts can be taken: all in memory, or read where they are needed."""

    def __len__(self) -> int:
        """The number of bytes."""

    def __getitem__(self, part: slice, /) -> bytes:
        """Return these bytes."""


class Unit(NamedTuple):
    """What is known of a unit of coded data."""

    is_picture: bool
    """Whether it is a part of a picture."""
    size: Size | None = None
    """What it states, if anything."""
    work: int = 0
    """How many look-ups reading it is worth, apart from the one for its place."""


class OutOfBits(Exception):
    """The bytes end before the number does, or no decoder would accept the number."""


class Bits:
    """Reads consecutive numbers, each with its most significant bit first. All methods raise OutOfBits at the end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0
        self._numbers = 0

    def uint(self, count: int) -> int:
        """Return the next `count` bits as an unsigned integer: f(n) in AV1, u(n) in H.265."""
        self._numbers += 1
        end = self._position + count
        if end > 8 * len(self._data):
            raise OutOfBits
        covering = self._data[self._position // 8 : -(-end // 8)]
        self._position = end
        return int.from_bytes(covering) >> -end % 8 & (1 << count) - 1

    def flag(self) -> bool:
        """Return the next bit."""
        return self.uint(1) == 1

    def bytes_read(self) -> int:
        """Return the number of bytes of which at least one bit was read."""
        return -(-self._position // 8)

    def work(self) -> int:
        """Return the number of look-ups that reading so far was worth."""
        return self._numbers // _AT_ONCE

    def golomb(self) -> int:
        """Return an Exp-Golomb number: ue(v) (H.265, 9.2), which is uvlc() in AV1 (4.10.3)."""
        zeros = 0
        while not self.flag():
            zeros += 1
            if zeros > _MAX_PREFIX:
                raise OutOfBits
        return (1 << zeros) - 1 + self.uint(zeros)
