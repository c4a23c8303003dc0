"""Parses AVIF and HEIC: the primary item of a HEIF file (ISO/IEC 23008-12; AV1 Image File Format 1.1)."""

from typing import Final

from upload.inspect.bmff import Box, boxes, full_box
from upload.inspect.findings import ImageInfo, NotAnImage, check_area, picture
from upload.inspect.head import Fields, Head

_AVIF_BRANDS: Final = frozenset({b"avif", b"avis"})
_HEIC_BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_CODECS: Final = {  # type of a coded item: media type, and brands (the file must have one of them)
    b"av01": ("image/avif", _AVIF_BRANDS),
    b"hvc1": ("image/heic", _HEIC_BRANDS),
    b"hev1": ("image/heic", _HEIC_BRANDS),
}
_DERIVED: Final = frozenset({b"grid", b"iden", b"iovl", b"tmap"})  # composed of other items, like many telephone photos
_MAX_DERIVATIONS: Final = 4
_MAX_BRANDS: Final = 256


def brands(head: Head) -> frozenset[bytes]:
    """Return the brands that the file declares; none unless it begins with a file type box."""
    fields = Fields(head, 0, head.size)
    size = fields.uint(4)
    if fields.take(4) != b"ftyp":
        return frozenset()
    listed = Fields(head, 8, min(size, 8 + 4 * _MAX_BRANDS))
    major = listed.take(8)[:4]
    count = (listed.end - listed.position) // 4
    return frozenset({major, *(listed.take(4) for _ in range(count))})


def is_heif(named: frozenset[bytes]) -> bool:
    """Whether a file with these brands may be AVIF or HEIC."""
    return not named.isdisjoint(_AVIF_BRANDS | _HEIC_BRANDS)


def parse(head: Head, named: frozenset[bytes]) -> ImageInfo:
    """Return the size of the primary item after its own transformations.

    EXIF orientation is ignored: in HEIF only `irot` and `imir` turn a picture, and viewers follow that.
    """
    meta = next((box for box in boxes(head, 0, head.size) if box.kind == b"meta"), None)
    if meta is None:
        raise NotAnImage("The file holds no still picture: it may be a film.")
    parts: dict[bytes, Box] = {}
    for box in boxes(head, meta.start + 4, meta.end):
        parts.setdefault(box.kind, box)
    try:
        primary, info, properties = parts[b"pitm"], parts[b"iinf"], parts[b"iprp"]
    except KeyError:
        raise NotAnImage("The file is damaged: it does not say which picture it shows.") from None
    version, _, fields = full_box(head, primary)
    item = fields.uint(2 if version == 0 else 4)
    media_type, allowed = _codec(head, item, _item_types(head, info), parts.get(b"iref"))
    if named.isdisjoint(allowed):
        raise NotAnImage("The file is damaged: its picture has another format than the file declares.")
    width, height = _shown_size(head, _properties_of(head, item, properties), media_type)
    return picture(media_type, width, height)


def _item_types(head: Head, info: Box) -> dict[int, bytes]:
    """Return the type of each item."""
    types: dict[int, bytes] = {}
    version, _, fields = full_box(head, info)
    fields.take(2 if version == 0 else 4)  # the number of entries, which is not needed
    for box in boxes(head, fields.position, info.end):
        if box.kind != b"infe":
            continue
        version, _, entry = full_box(head, box)
        item = entry.uint(2 if version <= 2 else 4)
        entry.take(2)  # protection index
        if version >= 2:  # older entries have no type; AV1 and HEVC items never use them
            types.setdefault(item, entry.take(4))
    return types


def _codec(head: Head, item: int, types: dict[int, bytes], references: Box | None) -> tuple[str, frozenset[bytes]]:
    """Return the media type and brands of the item, taken from the first coded item in it."""
    source: int | None = item
    for _ in range(_MAX_DERIVATIONS):
        kind = types.get(source) if source is not None else None
        if kind in _CODECS:
            return _CODECS[kind]
        if source is None or kind not in _DERIVED or references is None:
            break
        source = _first_source(head, source, references)
    raise NotAnImage("The file's picture is neither AVIF nor HEIC: it has another encoding.")


def _first_source(head: Head, item: int, references: Box) -> int | None:
    """Return the first source of a derived item."""
    version, _, fields = full_box(head, references)
    width = 2 if version == 0 else 4
    for box in boxes(head, fields.position, references.end):
        reference = Fields(head, box.start, box.end)
        if box.kind == b"dimg" and reference.uint(width) == item and reference.uint(2):
            return reference.uint(width)
    return None


def _properties_of(head: Head, item: int, properties: Box) -> list[Box]:
    """Return the properties of the item, in the order in which they apply."""
    known: list[Box] = []
    associations: list[Box] = []
    for box in boxes(head, properties.start, properties.end):
        if box.kind == b"ipco":
            known.extend(boxes(head, box.start, box.end))
        elif box.kind == b"ipma":
            associations.append(box)
    for box in associations:
        version, flags, fields = full_box(head, box)
        width = 2 if flags & 1 else 1
        for _ in range(fields.uint(4)):
            owner = fields.uint(2 if version == 0 else 4)
            # The first bit means "essential". The other bits are an index that starts at 1.
            indices = [fields.uint(width) & (1 << 8 * width - 1) - 1 for _ in range(fields.uint(1))]
            if owner == item:
                return [known[index - 1] for index in indices if 1 <= index <= len(known)]
    return []


def _shown_size(head: Head, properties: list[Box], media_type: str) -> tuple[int, int]:
    """Return the stored size after cropping and rotation, in the order of the properties. (`imir` keeps the size.)"""
    stored = next((box for box in properties if box.kind == b"ispe"), None)
    if stored is None:
        raise NotAnImage("The file is damaged: it does not say how large its picture is.")
    _, _, fields = full_box(head, stored)
    width, height = fields.uint(4), fields.uint(4)
    check_area(width, height)  # a decoder decodes all of it before it crops
    for box in properties:
        fields = Fields(head, box.start, box.end)
        if box.kind == b"clap":
            width, height = _cropped((width, height), fields, anywhere=media_type == "image/heic")
        elif box.kind == b"irot" and fields.uint(1) & 1:  # the unit is a quarter turn
            width, height = height, width
    return width, height


def _cropped(size: tuple[int, int], fields: Fields, *, anywhere: bool) -> tuple[int, int]:
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
