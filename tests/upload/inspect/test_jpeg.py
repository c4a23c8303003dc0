"""JPEG: all forms in which Pillow, cameras and browsers agree on a size."""

import io
import struct
from typing import Any

import pytest
from PIL import Image

from tests.upload.inspect.corpus import (
    HEIGHT,
    ORIENTATIONS,
    WIDTH,
    CountingFile,
    encode,
    exif,
    insert_before,
    look,
    noise,
    plain,
    segment,
    shown_size,
)
from upload.inspect import HeaderTooLarge, ImageInfo, NotAnImage, TooManyPixels, Truncated

UPRIGHT, TURNED = ImageInfo("image/jpeg", WIDTH, HEIGHT), ImageInfo("image/jpeg", HEIGHT, WIDTH)
PLAIN = encode(plain(), "JPEG")
SCAN = b"\xff\xda"
FRAME = b"\xff\xc0"


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize(
    "options", [{}, {"progressive": True}, {"icc_profile": bytes(100)}], ids=["baseline", "progressive", "profile"]
)
def test_size_is_the_one_shown(orientation: int, options: dict[str, Any]) -> None:
    data = encode(plain(), "JPEG", exif=exif(orientation), **options)
    assert look(data) == ImageInfo("image/jpeg", *shown_size(data))


@pytest.mark.parametrize("mode", ["L", "CMYK", "YCbCr"])
def test_any_colour_model_will_do(mode: str) -> None:
    assert look(encode(plain(mode=mode), "JPEG")) == UPRIGHT


def test_a_frame_header_behind_a_large_colour_profile_is_found() -> None:
    data = encode(plain(), "JPEG", icc_profile=bytes(700_000), exif=exif(6))
    assert data.index(FRAME + b"\0\x11") > 600_000
    assert look(data) == TURNED
    assert shown_size(data) == (HEIGHT, WIDTH)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_a_frame_header_behind_half_a_megabyte_of_exif_and_xmp_is_found(orientation: int) -> None:
    """Makers' notes and extended XMP, as telephones and editors write them."""
    extended = segment(0xE1, b"http://ns.adobe.com/xmp/extension/\0" + bytes(65_000)) * 8
    first = encode(plain(), "JPEG", exif=exif(orientation) + bytes(60_000))
    data = insert_before(first, FRAME + b"\0\x11", extended)
    assert data.index(FRAME + b"\0\x11") > 500_000
    file = CountingFile(data)
    assert file.inspect() == ImageInfo("image/jpeg", *shown_size(data))
    assert len(file.reads) <= 3


def test_an_ordinary_photograph_costs_one_read_of_64_kib() -> None:
    file = CountingFile(encode(noise(400, 300), "JPEG", exif=exif(8), quality=95))
    assert file.inspect() == ImageInfo("image/jpeg", 300, 400)
    assert file.reads == [(0, 65536)]


def test_a_header_beyond_the_budget_is_refused_as_such() -> None:
    data = insert_before(PLAIN, FRAME, segment(0xE2, bytes(65_000)) * 40)
    with pytest.raises(HeaderTooLarge, match="too large"):
        look(data)


def test_several_pictures_in_one_file_count_as_the_first() -> None:
    file = io.BytesIO()
    plain().save(file, "MPO", save_all=True, append_images=[plain(30, 20)], exif=exif(6))
    with Image.open(file) as image:
        assert image.format == "MPO"
    assert look(file.getvalue()) == TURNED


def test_exif_behind_the_frame_header_counts() -> None:
    data = insert_before(PLAIN, SCAN, segment(0xE1, exif(6)))
    assert look(data) == TURNED
    assert shown_size(data) == (HEIGHT, WIDTH)


@pytest.mark.parametrize("first", [0, 1])
def test_the_first_exif_segment_counts(first: int) -> None:
    assert look(PLAIN[:2] + segment(0xE1, exif(first)) + segment(0xE1, exif(6)) + PLAIN[2:]) == UPRIGHT


def test_xmp_in_front_does_not_hide_the_exif() -> None:
    xmp = segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x/>")
    assert look(PLAIN[:2] + xmp + segment(0xE1, exif(6)) + PLAIN[2:]) == TURNED


@pytest.mark.parametrize("junk", [b"junk", b"\xff\0", b"\xff\xff\xff", b"\xff\xd0", b"\xff\x01"])
def test_stray_bytes_between_segments_are_skipped(junk: bytes) -> None:
    data = insert_before(PLAIN, FRAME, junk)
    assert look(data) == UPRIGHT


@pytest.mark.parametrize("code", sorted(set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}))
def test_every_frame_header_gives_the_size(code: int) -> None:
    assert look(PLAIN.replace(FRAME, bytes([0xFF, code]), 1)) == UPRIGHT


@pytest.mark.parametrize("code", [0xC4, 0xC8, 0xCC])
def test_what_only_looks_like_a_frame_header_gives_none(code: int) -> None:
    with pytest.raises(NotAnImage, match="no frame header"):
        look(PLAIN.replace(FRAME, bytes([0xFF, code]), 1))


def test_cut_off_anywhere_before_its_scan_it_is_refused() -> None:
    data = encode(plain(), "JPEG", exif=exif(6))
    for length in range(3, data.index(SCAN)):
        with pytest.raises(Truncated, match="cut off"):
            look(data[:length])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (insert_before(PLAIN, FRAME, b"\xff\xd8"), "second picture"),
        (insert_before(PLAIN, FRAME, b"\xff\xe3\0\1"), "no length"),
        (insert_before(PLAIN, FRAME, b"\xff\xd9"), "no frame header"),
        (PLAIN[:2] + segment(0xC0, struct.pack(">BHHB", 8, 10, 10, 9)) + PLAIN[2:], "makes no sense"),
        (PLAIN[:2] + segment(0xC0, b"\x08\0") + PLAIN[2:], "shorter than it must be"),
        (b"\xff\xd8\xff" + b"<html>" * 100_000, "too large|no length|cut off|no frame"),
    ],
)
def test_damage_is_refused_with_the_reason(data: bytes, reason: str) -> None:
    with pytest.raises(NotAnImage, match=reason):
        look(data)


def frame(width: int, height: int) -> bytes:
    body = struct.pack(">BHHB", 8, height, width, 3) + bytes(9)
    return b"\xff\xd8" + segment(0xC0, body) + segment(0xDA, bytes(10))


@pytest.mark.parametrize("size", [(0, 10), (10, 0)])
def test_no_area_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(NotAnImage, match="no area"):
        look(frame(*size))


def test_150_megapixels_are_the_limit() -> None:
    assert look(frame(15_000, 10_000)) == ImageInfo("image/jpeg", 15_000, 10_000)
    with pytest.raises(TooManyPixels, match="15,001 by 10,000 pixels; at most 150 megapixels"):
        look(frame(15_001, 10_000))
