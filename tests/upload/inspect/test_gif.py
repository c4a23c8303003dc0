"""GIF: the logical screen, and a first image that extends beyond it."""

import struct

import pytest

from tests.upload.inspect.corpus import HEIGHT, WIDTH, encode, look, noise, plain, shown_size
from upload.inspect import HeaderTooLarge, ImageInfo, NotAnImage, TooManyPixels, Truncated

SHOWN = ImageInfo("image/gif", WIDTH, HEIGHT)
PLAIN = encode(plain(), "GIF")


def with_screen(width: int, height: int, data: bytes = PLAIN) -> bytes:
    return data[:6] + struct.pack("<HH", width, height) + data[10:]


def bare(*blocks: bytes) -> bytes:
    """A GIF of 5 × 4 pixels without a palette, with these blocks."""
    return b"GIF89a" + struct.pack("<HHBBB", 5, 4, 0, 0, 0) + b"".join(blocks)


def image(left: int, top: int, width: int, height: int) -> bytes:
    return b"," + struct.pack("<HHHHB", left, top, width, height, 0) + b"\x02\0;"


@pytest.mark.parametrize("version", [b"GIF87a", b"GIF89a"])
def test_a_still_picture_counts_as_its_screen(version: bytes) -> None:
    assert look(version + PLAIN[6:]) == SHOWN


def test_an_animation_counts_as_its_screen() -> None:
    frames = [noise(seed=seed).quantize(256) for seed in range(3)]
    data = encode(frames[0], "GIF", save_all=True, append_images=frames[1:], loop=0, comment=b"c" * 1000)
    assert look(data) == SHOWN == ImageInfo("image/gif", *shown_size(data))


@pytest.mark.parametrize("screen", [(0, 0), (10, 10), (100, 10), (100, 100), (WIDTH, HEIGHT)])
def test_the_screen_grows_to_hold_the_first_image(screen: tuple[int, int]) -> None:
    data = with_screen(*screen)
    assert look(data) == ImageInfo("image/gif", *shown_size(data))


def test_the_place_of_the_first_image_counts() -> None:
    assert look(bare(image(3, 3, 4, 4))) == ImageInfo("image/gif", 7, 7)


@pytest.mark.parametrize("later", [(0, 0, 90, 90), (60_000, 60_000, 5000, 5000), (3, 2, 9, 9)])
def test_a_later_image_is_cut_at_the_edges_of_the_screen(later: tuple[int, int, int, int]) -> None:
    """As measured in Chromium: a later image that is larger than the screen makes no more pixels."""
    first = image(0, 0, 5, 4).removesuffix(b";") + b"\1\0\0"
    assert look(bare(first, image(*later))) == ImageInfo("image/gif", 5, 4)


@pytest.mark.parametrize("comment", [b"\x01c" * 120_000, (b"\xff" + b"c" * 255) * 9000], ids=["many", "far"])
def test_a_first_image_behind_comments_without_end_is_refused(comment: bytes) -> None:
    """It may be larger than the screen, so the size of the picture stays unknown."""
    with pytest.raises(HeaderTooLarge):
        look(bare(b"!\xfe" + comment + b"\0", image(0, 0, 60_000, 60_000)))


def test_cut_off_anywhere_before_its_image_it_is_refused() -> None:
    data = bare(b"!\xf9\x04abcd\0", image(0, 0, 5, 4))
    for length in range(6, data.index(b",") + 9):
        with pytest.raises(Truncated, match="cut off"):
            look(data[:length])


@pytest.mark.parametrize("blocks", [b";", b"\0\0\0", b"<html><script>alert(1)</script>"])
def test_a_screen_without_an_image_is_refused(blocks: bytes) -> None:
    with pytest.raises(NotAnImage, match="no picture"):
        look(bare(blocks))


def test_no_area_is_refused() -> None:
    with pytest.raises(NotAnImage, match="no area"):
        look(with_screen(0, 0, bare(image(0, 0, 0, 7))))


@pytest.mark.parametrize(
    "data", [with_screen(65_535, 65_535), bare(image(65_530, 65_530, 5, 5))], ids=["screen", "first image"]
)
def test_a_pixel_bomb_is_refused(data: bytes) -> None:
    with pytest.raises(TooManyPixels, match="65,535 by 65,535"):
        look(data)
