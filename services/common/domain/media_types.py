"""Defines the image formats that the gallery accepts, and their file name extensions.

One table keeps four places consistent: the declared type of an upload, the type found in its bytes, the extension of a
published name, and the type of a listed picture (a LIST returns names, not types).
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal, TypeAlias, get_args

ImageType: TypeAlias = Literal["image/jpeg", "image/png", "image/webp", "image/gif", "image/avif", "image/heic"]
"""Media types of originals."""
PreviewType: TypeAlias = Literal["image/jpeg", "image/webp"]
"""Media types of previews: formats that every browser can encode and display."""

# The first extension of each type replaces a wrong or missing one.
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

# Image formats that are not accepted. On a file of an allowed type such an extension is a mistake, so it is replaced
# (scan.tiff -> scan.jpg). An unknown extension is kept as part of the name (report.v2 -> report.v2.jpg).
OTHER_IMAGE_EXTENSIONS: Final = frozenset({"apng", "bmp", "dng", "heics", "ico", "jp2", "jxl", "svg", "tif", "tiff"})


def extension_of(name: str) -> str:
    """The extension of `name` in lower case without its dot; "" if there is no dot or nothing before it."""
    stem, dot, extension = name.rpartition(".")
    return extension.lower() if stem and dot else ""


def media_type_of(name: str) -> ImageType | None:
    """The allowed media type for the extension of `name`, or None."""
    return _TYPE_OF_EXTENSION.get(extension_of(name))


def is_image_extension(extension: str) -> bool:
    """True when `extension` (lower case, no dot) names an image format, allowed or not."""
    return extension in _TYPE_OF_EXTENSION or extension in OTHER_IMAGE_EXTENSIONS
