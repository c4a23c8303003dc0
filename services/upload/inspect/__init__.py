"""What an image file really is, read from its head.

``inspect(read, size)`` looks at the first bytes of a file, and at the few places further on that those bytes
point to, and says the media type and the size at which a viewer shows the picture. It decodes no pixels, makes
at most three ranged reads and takes at most 2 MiB, whatever the bytes are.

Errors::

    NotAnImage            a finding about the file: refuse it, with `detail` as the reason
    ├── Truncated         the file ends inside its own header
    ├── HeaderTooLarge    what must be known lies beyond what may be read
    └── TooManyPixels     more than MAX_PIXELS
    ReadFellShort         no finding: storage gave fewer bytes than it promised, try again
    (whatever `read` raises passes through untouched)
"""

from upload.inspect.findings import (
    MAX_PIXELS,
    HeaderTooLarge,
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
    "ImageInfo",
    "NotAnImage",
    "ReadFellShort",
    "TooManyPixels",
    "Truncated",
    "inspect",
]
