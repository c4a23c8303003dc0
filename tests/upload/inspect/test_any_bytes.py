"""Any bytes at all get an answer or a documented refusal, quickly and within the read budget."""

import contextlib
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.upload.inspect import bit_writer
from tests.upload.inspect import heif_builder as heif
from tests.upload.inspect.corpus import encode, exif, heic, look, noise, plain
from tests.upload.inspect.heif_items import ALPHA, Item, coded, compose, grid, mini, overlay
from upload.inspect import MAX_PIXELS, ImageInfo, NotAnImage

SMALL = plain(64, 64)
REAL = [
    encode(SMALL, "JPEG", exif=exif(6), icc_profile=bytes(500)),
    encode(SMALL, "JPEG", progressive=True),
    encode(SMALL, "PNG", exif=exif(6)),
    encode(SMALL.quantize(8), "GIF", comment=b"hello"),
    encode(SMALL, "WEBP"),
    encode(SMALL, "WEBP", lossless=True, exif=exif(6), icc_profile=bytes(50)),
    encode(noise(8, 8), "WEBP", save_all=True, append_images=[noise(8, 8, 1)], exif=exif(6)),
    encode(SMALL, "AVIF", exif=exif(6)),
    encode(noise(8, 8), "AVIF", save_all=True, append_images=[noise(8, 8, 1)]),
    heic(plain(60, 40)),
    heif.build(heic(SMALL), grid=(3, 2), wide=True, transforms=[heif.crop(100, 50), heif.rotation(1)]),
    heif.build(heic(SMALL), grid=(2, 2), data_first=True, large_sizes=True),
    mini(encode(SMALL, "AVIF"), (64, 64), more=True),
    compose(
        [overlay((64, 64), 1), coded(encode(SMALL, "AVIF"), (64, 64), ALPHA)], (b"dimg", 1, [2]), (b"auxl", 2, [1])
    ),
]
MAGICS = [b"", *sorted({data[:length] for data in REAL for length in (4, 8, 12, 16, 32)})]
BYTES_WITH_MEANING = st.sampled_from([0, 1, 7, 8, 0x7F, 0x80, 0xD8, 0xD9, 0xDA, 0xE1, 0xFE, 0xFF])


def holds(data: bytes) -> None:
    """Check the promise about the outcome; `look` adds the read budget."""
    with contextlib.suppress(NotAnImage):
        info = look(data)
        assert isinstance(info, ImageInfo)
        assert info.media_type.startswith("image/")
        assert info.width > 0
        assert info.height > 0
        assert info.width * info.height <= MAX_PIXELS


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(MAGICS), st.binary(max_size=300))
def test_any_bytes_behind_any_magic(magic: bytes, rest: bytes) -> None:
    holds(magic + rest)


@settings(max_examples=1500, deadline=None)
@given(st.data())
def test_real_files_with_bytes_changed_cut_and_doubled(draws: st.DataObject) -> None:
    data = bytearray(draws.draw(st.sampled_from(REAL)))
    head = min(len(data), 900)
    for _ in range(draws.draw(st.integers(1, 4))):
        place = draws.draw(st.integers(0, head - 1))
        match draws.draw(st.sampled_from(["change", "zero", "cut", "drop", "double"])):
            case "change":
                data[place : place + 1] = bytes([draws.draw(st.one_of(BYTES_WITH_MEANING, st.integers(0, 255)))])
            case "zero":
                data[place : place + 4] = bytes(4)
            case "cut":
                data = data[: max(place, 1)]
            case "drop":
                del data[place : place + draws.draw(st.integers(1, 20))]
            case "double":
                data[place:place] = data[place : place + 40]
        head = max(min(len(data), 900), 1)
        data = data or bytearray(b"\0")
    holds(bytes(data))


@pytest.mark.parametrize("data", REAL, ids=range(len(REAL)))
def test_real_files_with_each_byte_of_the_head_set_to_extremes(data: bytes) -> None:
    for place in range(min(len(data), 700)):
        for value in (0, 0xFF):
            holds(data[:place] + bytes([value]) + data[place + 1 :])


def tiles(more: bytes, count: int, *configuration: bytes) -> bytes:
    """A grid of tiles, each with a small picture and more data, and all of them with the same configuration."""
    data = bit_writer.sequence_header(64, 64) + bit_writer.key_frame() + more
    tile = Item(b"av01", data, [heif.extent(64, 64), *configuration])
    columns, rows = min(count, 100), -(-count // 100)
    return compose([grid(columns, rows, (64 * columns, 64 * rows)), *[tile] * count], (b"dimg", 1, range(2, 2 + count)))


def overlays(count: int) -> bytes:
    """Overlays on overlays, each of all the others."""
    every = [(b"dimg", number, range(1, count + 1)) for number in range(1, 30)]
    picture = Item(b"av01", b"", [heif.extent(64, 64)])
    return compose([picture if number == 3 else overlay((64, 64), 1) for number in range(count)], *every)


def film(count: int, samples: bytes) -> bytes:
    """A sequence of many tracks that share their data."""
    start = REAL[8].index(b"trak") - 4
    end = start + int.from_bytes(REAL[8][start : start + 4])
    return REAL[8][: start - 8] + heif.box(b"moov", REAL[8][start:end] * count) + REAL[8][end:] + samples


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xd8\xff" + b"\xff" * 3_000_000,
        b"\xff\xd8\xff" + b"\xff\0" * 1_500_000,
        b"\xff\xd8" + b"\xff\xe3\0\x02" * 700_000,
        b"\xff\xd8" + (b"\xff\xe1\xff\xff" + bytes(65_533)) * 40,
        b"GIF89a\1\0\1\0\0\0\0" + b"!\xfe\0" * 1_000_000,
        REAL[2][:33] + b"\0\0\0\0tEXt\0\0\0\0" * 250_000,
        REAL[5][:20] + b"\x08" + REAL[5][21:30] + b"JUNK\0\0\0\0" * 300_000,
        REAL[6][:30] + b"ANMF\0\0\0\0" + b"EXIF\x01\0\0\0" * 300_000,
        REAL[7][:32] + b"\0\0\0\x08free" * 300_000,
        tiles(b"\x12\0" * 500_000, 1),
        tiles(b"\x12\0" * 8_000, 1000),
        tiles(bit_writer.sequence_header(64, 64) * 700, 200),
        tiles(b"", 20_000),
        tiles(b"", 2000, heif.box(b"av1C", bytes(4), b"\x12\0" * 30_000)),
        tiles(b"", 2000, heif.box(b"hvcC", bytes(22), b"\xff", b"\0\xff\xff" + bytes(60_000))),
        overlays(2000),
        film(2000, b"\x12\0" * 20_000),
    ],
    ids=[
        *["fill", "stuffing", "segments", "exif", "comments", "chunks", "riff", "exif at the end", "boxes"],
        *["units", "tiles of units", "sequence headers", "tiles", "av1C", "hvcC", "overlays", "tracks"],
    ],
)
def test_files_made_to_keep_a_parser_busy_are_done_within_a_second(data: bytes) -> None:
    began = time.process_time()
    holds(data)
    assert time.process_time() - began < 1
