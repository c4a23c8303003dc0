"""AVIF and HEIC with a minimised description: the same rules for few bytes."""

from dataclasses import replace

import pillow_heif
import pytest

from tests.upload.inspect.corpus import CountingFile, encode, heic, look, plain
from tests.upload.inspect.heif_items import coded, compose, mini, parts
from upload.inspect import HiddenPixels, ImageInfo, NotAnImage

SIZE = (64, 64)
AVIF, HEIC = encode(plain(*SIZE), "AVIF"), heic(plain(*SIZE))
LARGE = {"avif": encode(plain(640, 480), "AVIF"), "heic": heic(plain(640, 480))}
KINDS = pytest.mark.parametrize("kind", ["avif", "heic"])


def source(kind: str) -> bytes:
    return AVIF if kind == "avif" else HEIC


@KINDS
@pytest.mark.parametrize("more", [False, True])
def test_the_picture_is_found_whatever_else_is_described(kind: str, more: bool) -> None:
    file = CountingFile(mini(source(kind), SIZE, more=more))
    assert file.inspect() == ImageInfo(f"image/{kind}", *SIZE)
    assert len(file.reads) == 1


@pytest.mark.parametrize("orientation", range(1, 9))
def test_it_is_turned_as_libheif_turns_it(orientation: int) -> None:
    data = mini(heic(plain(128, 64)), (128, 64), orientation=orientation)
    assert look(data) == ImageInfo("image/heic", *pillow_heif.open_heif(data).size)


@KINDS
@pytest.mark.parametrize("more", [False, True])
def test_a_picture_larger_than_described_is_refused(kind: str, more: bool) -> None:
    with pytest.raises(HiddenPixels, match="64 by 64 pixels, but a part of it has 640 by 480"):
        look(mini(LARGE[kind], SIZE, more=more))


@pytest.mark.parametrize("more", [False, True])
def test_alpha_and_gain_map_must_not_lie(more: bool) -> None:
    _, small = parts(AVIF)
    _, large = parts(LARGE["avif"])
    assert look(mini(AVIF, SIZE, alpha=small, gain_map=((64, 64), small), more=more)) == ImageInfo("image/avif", *SIZE)
    for data in (
        mini(AVIF, SIZE, alpha=large, more=more),
        mini(AVIF, SIZE, gain_map=((64, 64), large), more=more),
        mini(AVIF, SIZE, gain_map=((640, 480), large), more=more),
        mini(AVIF, SIZE, alpha=small, gain_map=((64, 64), large), more=more),
    ):
        with pytest.raises(HiddenPixels, match="a part of it has 640 by 480"):
            look(data)


@KINDS
def test_cut_off_or_without_a_known_codec_it_is_refused(kind: str) -> None:
    data = mini(source(kind), SIZE)
    for length in range(12, 40):
        with pytest.raises(NotAnImage, match=r"cut off|another form|no picture begins"):
            look(data[:length])
    with pytest.raises(NotAnImage, match="neither AVIF nor HEIC"):
        look(data[:12] + b"jxl " + data[16:])


def test_a_description_of_the_other_form_hides_nothing() -> None:
    """Viewers go by the brand, so another description must not be taken for the one that they use."""
    small, full = mini(AVIF, SIZE), compose([replace(coded(LARGE["avif"], SIZE), inline=True)])
    box, start = small[16:], full.index(b"meta") - 4
    with pytest.raises(HiddenPixels, match="a part of it has 640 by 480"):
        look(full[:start] + box + full[start:])
    with pytest.raises(NotAnImage, match="another form"):
        look(small[:16] + compose([coded(AVIF, SIZE)])[start:] + box)
    with pytest.raises(NotAnImage, match="another form"):
        look(small[:16])
