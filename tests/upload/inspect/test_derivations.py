"""Pictures composed of items: each part must fit what is declared for it."""

import io

import pillow_heif
import pytest
from PIL import Image

from tests.upload.inspect import heif_builder as heif
from tests.upload.inspect.bit_writer import obu
from tests.upload.inspect.corpus import CountingFile, encode, heic, look, plain
from tests.upload.inspect.heif_items import ALPHA, DEPTH, HEIC_BRANDS, PIXI, Item, coded, compose, grid, overlay
from upload.inspect import HeaderTooLarge, HiddenPixels, ImageInfo, NotAnImage, TooManyPixels
from upload.inspect.bmff import Box

AVIF = {size: encode(plain(*size), "AVIF") for size in [(64, 64), (256, 256), (640, 480)]}
HEIC = {size: heic(plain(*size)) for size in [(64, 64), (640, 480)]}
TILE = coded(AVIF[64, 64], (64, 64))
LIAR = coded(AVIF[640, 480], (64, 64))
LARGE = coded(AVIF[640, 480], (640, 480))
PICTURE = ImageInfo("image/avif", 64, 64)
FOUR = (b"dimg", 1, [2, 3, 4, 5])


def tmap(size: tuple[int, int]) -> Item:
    return Item(b"tmap", bytes(60), [heif.extent(*size)])


@pytest.mark.parametrize("size", [(128, 128), (100, 70), (65, 65)])
@pytest.mark.parametrize("wide", [True, False])
def test_tiles_may_overhang_their_grid_by_less_than_a_tile(size: tuple[int, int], wide: bool) -> None:
    data = compose([grid(2, 2, size, wide=wide), TILE, TILE, TILE, TILE], FOUR)
    assert look(data) == ImageInfo("image/avif", *size)


def test_a_small_picture_may_be_one_tile_of_the_usual_size() -> None:
    tile = coded(heic(plain(512, 512)), (512, 512))
    data = compose([grid(1, 1, (64, 48)), tile], (b"dimg", 1, [2]), brands=HEIC_BRANDS)
    assert look(data) == ImageInfo("image/heic", 64, 48)


def test_more_tiles_than_the_picture_needs_are_refused() -> None:
    tile = coded(AVIF[256, 256], (256, 256))
    data = compose([grid(2, 2, (64, 48)), tile, tile, tile, tile], FOUR)
    with pytest.raises(NotAnImage, match="64 by 48 pixels, but it is composed of 4 tiles of 256 by 256"):
        look(data)


@pytest.mark.parametrize("count", [3, 5])
def test_more_or_fewer_tiles_than_the_grid_has_are_refused(count: int) -> None:
    """As decoders do: libavif refuses the file, and libheif shows one of the tiles instead."""
    layout, listed = grid(2, 2, (128, 128)), (b"dimg", 1, range(2, 2 + count))
    avif = compose([layout, *[TILE] * count], listed)
    with pytest.raises((RuntimeError, SyntaxError)), Image.open(io.BytesIO(avif)) as image:
        image.load()
    photo = compose([layout, *[coded(HEIC[64, 64], (64, 64))] * count], listed, brands=HEIC_BRANDS)
    assert pillow_heif.open_heif(photo).size == (64, 64)
    for data in (avif, photo):
        with pytest.raises(NotAnImage, match=f"has 2 by 2 tiles, but {count} are listed"):
            look(data)


def test_a_tile_that_is_used_often_is_described_once(monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[Box] = []
    plain_hash = Box.__hash__

    def counted(box: Box) -> int:
        hashed.append(box)
        return plain_hash(box)

    monkeypatch.setattr(Box, "__hash__", counted)
    tile = coded(HEIC[64, 64], (64, 64), *[PIXI] * 252)
    data = compose([grid(40, 40, (2560, 2560)), tile], (b"dimg", 1, [2] * 1600), brands=HEIC_BRANDS)
    assert look(data) == ImageInfo("image/heic", 2560, 2560)
    assert 255 <= len(hashed) < 2000


def test_a_tile_much_larger_than_its_picture_is_refused() -> None:
    tile = Item(TILE.kind, TILE.data, [heif.extent(4000, 3000), *TILE.properties[1:]])
    with pytest.raises(HiddenPixels, match="64 by 48 pixels, but a part of it has 4,000 by 3,000"):
        look(compose([grid(1, 1, (64, 48)), tile], (b"dimg", 1, [2])))


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize("gap", [0, 100_000])
@pytest.mark.parametrize("kind", ["avif", "heic"])
def test_one_tile_that_lies_is_found(place: int, gap: int, kind: str) -> None:
    sources, brands = (AVIF, b"avif\0\0\0\0avif") if kind == "avif" else (HEIC, HEIC_BRANDS)
    tiles = [coded(sources[64, 64], (64, 64)) for _ in range(4)]
    tiles[place] = coded(sources[640, 480], (64, 64))
    file = CountingFile(compose([grid(2, 2, (128, 128)), *tiles], FOUR, brands=brands, gap=gap))
    with pytest.raises(HiddenPixels, match="a part of it has 640 by 480"):
        file.inspect()


def test_a_grid_larger_than_declared_is_refused() -> None:
    liar = grid(2, 2, (128, 128))
    with pytest.raises(HiddenPixels, match="32 by 32 pixels, but a part of it has 128 by 128"):
        look(compose([Item(liar.kind, liar.data, [heif.extent(32, 32)], inline=True), TILE, TILE, TILE, TILE], FOUR))


def test_the_layout_of_a_grid_may_be_among_the_data() -> None:
    layout = grid(2, 2, (100, 100))
    far = Item(layout.kind, layout.data, layout.properties)
    assert look(compose([far, TILE, TILE, TILE, TILE], FOUR)) == ImageInfo("image/avif", 100, 100)


def test_a_grid_without_a_layout_is_refused() -> None:
    with pytest.raises(NotAnImage, match="how its picture is composed"):
        look(compose([Item(b"grid", b"\0\0", [heif.extent(64, 64)], inline=True), TILE], (b"dimg", 1, [2])))


def test_an_overlay_is_no_larger_than_declared_and_its_sources_no_larger_than_it() -> None:
    one = (b"dimg", 1, [2])
    assert look(compose([overlay((64, 64), 1), TILE], one)) == PICTURE
    for items in (
        [overlay((64, 64), 1), LIAR],
        [overlay((64, 64), 1), LARGE],
        [overlay((640, 480), 1, declared=(64, 64)), TILE],
    ):
        with pytest.raises(HiddenPixels, match="64 by 64 pixels, but a part of it has 640 by 480"):
            look(compose(items, one))


@pytest.mark.parametrize("source", [LARGE, LIAR])
def test_a_picture_derived_from_a_larger_one_is_refused(source: Item) -> None:
    same = Item(b"iden", b"", [heif.extent(64, 64)])
    assert look(compose([same, TILE], (b"dimg", 1, [2]))) == PICTURE
    with pytest.raises(HiddenPixels, match="a part of it has 640 by 480"):
        look(compose([same, source], (b"dimg", 1, [2])))


def test_a_turned_source_of_another_shape_is_accepted() -> None:
    source = coded(encode(plain(320, 64), "AVIF"), (320, 64), heif.rotation(1))
    same = Item(b"iden", b"", [heif.extent(64, 320)])
    assert look(compose([same, source], (b"dimg", 1, [2]))) == ImageInfo("image/avif", 64, 320)


def test_derivations_without_end_are_refused() -> None:
    same = Item(b"iden", b"", [heif.extent(64, 64)])
    chain = [(b"dimg", number, [number + 1]) for number in range(2, 9)]
    mosaic = grid(1, 2, (64, 128))
    with pytest.raises(NotAnImage, match="without end"):
        look(compose([mosaic, *[same] * 7, TILE, TILE], (b"dimg", 1, [10, 2]), *chain))


@pytest.mark.parametrize("reference", [b"auxl", b"thmb"])
@pytest.mark.parametrize("more", [ALPHA, DEPTH])
def test_what_goes_with_a_picture_must_not_lie(reference: bytes, more: bytes) -> None:
    beside = (reference, 2, [1])
    assert look(compose([TILE, coded(AVIF[64, 64], (64, 64), more)], beside)) == PICTURE
    with pytest.raises(HiddenPixels, match="64 by 64 pixels, but a part of it has 640 by 480"):
        look(compose([TILE, coded(AVIF[640, 480], (64, 64), more)], beside))


def test_alpha_must_not_be_larger_than_its_picture() -> None:
    with pytest.raises(HiddenPixels, match="64 by 64 pixels, but a part of it has 640 by 480"):
        look(compose([TILE, coded(AVIF[640, 480], (640, 480), ALPHA)], (b"auxl", 2, [1])))
    assert look(compose([TILE, coded(AVIF[640, 480], (640, 480), DEPTH)], (b"auxl", 2, [1]))) == PICTURE


@pytest.mark.parametrize("gap", [0, 100_000])
@pytest.mark.parametrize("first", [b"", TILE.data])
def test_what_is_behind_padding_must_not_lie(first: bytes, gap: int) -> None:
    late = Item(b"av01", first + obu(15, bytes(70_000)) + LIAR.data, LIAR.properties)
    layout = grid(1, 2, (64, 128))
    for items, reference in (
        ([TILE, Item(late.kind, late.data, [*late.properties, ALPHA])], (b"auxl", 2, [1])),
        ([TILE, tmap((64, 64)), late], (b"dimg", 2, [1, 3])),
        ([layout, TILE, late], (b"dimg", 1, [2, 3])),
    ):
        with pytest.raises(HiddenPixels, match="64 by 64 pixels, but a part of it has 640 by 480"):
            look(compose(items, reference, gap=gap))


def test_alpha_of_which_the_end_is_not_reached_is_refused_and_a_gain_map_is_ignored() -> None:
    far = Item(b"av01", TILE.data + obu(15, bytes(700_000)) * 6, TILE.properties)
    with pytest.raises(HeaderTooLarge):
        look(compose([TILE, Item(far.kind, far.data, [*far.properties, ALPHA])], (b"auxl", 2, [1])))
    assert look(compose([TILE, tmap((64, 64)), far], (b"dimg", 2, [1, 3]))) == PICTURE


def test_a_hidden_pixel_bomb_is_refused() -> None:
    bomb = Item(TILE.kind, TILE.data, [heif.extent(100_000, 50_000), *TILE.properties[1:]])
    with pytest.raises(TooManyPixels, match="100,000 by 50,000"):
        look(compose([TILE, bomb], (b"thmb", 2, [1])))


def test_a_damaged_thumbnail_is_ignored_as_decoders_do() -> None:
    for broken in (Item(b"av01", b"", []), Item(b"av01", bytes(50), [heif.extent(9, 9)]), Item(b"grid", b"", [])):
        assert look(compose([TILE, broken], (b"thmb", 2, [1]))) == PICTURE


def test_a_gain_map_may_be_sharper_than_its_picture_but_not_endlessly() -> None:
    sharp = coded(AVIF[256, 256], (256, 256))
    base = coded(encode(plain(128, 128), "AVIF"), (128, 128))
    made_of = (b"dimg", 2, [1, 3])
    assert look(compose([base, tmap((128, 128)), sharp], made_of)) == ImageInfo("image/avif", 128, 128)
    for gain_map in (LARGE, LIAR):
        with pytest.raises(HiddenPixels, match="a part of it has 640 by 480"):
            look(compose([TILE, tmap((64, 64)), gain_map], made_of))


def test_most_of_a_large_picture_must_not_be_cropped_away() -> None:
    photo = coded(heic(plain(4000, 3000)), (4000, 3000), heif.crop(100, 80))
    assert look(compose([photo], brands=HEIC_BRANDS)) == ImageInfo("image/heic", 100, 80)
    huge = Item(b"hvc1", photo.data, [heif.extent(14_000, 10_000), *photo.properties[1:]])
    with pytest.raises(HiddenPixels, match="100 by 80 pixels, but a part of it has 14,000 by 10,000"):
        look(compose([huge], brands=HEIC_BRANDS))


def test_the_tiles_of_a_large_file_are_looked_at_as_far_as_the_reads_reach() -> None:
    """A picture of many large tiles is accepted, although not all of their beginnings can be read."""
    tiles = [coded(AVIF[64, 64], (64, 64))] * 64
    file = CountingFile(compose([grid(8, 8, (512, 512)), *tiles], (b"dimg", 1, list(range(2, 66))), gap=100_000))
    assert file.inspect() == ImageInfo("image/avif", 512, 512)
    assert len(file.reads) == 4


@pytest.mark.parametrize("kind", ["avif", "heic"])
def test_a_picture_of_two_thousand_tiles_is_accepted(kind: str) -> None:
    """150 megapixels in tiles of 256 × 256 need so many."""
    sources, brands = (AVIF, b"avif\0\0\0\0avif") if kind == "avif" else (HEIC, HEIC_BRANDS)
    tile = coded(sources[64, 64], (64, 64))
    data = compose([grid(50, 46, (3200, 2944)), *[tile] * 2300], (b"dimg", 1, range(2, 2302)), brands=brands)
    assert look(data) == ImageInfo(f"image/{kind}", 3200, 2944)
