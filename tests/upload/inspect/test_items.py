"""The tables of items are read with bounded work, however little of the file an entry takes."""

import struct

import pytest

from tests.upload.inspect import heif_builder as heif
from tests.upload.inspect.corpus import CountingFile
from upload.inspect import HeaderTooLarge, items
from upload.inspect.bmff import Box
from upload.inspect.head import Head
from upload.inspect.items import Items


def read(*, properties: bytes = b"", associations: int = 0, locations: bytes = b"", located: int = 0) -> Items | None:
    """Read items that have each the same entry in `ipma`, and in an `iloc` whose numbers have no width."""
    of_each = (struct.pack(">HB", item, len(properties)) + properties for item in range(associations))
    at_each = (struct.pack(">HH", item, 0) + locations for item in range(located))
    meta = heif.full(
        b"meta",
        heif.full(b"pitm", struct.pack(">H", 1)),
        heif.full(b"iinf", bytes(2)),
        heif.box(
            b"iprp",
            heif.box(b"ipco", heif.extent(64, 48)),
            heif.full(b"ipma", struct.pack(">I", associations), *of_each),
        ),
        heif.full(b"iloc", bytes(2), struct.pack(">H", located), *at_each),
    )
    file = CountingFile(meta)
    return items.read(Head(file.read, len(meta)), Box(b"meta", 8, len(meta)))


def test_items_without_data_of_their_own_have_the_extents_that_they_list() -> None:
    found = read(locations=struct.pack(">H", 2), located=3)
    assert found is not None
    assert [len(extents) for extents in found.extents.values()] == [2, 2, 2]


def test_extents_that_take_no_bytes_are_counted() -> None:
    with pytest.raises(HeaderTooLarge):
        read(locations=struct.pack(">H", 0xFFFF), located=8000)


def test_properties_of_an_item_are_counted() -> None:
    found = read(properties=b"\x81" * 5, associations=2300)
    assert found is not None
    assert {len(listed) for listed in found.properties.values()} == {5}
    with pytest.raises(HeaderTooLarge):
        read(properties=b"\x81" * 255, associations=6000)
