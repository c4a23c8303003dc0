"""Defines the results of an inspection: an image with its size, or the reason why the file is refused."""

from dataclasses import dataclass
from typing import Final

Size = tuple[int, int]
"""Width and height in pixels."""

MAX_PIXELS: Final = 150_000_000
"""A small file with more pixels can use gigabytes of a viewer's memory."""

BLOCK: Final = 64
"""Encoders pad each side, in pixels, to whole blocks: at most 64 in HEVC (H.265, 7.4.3.2.1), usually so in AV1."""

_MAX_CROPPED: Final = 16_000_000
"""A photograph may be cropped to a small part without new encoding. This many decoded pixels take 64 MB."""


class NotAnImage(Exception):
    """The file is not an allowed image; `detail` is a sentence for the sender."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class Truncated(NotAnImage):
    """The file ends inside its own header."""

    def __init__(self) -> None:
        super().__init__("The file is cut off: it ends before its picture begins.")


class HeaderTooLarge(NotAnImage):
    """The size was not found within the limits on bytes, reads and look-ups."""

    def __init__(self) -> None:
        super().__init__("The file's header is too large: the size of the picture was not found in it.")


class TooManyPixels(NotAnImage):
    """The picture has more than MAX_PIXELS."""

    def __init__(self, width: int, height: int) -> None:
        limit = MAX_PIXELS // 1_000_000
        super().__init__(f"The picture has {width:,} by {height:,} pixels; at most {limit} megapixels are allowed.")


class HiddenPixels(NotAnImage):
    """Decoders would make more pixels than the file declares."""

    def __init__(self, declared: Size, decoded: Size) -> None:
        super().__init__(
            f"The file says that its picture has {declared[0]:,} by {declared[1]:,} pixels, "
            f"but a part of it has {decoded[0]:,} by {decoded[1]:,}."
        )


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """An allowed image: its true media type, and its size in pixels as viewers show it (after rotation)."""

    media_type: str
    width: int
    height: int


def picture(media_type: str, width: int, height: int, *, turned: bool = False) -> ImageInfo:
    """Return the result for a stored size in pixels; `turned` if viewers swap width and height.

    Raises NotAnImage for a size of zero and TooManyPixels above the limit.
    """
    if turned:
        width, height = height, width
    check_area(width, height)
    return ImageInfo(media_type, width, height)


def check_area(width: int, height: int) -> None:
    """Raise NotAnImage for a size of zero, TooManyPixels above the limit."""
    if width <= 0 or height <= 0:
        raise NotAnImage(f"The picture has no area: its header says {width:,} by {height:,} pixels.")
    if width * height > MAX_PIXELS:
        raise TooManyPixels(width, height)


def check_decoded(declared: Size, decoded: Size) -> None:
    """Check the size that a decoder makes of a part of a file against the size that the file declares for it.

    It may be larger by less than a block on each side. Areas are compared: a viewer's memory depends on them alone.

    Raises NotAnImage for a size of zero, TooManyPixels above the limit, HiddenPixels for more than was declared.
    """
    check_area(*decoded)
    if area(decoded) > area(padded(declared)):
        raise HiddenPixels(declared, decoded)


def check_cropped(shown: Size, stored: Size) -> None:
    """Check a picture that shows only a part of itself: most of a large picture may not be hidden.

    Raises HiddenPixels if more than three quarters of it are cropped away, and that is more than a small photograph.
    """
    if area(stored) > max(4 * area(padded(shown)), _MAX_CROPPED):
        raise HiddenPixels(shown, stored)


def padded(size: Size) -> Size:
    """Return the size after padding to whole blocks."""
    width, height = (-(-side // BLOCK) * BLOCK for side in size)
    return width, height


def area(size: Size) -> int:
    """The number of pixels."""
    return size[0] * size[1]
