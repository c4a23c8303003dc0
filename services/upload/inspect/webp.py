"""Parses WebP (RFC 9649): its RIFF chunks."""

from typing import Final

from upload.inspect import exif
from upload.inspect.findings import HeaderTooLarge, HiddenPixels, ImageInfo, NotAnImage, Size, picture
from upload.inspect.head import Fields, Head

MEDIA_TYPE: Final = "image/webp"

_HAS_EXIF, _IS_ANIMATED = 0x08, 0x02
_TAIL: Final = 256 * 1024
_FRAME: Final = 24
"""The bytes of an ANMF chunk before its picture."""


def parse(head: Head) -> ImageInfo:
    """Return the size of the canvas, after the orientation in the EXIF chunk."""
    fields = Fields(head, 12, head.size)
    kind = fields.take(4)
    length = fields.uint(4, "little")
    if kind != b"VP8X":
        return picture(MEDIA_TYPE, *_bitstream(kind, Fields(head, 20, 20 + length)))
    flags = Fields(head, 20, 20 + length).take(10)
    canvas = int.from_bytes(flags[4:7], "little") + 1, int.from_bytes(flags[7:10], "little") + 1
    end = min(head.size, 8 + int.from_bytes(head.at(4, 4), "little"))
    turned = False
    try:
        first = _first_picture(head, _after(20, length), end, canvas)
        if flags[0] & _HAS_EXIF:
            turned = _turned(head, first, end, animated=bool(flags[0] & _IS_ANIMATED))
    except HeaderTooLarge:
        pass  # the canvas is known; the orientation stays unknown
    return picture(MEDIA_TYPE, *canvas, turned=turned)


def _after(body: int, length: int) -> int:
    """The position of the next chunk: chunks are padded to an even length."""
    return body + length + length % 2


def _header(head: Head, position: int) -> tuple[bytes, int]:
    """Return the type and length of the chunk at `position`."""
    data = head.at(position, 8)
    return data[:4], int.from_bytes(data[4:], "little")


def _first_picture(head: Head, position: int, end: int, canvas: Size) -> int:
    """Return the position of the still picture or of the first frame.

    A still picture must have the size of the canvas, as in every decoder. A small canvas could hide a huge picture.
    """
    while position + 8 <= end:
        kind, length = _header(head, position)
        if kind in (b"VP8 ", b"VP8L"):
            if _bitstream(kind, Fields(head, position + 8, position + 8 + length)) != canvas:
                raise NotAnImage("The WebP file is damaged: its picture and its canvas differ in size.")
            return position
        if kind == b"ANMF":
            _check_frames(head, position, end, canvas)
            return position
        position = _after(position + 8, length)
    raise NotAnImage("The WebP file holds no picture, or is cut off before it.")


def _check_frames(head: Head, position: int, end: int, canvas: Size) -> None:
    """Check the first frame, and those after it that are known without a read.

    A frame must be within the canvas, and its picture no larger than the frame. Decoders refuse the file otherwise.
    """
    is_first = True
    while position + 8 <= end and (is_first or head.holds(position, _FRAME)):
        kind, length = _header(head, position)
        if kind == b"ANMF":
            fields = Fields(head, position + 8, position + 8 + length)
            left, top, width, height = (fields.uint(3, "little") for _ in range(4))
            frame = width + 1, height + 1
            if 2 * left + frame[0] > canvas[0] or 2 * top + frame[1] > canvas[1]:
                raise HiddenPixels(canvas, (2 * left + frame[0], 2 * top + frame[1]))
            _check_picture(head, position + 24, position + 8 + length, frame)
        position = _after(position + 8, length)
        is_first = False


def _check_picture(head: Head, position: int, end: int, frame: Size) -> None:
    """Check the size of the picture in a frame, as far as it is known without a read: alpha may be before it."""
    while position + 8 <= end and head.holds(position, 18):
        kind, length = _header(head, position)
        if kind in (b"VP8 ", b"VP8L"):
            width, height = _bitstream(kind, Fields(head, position + 8, position + 8 + length))
            if width > frame[0] or height > frame[1]:
                raise HiddenPixels(frame, (width, height))
            return
        position = _after(position + 8, length)


def _bitstream(kind: bytes, fields: Fields) -> Size:
    """Return width and height of a lossy (RFC 6386, 9.1) or lossless (RFC 9649, 3.4) picture."""
    if kind == b"VP8 ":
        start = fields.take(10)
        bits = int.from_bytes(start[6:], "little")
        if start[0] & 1 == 0 and start[3:6] == b"\x9d\x01\x2a":  # a key frame; above each size are two scaling bits
            return bits & 0x3FFF, bits >> 16 & 0x3FFF
    elif kind == b"VP8L":
        start = fields.take(5)
        bits = int.from_bytes(start[1:], "little")
        if start[0] == 0x2F and bits >> 29 == 0:
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    raise NotAnImage("The WebP file is damaged: no picture begins where one must.")


def _turned(head: Head, position: int, end: int, *, animated: bool) -> bool:
    """Whether the EXIF chunk after the picture swaps width and height.

    WebKit and Pillow then turn the picture. Chromium does not, although it applies EXIF in JPEG and PNG.
    """
    while position + 8 <= end:
        if animated and not head.holds(position, 8):
            # Each frame is a chunk. To skip them all, look at the end, where EXIF and XMP are.
            start = max(position, end - _TAIL)
            return exif.swaps_sides(_exif_at_end(head.at(start, end - start)))
        kind, length = _header(head, position)
        if kind == b"EXIF" and position + 8 + length <= end:
            return exif.swaps_sides(head.at(position + 8, length).removeprefix(exif.PREFIX))
        position = _after(position + 8, length)
    return False


def _exif_at_end(tail: bytes) -> bytes:
    """Return the EXIF block in the last bytes of a file: the last chunk, or the last but one (before XMP)."""
    start = tail.find(b"EXIF")
    while start >= 0:
        length = int.from_bytes(tail[start + 4 : start + 8], "little")
        behind = _after(start + 8, length)
        if len(tail) not in (
            behind,
            _after(behind + 8, int.from_bytes(tail[behind + 4 : behind + 8], "little")),
        ):
            start = tail.find(b"EXIF", start + 1)
            continue
        return tail[start + 8 : start + 8 + length].removeprefix(exif.PREFIX)
    return b""
