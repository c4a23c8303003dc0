"""AVIF and HEIC: the primary item, wherever and however it is described."""

import io
import struct
from typing import Any

import pillow_heif
import pytest

from tests.upload.inspect import heif_builder as heif
from tests.upload.inspect.corpus import ORIENTATIONS, CountingFile, encode, exif, heic, look, noise, plain, shown_size
from upload.inspect import HeaderTooLarge, ImageInfo, NotAnImage, TooManyPixels

AVIF, HEIC = encode(plain(64, 64), "AVIF"), heic(plain(64, 64))
SOURCES = [pytest.param(AVIF, id="avif"), pytest.param(HEIC, id="heic")]
CORNER = heif.box(b"clap", struct.pack(">IIIIiIiI", 32, 1, 16, 1, -16, 1, -24, 1))


def decoded(data: bytes) -> ImageInfo:
    """The reference: the size at which libavif (in Pillow) or libheif displays the whole file."""
    if look(data).media_type == "image/avif":
        return ImageInfo("image/avif", *shown_size(data))
    return ImageInfo("image/heic", *pillow_heif.open_heif(io.BytesIO(data)).to_pillow().size)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_an_avif_has_the_size_shown(orientation: int) -> None:
    data = encode(plain(), "AVIF", exif=exif(orientation))
    assert look(data) == ImageInfo("image/avif", *shown_size(data))


def test_an_animated_avif_counts_as_its_still() -> None:
    # Without EXIF: Pillow 13.0 crashes when an orientation meets a second frame.
    data = encode(noise(), "AVIF", save_all=True, append_images=[noise(seed=1)])
    assert data[8:12] == b"avis"
    assert look(data) == ImageInfo("image/avif", *shown_size(data))


@pytest.mark.parametrize("size", [(60, 40), (64, 64), (1, 1), (333, 211)])
def test_a_heic_has_the_size_shown_not_the_padded_one(size: tuple[int, int]) -> None:
    data = heic(plain(*size))
    assert look(data) == decoded(data) == ImageInfo("image/heic", *size)


@pytest.mark.parametrize("kind", ["avif", "heic"])
def test_exif_turns_nothing(kind: str) -> None:
    """Only irot and imir rotate; a telephone writes EXIF as well, and applying both would rotate twice."""
    turned = exif(6)
    unknown = turned.replace(b"\x12\x01", b"\x13\x01")  # encoders derive irot from the EXIF tag
    data = encode(plain(64, 32), "AVIF", exif=unknown) if kind == "avif" else heic(plain(64, 32), exif=unknown)
    assert unknown[6:] in data
    data = data.replace(unknown[6:], turned[6:])
    assert look(data) == decoded(data) == ImageInfo(f"image/{kind}", 64, 32)


LAYOUTS: list[dict[str, Any]] = [
    {},
    {"grid": (3, 2)},
    {"grid": (3, 2), "wide": True},
    {"grid": (3, 2), "transforms": [heif.rotation(1)]},
    {"grid": (3, 2), "transforms": [heif.rotation(2)]},
    {"grid": (3, 2), "transforms": [heif.rotation(3), heif.mirror(1)]},
    {"grid": (3, 2), "transforms": [heif.mirror(0)]},
    {"grid": (2, 1), "wide": True, "data_first": True},
    {"grid": (2, 1), "data_first": True, "large_sizes": True, "padding": 3_000_000, "transforms": [heif.rotation(3)]},
]


@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
@pytest.mark.parametrize("source", SOURCES)
def test_grids_turns_and_layouts_are_as_decoders_see_them(source: bytes, layout: dict[str, Any]) -> None:
    data = heif.build(source, **layout)
    assert look(data) == decoded(data)


@pytest.mark.parametrize("order", ["turn first", "mirror first"])
@pytest.mark.parametrize("axis", [None, 0, 1])
@pytest.mark.parametrize("turns", [0, 1, 2, 3])
@pytest.mark.parametrize("source", SOURCES)
def test_every_way_to_hold_a_telephone_is_as_decoders_see_it(
    source: bytes, turns: int, axis: int | None, order: str
) -> None:
    """The EXIF orientations 1 to 8 in HEIF: irot and imir, in either order, on a grid of tiles."""
    transforms = [heif.rotation(turns), *([] if axis is None else [heif.mirror(axis)])]
    data = heif.build(source, grid=(3, 2), transforms=transforms if order == "turn first" else transforms[::-1])
    assert look(data) == decoded(data)
    assert (look(data).width, look(data).height) == ((192, 128) if turns % 2 == 0 else (128, 192))


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_a_heic_that_an_encoder_turned_has_the_size_shown(orientation: int) -> None:
    data = heic(plain(60, 40), exif=exif(orientation))
    assert look(data) == decoded(data)


@pytest.mark.parametrize(
    "transforms",
    [
        [heif.crop(100, 50)],
        [heif.crop(100, 50), heif.rotation(1), heif.mirror(0)],
        [heif.rotation(1), heif.crop(20, 10)],
        [heif.crop(61, 31, 2)],
        [heif.crop(500, 50)],
        [CORNER, heif.rotation(3)],
    ],
)
def test_a_heic_is_cropped_as_libheif_crops_it(transforms: list[bytes]) -> None:
    data = heif.build(HEIC, grid=(3, 2), transforms=transforms)
    assert look(data) == decoded(data)


def test_an_avif_is_cropped_only_at_its_corner() -> None:
    """As measured in Chromium; libavif leaves cropping to its callers."""
    assert look(heif.build(AVIF, transforms=[CORNER])) == ImageInfo("image/avif", 32, 16)
    assert look(heif.build(AVIF, transforms=[CORNER, heif.rotation(1)])) == ImageInfo("image/avif", 16, 32)
    for crop in (heif.crop(32, 16), heif.crop(61, 31, 2), heif.crop(0, 0), heif.crop(5, 5, 0)):
        assert look(heif.build(AVIF, transforms=[crop])) == ImageInfo("image/avif", 64, 64)


@pytest.mark.parametrize("crop", [heif.crop(0, 10), heif.crop(5, 5, 0)])
def test_a_heic_cropped_to_nothing_is_refused(crop: bytes) -> None:
    with pytest.raises(NotAnImage, match="no area"):
        look(heif.build(HEIC, transforms=[crop]))


def test_an_ordinary_file_costs_one_read() -> None:
    file = CountingFile(heif.build(HEIC, grid=(8, 6), padding=50_000) + heif.box(b"free", bytes(500_000)))
    assert file.inspect() == ImageInfo("image/heic", 512, 384)
    assert file.reads == [(0, 65536)]


def test_data_far_behind_their_description_cost_one_more() -> None:
    file = CountingFile(heif.build(HEIC, grid=(8, 6), padding=200_000))
    assert file.inspect() == ImageInfo("image/heic", 512, 384)
    assert len(file.reads) == 2
    assert file.reads[1][1] < 100


def test_a_description_behind_the_data_costs_one_more() -> None:
    data = heif.build(HEIC, grid=(8, 6), data_first=True)
    place = data.index(b"meta") - 4
    file = CountingFile(data[:place] + heif.box(b"free", bytes(500_000)) + data[place:])
    assert file.inspect() == ImageInfo("image/heic", 512, 384)
    assert len(file.reads) == 2


@pytest.mark.parametrize("source", SOURCES)
def test_cut_off_anywhere_in_its_description_it_is_refused(source: bytes) -> None:
    for length in range(12, source.index(b"mdat") - 4):
        with pytest.raises(NotAnImage, match=r"cut off|shorter|no still picture"):
            look(source[:length])


@pytest.mark.parametrize(
    ("source", "brands"),
    [(AVIF, b"heic\0\0\0\0mif1heic"), (HEIC, b"avif\0\0\0\0avifmiaf"), (AVIF, b"mif1\0\0\0\0mif1")],
)
def test_a_picture_of_another_kind_than_its_brands_is_refused(source: bytes, brands: bytes) -> None:
    with pytest.raises(NotAnImage, match="another format"):
        look(heif.build(source, brands=brands))


@pytest.mark.parametrize("brands", [b"heix\0\0\0\0", b"mif1\0\0\0\0mif1heic", b"MiHB\0\0\0\0mif1"])
def test_a_heic_goes_by_several_brands(brands: bytes) -> None:
    assert look(heif.build(HEIC, brands=brands)) == ImageInfo("image/heic", 64, 64)


@pytest.mark.parametrize("codec", [b"jpeg", b"avc1", b"vvc1", b"mime", b"grid"])
def test_a_picture_coded_in_another_way_is_refused(codec: bytes) -> None:
    with pytest.raises(NotAnImage, match="neither AVIF nor HEIC"):
        look(heif.build(HEIC, codec=codec))


@pytest.mark.parametrize("brand", [b"isom", b"mp42", b"qt  ", b"M4V ", b"crx ", b"jxl "])
def test_a_film_or_another_kind_of_picture_is_refused(brand: bytes) -> None:
    with pytest.raises(NotAnImage, match="The file is a film, or a picture of another kind; only JPEG"):
        look(heif.build(HEIC, brands=brand + bytes(4) + b"isom"))


def test_a_film_with_the_brand_of_a_picture_is_refused() -> None:
    with pytest.raises(NotAnImage, match="may be a film"):
        look(heif.box(b"ftyp", b"avif\0\0\0\0avif") + heif.box(b"moov", bytes(100)) + heif.box(b"mdat", bytes(9)))


@pytest.mark.parametrize("size", [(0, 64), (64, 0)])
def test_no_area_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(NotAnImage, match="no area"):
        look(AVIF.replace(heif.extent(64, 64), heif.extent(*size)))


def test_a_pixel_bomb_is_refused_however_small_its_crop() -> None:
    data = heif.build(HEIC, transforms=[heif.crop(10, 10)])
    with pytest.raises(TooManyPixels, match="100,000 by 64,000"):
        look(data.replace(heif.extent(64, 64), heif.extent(100_000, 64_000)))


@pytest.mark.parametrize("part", [b"pitm", b"iinf", b"iprp", b"ispe", b"ipma", b"ipco"])
@pytest.mark.parametrize("source", SOURCES)
def test_without_a_needed_part_it_is_refused(source: bytes, part: bytes) -> None:
    with pytest.raises(NotAnImage):
        look(source.replace(part, b"free"))


def start(*rest: bytes) -> bytes:
    return heif.box(b"ftyp", b"heic\0\0\0\0mif1heic") + b"".join(rest)


@pytest.mark.parametrize(
    "data",
    [
        start(struct.pack(">I4s", 4, b"meta"), bytes(50)),
        start(struct.pack(">I4sQ", 1, b"meta", 8), bytes(50)),
        start(struct.pack(">I4sQ", 1, b"mdat", 2**64 - 1), bytes(50)),
        start(struct.pack(">I4s", 0, b"mdat"), bytes(50)),
        start(struct.pack(">I4s", 0, b"meta"), bytes(50)),
        start(heif.full(b"meta", struct.pack(">I4s", 200, b"pitm"), bytes(50)), bytes(500)),
        start(heif.full(b"meta", bytes(400))),
        struct.pack(">I4s", 0, b"ftyp") + b"heic" + bytes(50),
        struct.pack(">I4s", 9, b"ftyp") + b"heic" + bytes(50),
    ],
)
def test_sizes_that_make_no_sense_are_refused(data: bytes) -> None:
    with pytest.raises(NotAnImage):
        look(data)


def test_a_description_that_reaches_to_the_end_of_the_file_is_read() -> None:
    data = heif.build(AVIF, data_first=True)
    place = data.index(b"meta") - 4
    assert look(data[:place] + bytes(4) + data[place + 4 :]) == ImageInfo("image/avif", 64, 64)


@pytest.mark.parametrize("filler", [heif.box(b"free"), heif.box(b"free", bytes(700_000))])
def test_boxes_without_end_are_given_up(filler: bytes) -> None:
    count = 60_000 if len(filler) < 100 else 5
    with pytest.raises(HeaderTooLarge):
        look(start(filler * count, heif.box(b"meta", bytes(4))))


def test_a_picture_derived_from_itself_is_refused() -> None:
    data = heif.build(HEIC, grid=(2, 1))
    sources = struct.pack(">HHHH", 3, 2, 1, 2)
    with pytest.raises(NotAnImage, match="neither AVIF nor HEIC"):
        look(data.replace(sources, struct.pack(">HHHH", 3, 2, 3, 3)))
