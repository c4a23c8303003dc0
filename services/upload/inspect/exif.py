"""Reads the orientation from EXIF, because it may swap width and height."""

from typing import Final, Literal

PREFIX: Final = b"Exif\0\0"
_ORIENTATION: Final = 0x0112
_SHORT: Final = 3


def swaps_sides(tiff: bytes) -> bool:
    """Whether this EXIF block (without its prefix) tells viewers to swap width and height.

    Orientations 5 to 8 do (Exif 2.32, section 4.6.4). A damaged block is ignored, and so is an orientation that
    is not a single SHORT: browsers ignore them too.
    """
    orders: dict[bytes, Literal["big", "little"]] = {b"II*\0": "little", b"MM\0*": "big"}
    order = orders.get(tiff[:4])
    if order is None:
        return False

    def number(offset: int, length: int) -> int:
        return int.from_bytes(tiff[offset : offset + length], order)

    directory = number(4, 4)
    count = number(directory, 2)
    # An entry has 12 bytes: tag, type, number of values, value. Ignore entries beyond the end of the block.
    room = max(len(tiff) - directory - 2, 0) // 12
    for index in range(min(count, room)):
        entry = directory + 2 + 12 * index
        if number(entry, 2) == _ORIENTATION and number(entry + 2, 2) == _SHORT and number(entry + 4, 4) == 1:
            return 5 <= number(entry + 8, 2) <= 8
    return False
