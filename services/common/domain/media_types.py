"""The image formats that may enter the gallery, and the file name extensions that go with them.

One table, because four places must agree: what may be declared, what the bytes may turn out to be, what
extension a published name carries, and what type a listed name has (a LIST shows names, no types).
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal, TypeAlias, get_args

ImageType: TypeAlias = Literal["image/jpeg", "image/png", "image/webp", "image/gif", "image/avif", "image/heic"]
"""Media types of originals."""
PreviewType: TypeAlias = Literal["image/jpeg", "image/webp"]
"""Media types of previews: what every browser both makes and shows."""

# The first extension of each type is the one that a wrong or missing extension is replaced with.
EXTENSIONS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "image/jpeg": ("jpg", "jpeg", "jpe", "jfif"),
        "image/png": ("png",),
        "image/webp": ("webp",),
        "image/gif": ("gif",),
        "image/avif": ("avif",),
        "image/heic": ("heic", "heif", "hif"),
    }
)

ALLOWED_TYPES: Final[tuple[ImageType, ...]] = get_args(ImageType)
PREVIEW_TYPES: Final[tuple[PreviewType, ...]] = get_args(PreviewType)

_TYPE_OF_EXTENSION: Final[Mapping[str, ImageType]] = MappingProxyType(
    {extension: media_type for media_type in ALLOWED_TYPES for extension in EXTENSIONS[media_type]}
)

# Image formats that we do not take, but whose extension on a file of an allowed type is plainly a mistake: it
# is replaced and not kept as a part of the name (scan.tiff -> scan.jpg, but report.v2 -> report.v2.jpg).
OTHER_IMAGE_EXTENSIONS: Final = frozenset({"apng", "bmp", "dng", "heics", "ico", "jp2", "jxl", "svg", "tif", "tiff"})


def extension_of(name: str) -> str:
    """The lower-case text after the last dot of `name`, or "" when there is no dot or nothing before it."""
    stem, dot, extension = name.rpartition(".")
    return extension.lower() if stem and dot else ""


def media_type_of(name: str) -> ImageType | None:
    """The allowed media type that the extension of `name` stands for, or None."""
    return _TYPE_OF_EXTENSION.get(extension_of(name))


def is_image_extension(extension: str) -> bool:
    """True when `extension` (lower case, no dot) names an image format, allowed or not."""
    return extension in _TYPE_OF_EXTENSION or extension in OTHER_IMAGE_EXTENSIONS
