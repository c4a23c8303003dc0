"""Parses AVIF and HEIC: the picture or the sequence that a HEIF file shows (ISO/IEC 23008-12; AVIF 1.1)."""

from typing import Final

from upload.inspect import coded, derivations, items, mini, tracks
from upload.inspect.bmff import Box, boxes
from upload.inspect.coded import Search
from upload.inspect.findings import (
    HeaderTooLarge,
    ImageInfo,
    NotAnImage,
    Size,
    Truncated,
    area,
    check_cropped,
    check_decoded,
    picture,
)
from upload.inspect.head import Fields, Head
from upload.inspect.transforms import shown_size, stated_size

_AVIF_BRANDS: Final = frozenset({b"avif", b"avis"})
_HEIC_BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_CODECS: Final = {  # type of a coded item: media type, and brands (the file must have one of them)
    b"av01": ("image/avif", _AVIF_BRANDS),
    b"hvc1": ("image/heic", _HEIC_BRANDS),
    b"hev1": ("image/heic", _HEIC_BRANDS),
}
_SMALL_BRAND: Final = b"mif3"
_SEQUENCE_BRANDS: Final = frozenset({b"avis", b"msf1", b"hevc", b"hevx"})
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
    return not named.isdisjoint(_AVIF_BRANDS | _HEIC_BRANDS | {_SMALL_BRAND})


def parse(head: Head, named: frozenset[bytes]) -> ImageInfo:
    """Return the size that browsers show, after transformations: that of a sequence if they play it, else the still.

    EXIF orientation is ignored: in HEIF only `irot` and `imir` turn a picture, and viewers follow that.
    """
    meta, film = _main_boxes(head, named)
    if _SMALL_BRAND in named:
        return _small(head, meta)
    found = _tracks(head, named, film)
    listed = items.read(head, meta) if meta else None
    played = _played(head, named, found)
    if listed is not None:
        kind = derivations.codec(listed)
        media_type, allowed = _CODECS[kind]
        if named.isdisjoint(allowed):
            raise NotAnImage("The file is damaged: its picture has another format than the file declares.")
        properties = listed.properties.get(listed.primary, [])
        declared = stated_size(head, properties)
        shown = shown_size(head, declared, properties, anywhere=media_type == "image/heic")
        derivations.check(head, listed)
    elif played is not None:
        media_type, declared = "image/avif", played.size
    else:
        raise NotAnImage(
            "The file is damaged: it does not say which picture it shows."
            if meta
            else "The file holds no still picture: it may be a film."
        )
    if played is not None:
        shown = shown_size(head, played.size, played.entries[0].coded.properties, anywhere=False)
        check_cropped(shown, played.size)
    head.fetch_ahead([extent for track in found for entry in track.entries for extent in entry.coded.start()])
    for track in found:
        _check_track(head, track, declared, Search.READ if played else Search.TRY)
    return picture(media_type, *shown)


def _main_boxes(head: Head, named: frozenset[bytes]) -> tuple[Box | None, Box | None]:
    """Return the first `meta` and the first `moov` box. A still picture is complete without the latter.

    With the brand for it a file has `mini` instead, and viewers refuse both together; else they ignore `mini`.
    """
    descriptions = {b"meta", b"mini"} if _SMALL_BRAND in named else {b"meta"}
    meta: Box | None = None
    film: Box | None = None
    try:
        for box in boxes(head, 0, head.size):
            if box.kind in descriptions and meta is None:
                meta = box
            elif box.kind == b"moov" and film is None:
                film = box
            if meta and (film or named.isdisjoint(_SEQUENCE_BRANDS)):
                break
    except Truncated:
        if meta is None or _is_strict(named):
            raise
    return meta, film


def _small(head: Head, box: Box | None) -> ImageInfo:
    """Return the size of a picture that is described in few bytes."""
    if box is None or box.kind != b"mini":
        raise NotAnImage("The file is damaged: its description has another form than the file declares.")
    found = mini.read(head, box)
    width, height = found.main.size
    coded.check(head, found.main.coded, found.main.size, Search.READ)
    if found.gain_map is not None:
        check_decoded((2 * width, 2 * height), found.gain_map.size)
    for part in (found.alpha, found.gain_map):
        if part is not None:
            coded.check(head, part.coded, part.size, Search.TRY)
    media_type, _ = _CODECS[found.kind]
    return picture(media_type, width, height, turned=found.turned)


def _tracks(head: Head, named: frozenset[bytes], film: Box | None) -> list[tracks.Track]:
    try:
        return tracks.read(head, film) if film else []
    except HeaderTooLarge:
        raise
    except NotAnImage:
        if _is_strict(named):
            raise
        return []


def _is_strict(named: frozenset[bytes]) -> bool:
    """Whether viewers refuse a file with a damaged sequence. Of a HEIC they show the still picture."""
    return not named.isdisjoint(_AVIF_BRANDS)


def _played(head: Head, named: frozenset[bytes], found: list[tracks.Track]) -> tracks.Track | None:
    """Return the track that browsers show instead of the still picture, as libavif chooses it by the major brand."""
    if named.isdisjoint(_AVIF_BRANDS) or head.at(8, 4) == b"avif":
        return None
    candidates = (track for track in found if track.kind in coded.AV1 and not track.is_auxiliary)
    return next((track for track in candidates if track.entries[0].coded.extents), None)


def _check_track(head: Head, track: tracks.Track, declared: Size, search: Search) -> None:
    """Check all sizes of a track against the size that the file declares."""
    for size in (track.size, *(entry.size for entry in track.entries)):
        if area(size):  # some writers leave it out
            check_decoded(declared, size)
    for entry in track.entries:
        coded.check(head, entry.coded, declared, search if entry.coded.extents else Search.TRY)
