"""Finds out from the first bytes of a file whether it is an allowed image, and which format and size it has.

``inspect(read, size)`` reads the first bytes of a file, and the few other places that these bytes point to. It
returns the media type, and the size at which a viewer shows the picture. It decodes no pixels. It makes at most
five ranged reads of at most 2 MiB in total, whatever the bytes are.

Errors::

    NotAnImage            the file is not an allowed image: refuse it, with `detail` as the reason
    ├── Truncated         the file ends inside its own header
    ├── HeaderTooLarge    the size was not found within the limits
    ├── TooManyPixels     more than MAX_PIXELS
    └── HiddenPixels      decoders would make more pixels than the file declares
    ReadFellShort         not about the file: storage returned too few bytes, try again
    (errors that `read` raises are passed on)
"""

from upload.inspect.findings import (
    MAX_PIXELS,
    HeaderTooLarge,
    HiddenPixels,
    ImageInfo,
    NotAnImage,
    TooManyPixels,
    Truncated,
)
from upload.inspect.formats import inspect
from upload.inspect.head import MAX_BYTES, MAX_READS, ReadFellShort

__all__ = [
    "MAX_BYTES",
    "MAX_PIXELS",
    "MAX_READS",
    "HeaderTooLarge",
    "HiddenPixels",
    "ImageInfo",
    "NotAnImage",
    "ReadFellShort",
    "TooManyPixels",
    "Truncated",
    "inspect",
]
