"""Parses PNG (W3C PNG, third edition): the chunks before the picture data."""

import zlib
from typing import Final

from upload.inspect import exif
from upload.inspect.findings import HeaderTooLarge, HiddenPixels, ImageInfo, NotAnImage, Size, picture
from upload.inspect.head import Fields, Head

MEDIA_TYPE: Final = "image/png"
MAGIC: Final = b"\x89PNG\r\n\x1a\n"

_DEPTHS: Final = {0: {1, 2, 4, 8, 16}, 2: {8, 16}, 3: {1, 2, 4, 8}, 4: {8, 16}, 6: {8, 16}}  # by colour type


def parse(head: Head) -> ImageInfo:
    """Return the size from IHDR, after the orientation in the first eXIf chunk before IDAT. Browsers ignore others."""
    width, height = _image_header(head)
    turned: bool | None = None
    moves = False
    position = len(MAGIC) + 25
    try:
        while True:
            length = int.from_bytes(head.at(position, 4), "big")
            kind = head.at(position + 4, 4)
            if not kind.isalpha():
                raise NotAnImage("The PNG file is damaged: there is something else where a chunk must begin.")
            if kind == b"IDAT":
                break
            if kind == b"IEND":
                raise NotAnImage("The PNG file holds no picture: it ends without any picture data.")
            if kind == b"eXIf" and turned is None:
                body, checksum = head.at(position + 8, length), head.at(position + 8 + length, 4)
                turned = _is_intact(kind + body, checksum) and exif.swaps_sides(body)
            moves = moves or kind == b"acTL"
            if kind == b"fcTL" and moves:  # without acTL the picture is still, and browsers ignore fcTL (11.3.6.1)
                _check_first_frame(Fields(head, position + 8, position + 8 + length), (width, height))
            position += 12 + length
    except HeaderTooLarge:
        pass  # the size is known; the orientation stays unknown
    return picture(MEDIA_TYPE, width, height, turned=bool(turned))


def _check_first_frame(fields: Fields, canvas: Size) -> None:
    """Check that the first frame of an animation is within the picture (section 11.3.6.2).

    Decoders refuse the file otherwise. Of a later frame that is not, they show nothing.
    """
    fields.take(4)  # sequence number
    width, height, left, top = (fields.uint(4) for _ in range(4))
    if left + width > canvas[0] or top + height > canvas[1]:
        raise HiddenPixels(canvas, (left + width, top + height))


def _is_intact(kind_and_body: bytes, checksum: bytes) -> bool:
    """Whether the checksum of a chunk is correct. If not, browsers refuse an IHDR and ignore an eXIf."""
    return zlib.crc32(kind_and_body) == int.from_bytes(checksum, "big")


def _image_header(head: Head) -> tuple[int, int]:
    """Return width and height, each below 2³¹."""
    if head.at(8, 8) != b"\0\0\0\rIHDR":
        raise NotAnImage("The PNG file is damaged: it does not begin with an image header.")
    fields = Fields(head, 16, head.size)
    width, height, depth, colour, method, filtering, interlace = (fields.uint(n) for n in (4, 4, 1, 1, 1, 1, 1))
    makes_sense = depth in _DEPTHS.get(colour, ()) and method == filtering == 0 and interlace <= 1
    if not makes_sense or max(width, height) >> 31 or not _is_intact(head.at(12, 17), fields.take(4)):
        raise NotAnImage("The PNG file is damaged: its image header makes no sense.")
    return width, height
