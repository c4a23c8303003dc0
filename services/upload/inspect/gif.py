"""Parses GIF (GIF89a specification): the logical screen and the first image on it."""

from typing import Final

from upload.inspect.findings import ImageInfo, NotAnImage, picture
from upload.inspect.head import Fields, Head

MEDIA_TYPE: Final = "image/gif"
MAGICS: Final = (b"GIF87a", b"GIF89a")


def parse(head: Head) -> ImageInfo:
    """Return the size of the logical screen, enlarged to hold the first image, as browsers do.

    Later images may be larger, but browsers cut them at the screen's edges. Raises HeaderTooLarge if the first image
    is too far away: its size would be unknown.
    """
    fields = Fields(head, len(MAGICS[0]), head.size)
    width, height = fields.uint(2, "little"), fields.uint(2, "little")
    flags = fields.take(3)[0]
    fields.position += _palette(flags)
    right, bottom = _first_image(fields)
    return picture(MEDIA_TYPE, max(width, right), max(height, bottom))


def _palette(flags: int) -> int:
    """The size in bytes of the colour table that these flags announce."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _first_image(fields: Fields) -> tuple[int, int]:
    """The right and the bottom edge of the first image on the logical screen."""
    while (introducer := fields.take(1)) == b"!":  # an extension: a label, then blocks; an empty block ends it
        fields.take(1)
        while length := fields.uint(1):
            fields.position += length
    if introducer != b",":
        raise NotAnImage("The GIF file holds no picture, or is damaged before its first one.")
    left, top, width, height = (fields.uint(2, "little") for _ in range(4))
    return left + width, top + height
