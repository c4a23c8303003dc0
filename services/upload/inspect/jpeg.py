"""Parses JPEG (ITU-T T.81, annex B): the segments before the first scan."""

from typing import Final

from upload.inspect import exif
from upload.inspect.findings import HeaderTooLarge, ImageInfo, NotAnImage, picture
from upload.inspect.head import Fields, Head

MEDIA_TYPE: Final = "image/jpeg"
MAGIC: Final = b"\xff\xd8\xff"

_START_OF_IMAGE, _END_OF_IMAGE, _START_OF_SCAN, _APP1 = 0xD8, 0xD9, 0xDA, 0xE1
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # DHT, JPG and DAC share the frames' range
_BARE: Final = frozenset({0x01, *range(0xD0, 0xD8)})  # TEM and the restart markers have no length


def parse(head: Head) -> ImageInfo:
    """Return the size from the frame header, after the orientation in the first EXIF segment before the scan."""
    size: tuple[int, int] | None = None
    turned: bool | None = None
    position = 2
    try:
        while True:
            marker, position = _next_marker(head, position)
            if marker in (_START_OF_SCAN, _END_OF_IMAGE):
                break
            if marker == _START_OF_IMAGE:
                raise NotAnImage("The JPEG file is damaged: a second picture begins inside its header.")
            if marker in _BARE:
                continue
            length = int.from_bytes(head.at(position, 2), "big")
            if length < 2:
                raise NotAnImage("The JPEG file is damaged: a segment of its header has no length.")
            body, position = position + 2, position + length
            if marker in _FRAMES and size is None:
                size = _frame(Fields(head, body, position))
            elif marker == _APP1 and turned is None:
                segment = head.at(body, length - 2)
                if segment.startswith(exif.PREFIX):  # only the first one counts, as in browsers
                    turned = exif.swaps_sides(segment.removeprefix(exif.PREFIX))
    except HeaderTooLarge:
        if size is None:
            raise  # the size is needed; the orientation may stay unknown
    if size is None:
        raise NotAnImage("The JPEG file holds no picture: it has no frame header.")
    return picture(MEDIA_TYPE, *size, turned=bool(turned))


def _next_marker(head: Head, position: int) -> tuple[int, int]:
    """Return the code of the next marker and the position after it. Skips stray bytes before it, as decoders do."""
    code = 0
    while code == 0:  # FF 00 is a stuffed byte, not a marker
        while head.at(position, 1) != b"\xff":
            position += 1
        while (code := head.at(position, 1)[0]) == 0xFF:  # any number of fill bytes
            position += 1
        position += 1
    return code, position


def _frame(fields: Fields) -> tuple[int, int]:
    """Return the width and height of a frame header. No browser shows a file that sends its height later, as DNL."""
    precision, height, width, components = (fields.uint(length) for length in (1, 2, 2, 1))
    if not 2 <= precision <= 16 or not 1 <= components <= 4 or fields.end - fields.position != 3 * components:
        raise NotAnImage("The JPEG file is damaged: its frame header makes no sense.")
    return width, height
