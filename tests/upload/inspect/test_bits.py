"""Numbers of any number of bits, and nothing beyond the end."""

import pytest

from tests.upload.inspect.bit_writer import BitWriter
from upload.inspect.bits import Bits, OutOfBits


def test_numbers_follow_each_other_across_bytes() -> None:
    bits = Bits(BitWriter().uint(5, 3).uint(0x1234, 16).uint(0, 0).uint(1, 1).done())
    assert (bits.uint(3), bits.uint(16), bits.uint(0), bits.flag()) == (5, 0x1234, 0, True)


@pytest.mark.parametrize("value", [0, 1, 2, 7, 8, 16_000, 2**31])
def test_golomb_numbers(value: int) -> None:
    bits = Bits(BitWriter().golomb(value).uint(9, 4).done())
    assert (bits.golomb(), bits.uint(4)) == (value, 9)


def test_beyond_the_end_there_is_nothing() -> None:
    bits = Bits(b"\xff\xff")
    assert bits.uint(10) == 1023
    for count in (7, 1000):
        with pytest.raises(OutOfBits):
            bits.uint(count)
    assert bits.uint(6) == 63
    with pytest.raises(OutOfBits):
        bits.flag()


@pytest.mark.parametrize("data", [b"", b"\0", bytes(100)])
def test_a_golomb_number_without_end_is_none(data: bytes) -> None:
    with pytest.raises(OutOfBits):
        Bits(data).golomb()
