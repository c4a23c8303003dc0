"""Chooses the parser for a file by its first bytes alone, never by its name or declared type."""

from typing import Final

from upload.inspect import foreign, gif, heif, jpeg, png, webp
from upload.inspect.findings import ImageInfo, NotAnImage
from upload.inspect.head import Head, Read

_START: Final = 512


def inspect(read: Read, size: int) -> ImageInfo:
    """Inspect the file of `size` bytes.

    `read(offset, length)` returns that range of the file. It is never called for bytes beyond the end. It is
    called at most MAX_READS times, for at most MAX_BYTES in total.

    Raises NotAnImage (or a subclass) when the file is not an allowed image, ReadFellShort when `read` returns
    too little, and whatever `read` raises.
    """
    if size <= 0:
        raise NotAnImage("The file is empty.")
    head = Head(read, size)
    start = head.at(0, min(size, _START))
    if start.startswith(jpeg.MAGIC):
        return jpeg.parse(head)
    if start.startswith(png.MAGIC):
        return png.parse(head)
    if start.startswith(gif.MAGICS):
        return gif.parse(head)
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return webp.parse(head)
    if start[4:8] == b"ftyp":
        named = heif.brands(head)
        if heif.is_heif(named):
            return heif.parse(head, named)
    name = foreign.describe(start)
    what = f"The file is {name}" if name else "The file is no picture that is known here"
    raise NotAnImage(f"{what}; only JPEG, PNG, WebP, GIF, AVIF and HEIC are allowed.")
