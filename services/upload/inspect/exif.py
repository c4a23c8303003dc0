"""The one thing in EXIF that changes a picture's shape: its orientation."""

from typing import Final, Literal

PREFIX: Final = b"Exif\0\0"
_ORIENTATION: Final = 0x0112
_SHORT: Final = 3


def swaps_sides(tiff: bytes) -> bool:
    """Whether this EXIF block (without its prefix) tells a viewer to show the picture with its sides swapped.

    Orientations 5 to 8 do (Exif 2.32, section 4.6.4). A damaged block, or an orientation that is not one
    SHORT, says nothing: browsers ignore it too.
    """
    orders: dict[bytes, Literal["big", "little"]] = {b"II*\0": "little", b"MM\0*": "big"}
    order = orders.get(tiff[:4])
    if order is None:
        return False

    def number(offset: int, length: int) -> int:
        return int.from_bytes(tiff[offset : offset + length], order)

    directory = number(4, 4)
    count = number(directory, 2)
    # An entry is 12 bytes: tag, type, count of values, value. What the block has no room for is not there.
    room = max(len(tiff) - directory - 2, 0) // 12
    for index in range(min(count, room)):
        entry = directory + 2 + 12 * index
        if number(entry, 2) == _ORIENTATION and number(entry + 2, 2) == _SHORT and number(entry + 4, 4) == 1:
            return 5 <= number(entry + 8, 2) <= 8
    return False
