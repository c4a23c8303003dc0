"""Applies the boxes that crop and turn a picture (ISO/IEC 23008-12, section 6.5)."""

from collections.abc import Iterable

from upload.inspect.bmff import Box, full_box
from upload.inspect.findings import NotAnImage, Size, check_area
from upload.inspect.head import Fields, Head


def stated_size(head: Head, properties: Iterable[Box]) -> Size:
    """Return the size before all transformations (`ispe`, ISO/IEC 23008-12, 6.5.3). Raises NotAnImage without one."""
    stated = next((box for box in properties if box.kind == b"ispe"), None)
    if stated is None:
        raise NotAnImage("The file is damaged: it does not say how large its picture is.")
    _, _, fields = full_box(head, stated)
    size = fields.uint(4), fields.uint(4)
    check_area(*size)  # a decoder decodes all of it before it crops
    return size


def shown_size(head: Head, size: Size, properties: Iterable[Box], *, anywhere: bool) -> Size:
    """Return the size after cropping and rotation, in the order of the properties. (`imir` keeps the size.)

    `anywhere` tells whether viewers apply every crop, as they do in HEIC.
    """
    width, height = size
    for box in properties:
        fields = Fields(head, box.start, box.end)
        if box.kind == b"clap":
            width, height = _cropped((width, height), fields, anywhere=anywhere)
        elif box.kind == b"irot" and fields.uint(1) & 1:  # the unit is a quarter turn
            width, height = height, width
    return width, height


def _cropped(size: Size, fields: Fields, *, anywhere: bool) -> Size:
    """Return the size of a clean aperture. It has four fractions; the last two are the offset of its centre.

    HEVC encoders write one whenever they pad a picture to whole blocks, and libheif applies it `anywhere`. In an
    AVIF, Chromium applies one only if it is at the top left and in whole pixels; else it shows the whole picture.
    """
    inner: list[int] = []
    apertures = [(fields.uint(4), fields.uint(4)) for _ in size]
    offsets = [(fields.sint(4), fields.uint(4)) for _ in size]
    for length, (aperture, divisor), (offset, offset_divisor) in zip(size, apertures, offsets, strict=True):
        is_at_edge = 2 * offset * divisor == (aperture - length * divisor) * offset_divisor
        if not anywhere and (not divisor or aperture % divisor or not is_at_edge):
            return size
        inner.append(min(length, (2 * aperture + divisor) // (2 * divisor)) if divisor else 0)
    return inner[0], inner[1]
