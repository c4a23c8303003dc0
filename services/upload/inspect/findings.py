"""Defines the results of an inspection: an image with its size, or the reason why the file is refused."""

from dataclasses import dataclass
from typing import Final

MAX_PIXELS: Final = 150_000_000
"""A small file with more pixels can use gigabytes of a viewer's memory."""


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
        super().__init__(f"The picture has {width:,} × {height:,} pixels; at most {limit} megapixels are allowed.")


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
        raise NotAnImage(f"The picture has no area: its header says {width:,} × {height:,} pixels.")
    if width * height > MAX_PIXELS:
        raise TooManyPixels(width, height)
