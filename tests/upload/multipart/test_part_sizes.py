"""The parts of a file cover it exactly, within the limits of storage."""

import base64
import hashlib

from hypothesis import given
from hypothesis import strategies as st

from upload.multipart.part_sizes import (
    MAX_PARTS,
    MIB,
    MIN_PART,
    MULTIPART_FROM,
    USUAL_PART,
    PartLayout,
    composite_checksum,
    part_size_for,
)

LARGEST = 5 * 1024**4
"""S3's largest object, in bytes."""


def test_below_16_mib_a_file_is_not_cut() -> None:
    assert [part_size_for(size) for size in (1, 16 * MIB - 1, 16 * MIB)] == [0, 0, USUAL_PART]


def test_parts_grow_when_10_000_would_not_do() -> None:
    size = USUAL_PART * MAX_PARTS
    assert part_size_for(size) == USUAL_PART
    assert (part_size_for(size + 1), PartLayout(size + 1, part_size_for(size + 1)).count) == (USUAL_PART + 1, MAX_PARTS)


@given(st.integers(MULTIPART_FROM, LARGEST))
def test_the_parts_are_the_file_and_as_large_as_storage_wants_them(size: int) -> None:
    layout = PartLayout(size, part_size_for(size))
    last = layout.length(layout.count)
    assert 2 <= layout.count <= MAX_PARTS
    assert layout.part_size >= MIN_PART
    assert 1 <= last <= layout.part_size
    assert layout.length(1) * (layout.count - 1) + last == size


def test_the_composite_is_the_hash_of_the_parts_hashes() -> None:
    digests = [hashlib.sha256(part).digest() for part in (b"one", b"two")]
    expected = base64.b64encode(hashlib.sha256(b"".join(digests)).digest()).decode() + "-2"
    assert composite_checksum(base64.b64encode(digest).decode() for digest in digests) == expected
