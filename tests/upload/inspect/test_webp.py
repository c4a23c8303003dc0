"""WebP: three kinds of picture, and EXIF wherever its chunk is."""

import struct
from typing import Any

import pytest

from tests.upload.inspect.corpus import (
    HEIGHT,
    ORIENTATIONS,
    WIDTH,
    CountingFile,
    encode,
    exif,
    look,
    noise,
    plain,
    riff,
    riff_chunks,
    shown_size,
)
from upload.inspect import HiddenPixels, ImageInfo, NotAnImage, TooManyPixels, Truncated

UPRIGHT, TURNED = ImageInfo("image/webp", WIDTH, HEIGHT), ImageInfo("image/webp", HEIGHT, WIDTH)
LOSSY, LOSSLESS = encode(plain(), "WEBP"), encode(plain(), "WEBP", lossless=True)
EXTENDED = encode(plain(), "WEBP", exif=exif(6))


def animation(count: int, width: int = WIDTH, height: int = HEIGHT, **options: Any) -> bytes:
    frames = [noise(width, height, seed) for seed in range(count)]
    return encode(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True, **options)


def test_simple_pictures_of_both_kinds() -> None:
    assert riff_chunks(LOSSY)[0][0] == b"VP8 "
    assert riff_chunks(LOSSLESS)[0][0] == b"VP8L"
    assert look(LOSSY) == look(LOSSLESS) == UPRIGHT


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize(
    "options", [{}, {"lossless": True}, {"icc_profile": b"p" * 33}], ids=["lossy", "lossless", "icc"]
)
def test_size_is_the_one_shown(orientation: int, options: dict[str, Any]) -> None:
    data = encode(plain(mode="RGBA"), "WEBP", exif=exif(orientation), **options)
    assert look(data) == ImageInfo("image/webp", *shown_size(data))


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_an_animation_is_turned_too(orientation: int) -> None:
    data = animation(3, exif=exif(orientation))
    assert look(data) == ImageInfo("image/webp", *shown_size(data))


def test_exif_behind_a_large_picture_costs_one_more_read() -> None:
    file = CountingFile(encode(noise(700, 500), "WEBP", lossless=True, exif=exif(6), xmp=b"x" * 1000))
    assert len(file.data) > 1_000_000
    assert file.inspect() == ImageInfo("image/webp", 500, 700)
    assert len(file.reads) == 2
    assert file.reads[1][1] < 2000


def test_exif_behind_a_large_profile_and_a_large_picture_is_found() -> None:
    data = encode(noise(700, 500), "WEBP", lossless=True, exif=exif(6), icc_profile=bytes(3_000_000))
    assert look(data) == ImageInfo("image/webp", 500, 700)


@pytest.mark.parametrize("xmp", [b"", b"x" * 999, b"EXIF" * 999])
def test_exif_behind_many_large_frames_is_found_at_the_end(xmp: bytes) -> None:
    file = CountingFile(animation(12, 300, 200, exif=exif(6), xmp=xmp))
    assert len(file.data) > 2_000_000
    assert file.inspect() == ImageInfo("image/webp", 200, 300)
    assert len(file.reads) == 2


def test_frames_that_spell_exif_do_not_mislead() -> None:
    data = animation(3, 300, 200)
    chunks = [*riff_chunks(data), (b"JUNK", b"EXIF\x04\0\0\0abcd" * 40_000)]
    flags = bytearray(chunks[0][1])
    flags[0] |= 8
    assert look(riff((b"VP8X", bytes(flags)), *chunks[1:])) == ImageInfo("image/webp", 300, 200)


def test_exif_counts_only_when_announced() -> None:
    kinds = riff_chunks(EXTENDED)
    flags = bytearray(kinds[0][1])
    flags[0] &= ~8
    data = riff((b"VP8X", bytes(flags)), *kinds[1:])
    assert look(data) == UPRIGHT
    assert shown_size(data) == (WIDTH, HEIGHT)


@pytest.mark.parametrize("prefix", [b"", b"Exif\0\0"])
def test_exif_counts_with_and_without_the_prefix_of_jpeg(prefix: bytes) -> None:
    others = [pair for pair in riff_chunks(EXTENDED) if pair[0] != b"EXIF"]
    assert look(riff(*others, (b"EXIF", exif(6, prefix=prefix)))) == TURNED


def test_announced_exif_that_is_missing_or_cut_off_is_none() -> None:
    assert look(riff(*[pair for pair in riff_chunks(EXTENDED) if pair[0] != b"EXIF"])) == UPRIGHT
    assert look(EXTENDED[:-8]) == UPRIGHT


def test_chunks_without_end_leave_the_canvas() -> None:
    chunks = riff_chunks(EXTENDED)
    assert look(riff(chunks[0], *[(b"JUNK", b"")] * 120_000, *chunks[1:])) == UPRIGHT
    assert look(riff(*chunks[:2], *[(b"JUNK", bytes(700_000))] * 5, *chunks[2:])) == UPRIGHT


def test_a_picture_of_another_size_than_the_canvas_is_refused() -> None:
    chunks = riff_chunks(EXTENDED)
    canvas = chunks[0][1][:4] + (9).to_bytes(3, "little") + (9).to_bytes(3, "little")
    with pytest.raises(NotAnImage, match="differ in size"):
        look(riff((b"VP8X", canvas), *chunks[1:]))


def moving(*frames: tuple[int, int, int, int, bytes]) -> bytes:
    """An animation on a canvas of 60 × 40 pixels. A frame is left, top, width, height and a file with its picture."""
    canvas = bytes([2, 0, 0, 0]) + (WIDTH - 1).to_bytes(3, "little") + (HEIGHT - 1).to_bytes(3, "little")
    chunks = []
    for left, top, width, height, source in frames:
        numbers = (left // 2, top // 2, width - 1, height - 1, 100)
        chunks.append((b"ANMF", b"".join(n.to_bytes(3, "little") for n in numbers) + b"\0" + source[12:]))
    return riff((b"VP8X", canvas), (b"ANIM", bytes(6)), *chunks)


SMALL = encode(plain(20, 10), "WEBP", lossless=True)
FULL = (0, 0, WIDTH, HEIGHT, LOSSLESS)


@pytest.mark.parametrize(
    "frames",
    [[FULL], [FULL, (40, 30, 20, 10, SMALL)], [(0, 0, WIDTH, HEIGHT, SMALL)], [(0, 0, WIDTH, HEIGHT, LOSSY)]],
    ids=["one", "in the corner", "smaller than its frame", "lossy"],
)
def test_frames_within_the_canvas_are_accepted(frames: list[tuple[int, int, int, int, bytes]]) -> None:
    data = moving(*frames)
    assert look(data) == ImageInfo("image/webp", *shown_size(data)) == UPRIGHT


@pytest.mark.parametrize("lossless", [True, False])
@pytest.mark.parametrize(
    ("left", "width", "reason"),
    [
        (0, 640, "60 by 40 pixels, but a part of it has 640 by 480"),
        (600, 20, "60 by 40 pixels, but a part of it has 620 by 40"),
        (0, WIDTH, "60 by 40 pixels, but a part of it has 640 by 480"),
    ],
    ids=["larger", "beside", "larger picture"],
)
@pytest.mark.parametrize("before", [[], [FULL]], ids=["first", "second"])
def test_a_frame_larger_than_its_canvas_or_its_place_is_refused(
    before: list[tuple[int, int, int, int, bytes]], left: int, width: int, reason: str, lossless: bool
) -> None:
    large = encode(plain(640, 480), "WEBP", lossless=lossless)
    data = moving(*before, (left, 0, width, 480 if width == 640 else HEIGHT, large))
    with pytest.raises(OSError, match="decoder"):
        shown_size(data)  # as all decoders
    with pytest.raises(HiddenPixels, match=reason):
        look(data)


@pytest.mark.parametrize("data", [LOSSY, LOSSLESS, EXTENDED], ids=["lossy", "lossless", "extended"])
def test_cut_off_anywhere_before_its_picture_it_is_refused(data: bytes) -> None:
    start = max(data.find(b"VP8 "), data.find(b"VP8L"))
    for length in range(12, start + 8 + 5):
        with pytest.raises(NotAnImage, match="cut off"):
            look(data[:length])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (riff((b"VP8 ", b"\x01\0\0\x9d\x01\x2a" + bytes(10))), "no picture begins"),
        (riff((b"VP8 ", b"\0\0\0abc" + bytes(10))), "no picture begins"),
        (riff((b"VP8L", b"\x2e" + bytes(10))), "no picture begins"),
        (riff((b"VP8 ", b"\0\0\0\x9d\x01\x2a"), (b"JUNK", bytes(20))), "shorter than it must be"),
        (riff((b"<htm", b"l>" + bytes(10))), "no picture begins"),
        (riff((b"VP8X", bytes(10)), (b"JUNK", b"")), "no picture"),
    ],
)
def test_damage_is_refused_with_the_reason(data: bytes, reason: str) -> None:
    with pytest.raises(NotAnImage, match=reason):
        look(data)


def test_no_area_and_too_much_of_it_are_refused() -> None:
    with pytest.raises(NotAnImage, match="no area"):
        look(riff((b"VP8 ", b"\0\0\0\x9d\x01\x2a" + struct.pack("<HH", 0, 7))))
    with pytest.raises(TooManyPixels, match="16,384 by 16,384"):
        look(riff((b"VP8L", b"\x2f" + struct.pack("<I", 0x0FFFFFFF) + bytes(5))))
    canvas = bytes(4) + (99_999).to_bytes(3, "little") * 2
    with pytest.raises(TooManyPixels):
        look(riff((b"VP8X", b"\x02" + canvas[1:]), (b"ANIM", bytes(6)), (b"ANMF", bytes(30))))


def test_bits_for_scaling_are_no_part_of_the_size() -> None:
    scaled = riff((b"VP8 ", b"\0\0\0\x9d\x01\x2a" + struct.pack("<HH", 1 << 14 | 300, 2 << 14 | 200)))
    assert look(scaled) == ImageInfo("image/webp", 300, 200)


def test_a_file_of_only_a_start_is_cut_off() -> None:
    with pytest.raises(Truncated):
        look(b"RIFF\x20\0\0\0WEBPVP8 ")
