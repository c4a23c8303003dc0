"""What can be found out about a file: an image and its size, or the reason why it is none."""

from dataclasses import dataclass
from typing import Final

MAX_PIXELS: Final = 150_000_000
"""Above this a small file can take gigabytes of a viewer's memory."""


class NotAnImage(Exception):
    """The bytes are no image that is allowed here; `detail` is a sentence for the person who sent them."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class Truncated(NotAnImage):
    """The file ends inside its own header."""

    def __init__(self) -> None:
        super().__init__("The file is cut off: it ends before its picture begins.")


class HeaderTooLarge(NotAnImage):
    """What must be known stands further in, or behind more entries, than is read of any file."""

    def __init__(self) -> None:
        super().__init__("The file's header is too large: the size of the picture was not found in it.")


class TooManyPixels(NotAnImage):
    """A picture of more than MAX_PIXELS."""

    def __init__(self, width: int, height: int) -> None:
        limit = MAX_PIXELS // 1_000_000
        super().__init__(f"The picture has {width:,} × {height:,} pixels; at most {limit} megapixels are allowed.")


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """An allowed image: its true media type, and its size in pixels as a viewer shows it, upright."""

    media_type: str
    width: int
    height: int


def picture(media_type: str, width: int, height: int, *, turned: bool = False) -> ImageInfo:
    """The finding for a stored size; `turned` if viewers show it with its sides swapped.

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
