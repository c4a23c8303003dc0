"""The reader returns exact bytes at a bounded cost, or a clear error."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.upload.inspect.corpus import CountingFile
from upload.inspect import (
    MAX_BYTES,
    MAX_PIXELS,
    MAX_READS,
    HeaderTooLarge,
    NotAnImage,
    ReadFellShort,
    Truncated,
    inspect,
)
from upload.inspect.head import MAX_STEPS, Fields, Head

MIB = 1024 * 1024
BYTES = bytes(range(256)) * (4 * MIB // 256)


def head_of(data: bytes) -> tuple[Head, CountingFile]:
    file = CountingFile(data)
    return Head(file.read, len(data)), file


def test_gives_the_bytes_asked_for_wherever_the_reads_meet() -> None:
    head, file = head_of(BYTES)
    for offset, length in ((0, 10), (65530, 20), (3, 65600), (600_000, 7), (65536, 1)):
        assert head.at(offset, length) == BYTES[offset : offset + length]
    assert len(file.reads) == 3


def test_asks_for_nothing_twice() -> None:
    head, file = head_of(BYTES)
    head.at(0, 4)
    head.at(60_000, 10_000)
    assert file.reads == [(0, 65536), (65536, 524288)]


def test_never_asks_beyond_the_end() -> None:
    head, file = head_of(b"short")
    assert head.at(0, 2) == b"sh"
    assert file.reads == [(0, 5)]


def test_says_truncated_beyond_the_end_without_a_read() -> None:
    head, file = head_of(b"short")
    with pytest.raises(Truncated):
        head.at(4, 2)
    assert not file.reads


def test_the_limits_are_those_that_are_promised() -> None:
    """The other tests here use the names; this one checks the numbers."""
    assert (MAX_READS, MAX_BYTES, MAX_PIXELS) == (5, 2 * MIB, 150_000_000)


def test_five_reads_are_all() -> None:
    head, file = head_of(bytes(20 * MIB))
    for place in range(5):
        head.at(3 * MIB * place, 1)
    with pytest.raises(HeaderTooLarge):
        head.at(19 * MIB, 1)
    assert len(file.reads) == MAX_READS


def test_knows_what_it_has_read_and_no_more() -> None:
    head, file = head_of(BYTES)
    assert head.at_hand(5, 10) == b""
    head.at(0, 1)
    assert head.at_hand(5, 10) == BYTES[5:15]
    assert head.at_hand(65_530, 10) == BYTES[65_530:65_536]
    assert head.at_hand(65_536, 10) == head.at_hand(MIB, 10) == b""
    assert len(file.reads) == 1


def test_fetches_neighbours_in_one_read_and_leaves_one() -> None:
    head, file = head_of(BYTES)
    head.at(0, 1)
    places = [MIB, 2 * MIB, MIB + 500, 3 * MIB, 100, 2 * MIB + 9000]
    head.fetch_ahead([(place, 1000) for place in places])
    assert file.reads[1:] == [(MIB, 1500), (2 * MIB, 10_000), (3 * MIB, 1000)]
    assert all(head.at(place, 1000) == BYTES[place : place + 1000] for place in places)
    assert len(file.reads) == MAX_READS - 1


def test_fetches_the_first_ranges_if_there_are_too_many() -> None:
    head, file = head_of(bytes(64 * MIB))
    places = [place * MIB // 2 for place in range(100)]
    head.fetch_ahead([(place, 1000) for place in places])
    assert [place for place in places if head.at_hand(place, 1000)] == places[:7]
    assert len(file.reads) == MAX_READS - 1
    assert sum(length for _, length in file.reads) <= MAX_BYTES - 256 * 1024
    head.fetch_ahead([(50 * MIB, 1000)])
    assert len(file.reads) == MAX_READS - 1


def test_fetches_nothing_beyond_the_end() -> None:
    head, file = head_of(BYTES[:100])
    head.fetch_ahead([(90, 1000), (100, 1), (5000, 10)])
    assert file.reads == [(90, 10)]


@given(st.lists(st.tuples(st.integers(0, 5 * MIB), st.integers(0, MIB)), max_size=30), st.integers(0, 4 * MIB))
def test_stays_within_the_limits_whatever_is_fetched_ahead(ranges: list[tuple[int, int]], place: int) -> None:
    head, file = head_of(BYTES)
    head.fetch_ahead(ranges)
    with contextlib.suppress(HeaderTooLarge, Truncated):
        assert head.at(place, 10) == BYTES[place : place + 10]
    for offset, length in ranges:
        known = head.at_hand(offset, length)
        assert known == BYTES[offset : offset + len(known)]
    assert len(file.reads) <= MAX_READS
    assert sum(length for _, length in file.reads) <= MAX_BYTES


def test_two_mebibytes_are_all() -> None:
    head, file = head_of(BYTES)
    assert len(head.at(0, MAX_BYTES)) == MAX_BYTES
    with pytest.raises(HeaderTooLarge):
        head.at(MAX_BYTES, 1)
    assert sum(length for _, length in file.reads) == MAX_BYTES


def test_a_length_beyond_the_budget_costs_nothing() -> None:
    head, file = head_of(BYTES)
    with pytest.raises(HeaderTooLarge):
        head.at(0, MAX_BYTES + 1)
    assert not file.reads


def test_looks_up_only_so_often() -> None:
    head, _ = head_of(b"x")
    for _ in range(MAX_STEPS):
        head.at(0, 1)
    with pytest.raises(HeaderTooLarge):
        head.at(0, 1)


def test_a_short_read_is_no_finding() -> None:
    with pytest.raises(ReadFellShort) as caught:
        inspect(lambda offset, length: b"\x89PNG", 5000)
    assert not isinstance(caught.value, NotAnImage)


def test_a_reader_that_gives_more_than_asked_does_no_harm() -> None:
    head = Head(lambda offset, length: BYTES[offset:], 10)
    assert head.at(8, 2) == BYTES[8:10]
    with pytest.raises(Truncated):
        head.at(8, 3)


@pytest.mark.parametrize("error", [ConnectionError("reset"), ValueError("odd"), KeyError("key")])
def test_what_the_reader_raises_passes_through(error: Exception) -> None:
    def read(offset: int, length: int) -> bytes:
        raise error

    with pytest.raises(type(error)) as caught:
        inspect(read, 1000)
    assert caught.value is error


def test_fields_stop_at_the_end_of_their_stretch() -> None:
    head, _ = head_of(b"\x01\x02\x03\x04")
    fields = Fields(head, 0, 3)
    assert fields.uint(2) == 0x0102
    with pytest.raises(NotAnImage) as caught:
        fields.take(2)
    assert not isinstance(caught.value, Truncated)


def test_fields_say_truncated_where_the_file_ends() -> None:
    head, _ = head_of(b"\x01\x02")
    with pytest.raises(Truncated):
        Fields(head, 0, 100).take(3)


def test_fields_read_signed_and_little_endian_numbers() -> None:
    head, _ = head_of(b"\xff\xfe\x01\x02")
    fields = Fields(head, 0, 4)
    assert fields.sint(2) == -2
    assert fields.uint(2, "little") == 0x0201
