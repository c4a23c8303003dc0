"""PNG: the image header, and eXIf where browsers apply it."""

import struct
import zlib

import pytest

from tests.upload.inspect.corpus import (
    HEIGHT,
    ORIENTATIONS,
    WIDTH,
    CountingFile,
    chunk,
    encode,
    exif,
    insert_before,
    look,
    noise,
    plain,
    shown_size,
)
from upload.inspect import HiddenPixels, ImageInfo, NotAnImage, TooManyPixels, Truncated

UPRIGHT, TURNED = ImageInfo("image/png", WIDTH, HEIGHT), ImageInfo("image/png", HEIGHT, WIDTH)
PLAIN = encode(plain(), "PNG")
SIGNATURE = PLAIN[:8]


def header(width: int, height: int, depth: int = 8, colour: int = 2, interlace: int = 0) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_any_kind_of_pixel_will_do(mode: str) -> None:
    assert look(encode(plain(mode="L").convert(mode), "PNG")) == UPRIGHT


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_size_is_the_one_shown(orientation: int) -> None:
    data = encode(plain(), "PNG", exif=exif(orientation))
    assert look(data) == ImageInfo("image/png", *shown_size(data))


def test_an_animation_counts_as_its_canvas() -> None:
    frames = [noise(seed=seed) for seed in range(3)]
    data = encode(frames[0], "PNG", save_all=True, append_images=frames[1:], exif=exif(6))
    assert b"acTL" in data
    assert look(data) == TURNED


ANIMATION = chunk(b"acTL", struct.pack(">II", 1, 0))


def frame_control(left: int, top: int, width: int, height: int) -> bytes:
    return chunk(b"fcTL", struct.pack(">IIIIIHHBB", 0, width, height, left, top, 1, 10, 0, 0))


@pytest.mark.parametrize("frame", [(0, 0, WIDTH, HEIGHT), (10, 10, 50, 30)])
def test_a_first_frame_within_the_picture_is_accepted(frame: tuple[int, int, int, int]) -> None:
    assert look(insert_before(PLAIN, b"IDAT", ANIMATION + frame_control(*frame), back=4)) == UPRIGHT


@pytest.mark.parametrize("frame", [(0, 0, 640, 480), (600, 440, 40, 40), (0, 0, WIDTH + 1, HEIGHT)])
def test_a_first_frame_larger_than_the_picture_is_refused(frame: tuple[int, int, int, int]) -> None:
    """As decoders do."""
    with pytest.raises(HiddenPixels, match="says that its picture has 60 by 40 pixels, but a part of it has"):
        look(insert_before(PLAIN, b"IDAT", ANIMATION + frame_control(*frame), back=4))


def test_a_later_frame_larger_than_the_picture_makes_nothing() -> None:
    """As measured in Chromium and Pillow: they show the picture without that frame."""
    moving = insert_before(PLAIN, b"IDAT", ANIMATION, back=4)
    assert look(insert_before(moving, b"IEND", frame_control(0, 0, 640, 480), back=4)) == UPRIGHT


def test_a_frame_of_no_animation_makes_nothing() -> None:
    """Without acTL before it, the picture is still (section 11.3.6.1): browsers ignore the frame."""
    assert look(insert_before(PLAIN, b"IDAT", frame_control(0, 0, 640, 480), back=4)) == UPRIGHT


def test_exif_behind_the_picture_is_ignored() -> None:
    """Like browsers, which cannot rotate a picture that they have begun to show; Pillow rotates it."""
    data = insert_before(PLAIN, b"IEND", chunk(b"eXIf", exif(6, prefix=b"")), back=4)
    assert look(data) == UPRIGHT


def test_damaged_exif_is_ignored() -> None:
    damaged = bytearray(chunk(b"eXIf", exif(6, prefix=b"")))
    damaged[-1] ^= 1
    assert look(insert_before(PLAIN, b"IDAT", bytes(damaged), back=4)) == UPRIGHT


def test_the_first_exif_chunk_counts() -> None:
    both = chunk(b"eXIf", exif(1, prefix=b"")) + chunk(b"eXIf", exif(6, prefix=b""))
    assert look(insert_before(PLAIN, b"IDAT", both, back=4)) == UPRIGHT


def test_exif_behind_a_large_chunk_is_found() -> None:
    large = chunk(b"iTXt", bytes(5_000_000)) + chunk(b"eXIf", exif(6, prefix=b""))
    file = CountingFile(insert_before(PLAIN, b"IDAT", large, back=4))
    assert file.inspect() == TURNED
    assert len(file.reads) == 2


def test_exif_too_large_or_too_far_leaves_the_size() -> None:
    huge = chunk(b"eXIf", exif(6, prefix=b"") + bytes(3_000_000))
    assert look(insert_before(PLAIN, b"IDAT", huge, back=4)) == UPRIGHT
    far = chunk(b"iTXt", bytes(800_000)) * 5 + chunk(b"eXIf", exif(6, prefix=b""))
    assert look(insert_before(PLAIN, b"IDAT", far, back=4)) == UPRIGHT


def test_cut_off_anywhere_before_its_data_it_is_refused() -> None:
    for length in range(8, PLAIN.index(b"IDAT") + 4):
        with pytest.raises(Truncated, match="cut off"):
            look(PLAIN[:length])


def test_a_wrong_checksum_of_the_header_is_refused() -> None:
    damaged = bytearray(PLAIN)
    damaged[19] ^= 1
    with pytest.raises(NotAnImage, match="makes no sense"):
        look(bytes(damaged))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (SIGNATURE + chunk(b"CgBI", bytes(4)) + PLAIN[8:], "does not begin with"),
        (SIGNATURE + header(4, 4, depth=3), "makes no sense"),
        (SIGNATURE + header(4, 4, colour=5), "makes no sense"),
        (SIGNATURE + header(4, 4, interlace=2), "makes no sense"),
        (SIGNATURE + header(1 << 31, 1), "makes no sense"),
        (SIGNATURE + header(4, 4) + chunk(b"IEND", b""), "without any picture data"),
        (SIGNATURE + header(4, 4) + b"<html><script></script></html>", "something else"),
    ],
)
def test_damage_is_refused_with_the_reason(data: bytes, reason: str) -> None:
    with pytest.raises(NotAnImage, match=reason):
        look(data)


def test_a_pixel_bomb_is_refused() -> None:
    data = chunk(b"IDAT", zlib.compress(bytes(100)))
    with pytest.raises(TooManyPixels, match="65,535 by 65,535"):
        look(SIGNATURE + header(65_535, 65_535) + data)
    with pytest.raises(NotAnImage, match="no area"):
        look(SIGNATURE + header(0, 5) + data)
