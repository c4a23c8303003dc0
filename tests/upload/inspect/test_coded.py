"""A picture that decodes to more than its file declares is refused, whichever header says so."""

import io
from collections.abc import Sequence

import pytest
from PIL import Image

from tests.upload.inspect import heif_builder as heif
from tests.upload.inspect.bit_writer import (
    BitWriter,
    configuration,
    key_frame,
    nal_unit,
    obu,
    parameter_set,
    reduced_sequence_header,
    sequence_header,
)
from tests.upload.inspect.corpus import CountingFile, encode, heic, look, plain
from tests.upload.inspect.heif_items import HEIC_BRANDS, Item, coded, compose, grid, parts
from upload.inspect import MAX_BYTES, HeaderTooLarge, HiddenPixels, ImageInfo, NotAnImage, TooManyPixels

DECLARED = (64, 48)
AVIF = ImageInfo("image/avif", *DECLARED)
HEIC = ImageInfo("image/heic", *DECLARED)
SMALL, LARGE = sequence_header(*DECLARED), sequence_header(640, 480)
SLICE = nal_unit(20, bytes(9))
PADDED = SMALL + key_frame() + obu(15, bytes(70_000))
FILLER = nal_unit(38, b"\xff" * 70_000)


def avif(data: bytes, *, configured: bytes = b"", pieces: int = 1, gap: int = 0) -> bytes:
    """An AVIF of 64 × 48 pixels with these OBUs as its data, and others in its configuration."""
    properties = [heif.extent(*DECLARED), heif.box(b"av1C", b"\x81\0\0\0", configured)]
    return compose([Item(b"av01", data, properties, pieces=pieces)], gap=gap)


def hevc(units: Sequence[bytes], configured: Sequence[bytes], *, gap: int = 0) -> bytes:
    """A HEIC of 64 × 48 pixels with these NAL units as its data, and others in its configuration."""
    properties = [heif.extent(*DECLARED), heif.box(b"hvcC", configuration(*configured))]
    data = b"".join(len(unit).to_bytes(4) + unit for unit in units)
    return compose([Item(b"hvc1", data, properties)], brands=HEIC_BRANDS, gap=gap)


def test_three_kilobytes_that_decode_to_256_megapixels_are_refused() -> None:
    """Browsers decode what the sequence header says and scale it to what `ispe` says: 5.5 GB for 64 × 48 pixels."""
    data = avif(obu(2, b"") + reduced_sequence_header(16_000, 16_000) + obu(6, bytes(3000)))
    with pytest.raises(TooManyPixels, match="16,000 by 16,000"):
        look(data)


def test_a_real_picture_that_browsers_scale_to_the_declared_size_is_refused() -> None:
    data = compose([coded(encode(plain(640, 480), "AVIF"), DECLARED)])
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        assert image.size == DECLARED
    with pytest.raises(
        HiddenPixels, match="says that its picture has 64 by 48 pixels, but a part of it has 640 by 480"
    ):
        look(data)


def test_a_real_heic_of_another_size_is_refused() -> None:
    with pytest.raises(HiddenPixels, match="64 by 48 pixels, but a part of it has 640 by 480"):
        look(compose([coded(heic(plain(640, 480)), DECLARED)], brands=HEIC_BRANDS))


@pytest.mark.parametrize(
    "data",
    [
        avif(LARGE + key_frame()),
        avif(SMALL + key_frame((640, 480))),
        avif(SMALL + key_frame() + LARGE + key_frame()),
        avif(SMALL + key_frame() + key_frame((640, 480))),
        avif(SMALL + key_frame(), configured=LARGE),
        avif(obu(15, bytes(20_000)) + LARGE + key_frame(), gap=100_000),
        avif(LARGE + key_frame() + bytes(100_000), gap=100_000),
        avif(LARGE + key_frame(), pieces=7, gap=70_000),
        hevc([SLICE], [parameter_set(640, 480)]),
        hevc([SLICE], [parameter_set(640, 480, window=(0, 288, 0, 216))]),
        hevc([parameter_set(640, 480), SLICE], [parameter_set(*DECLARED)]),
        hevc([SLICE, parameter_set(640, 480), SLICE], [parameter_set(*DECLARED)]),
        hevc([parameter_set(640, 480), SLICE], [parameter_set(*DECLARED)], gap=100_000),
        hevc([SLICE], [parameter_set(*DECLARED), parameter_set(640, 480)]),
        avif(PADDED + LARGE + key_frame()),
        avif(PADDED + LARGE + key_frame(), gap=100_000, pieces=5),
        avif(PADDED + key_frame((640, 480))),
        avif(SMALL + obu(3, b"\xff") + obu(15, bytes(70_000)) + LARGE + key_frame()),
        avif((PADDED + obu(15, bytes(300_000))) * 3 + LARGE + key_frame()),
        hevc([SLICE, FILLER, parameter_set(640, 480), SLICE], [parameter_set(*DECLARED)]),
        hevc([nal_unit(24, b""), FILLER, parameter_set(640, 480), SLICE], [parameter_set(*DECLARED)]),
    ],
    ids=range(21),
)
def test_more_than_declared_is_refused_wherever_it_is_said(data: bytes) -> None:
    with pytest.raises(HiddenPixels, match="64 by 48 pixels, but a part of it has 640 by 480"):
        look(data)


@pytest.mark.parametrize(
    ("data", "info"),
    [
        (avif(SMALL + key_frame()), AVIF),
        (avif(SMALL + key_frame(), configured=SMALL), AVIF),
        (avif(sequence_header(64, 64) + key_frame()), AVIF),
        (avif(sequence_header(32, 24) + key_frame((16, 12))), AVIF),
        (avif(obu(5, bytes(20_000)) + SMALL + key_frame(), gap=100_000), AVIF),
        (avif(SMALL + key_frame() + bytes(200_000), gap=100_000, pieces=3), AVIF),
        (hevc([SLICE], [parameter_set(64, 64)]), HEIC),
        (hevc([SLICE], [parameter_set(64, 48)]), HEIC),
        (hevc([SLICE], [parameter_set(128, 64, window=(0, 32, 0, 8))]), HEIC),
        (hevc([nal_unit(39, bytes(20_000)), SLICE], [parameter_set(64, 48)], gap=100_000), HEIC),
        (avif(PADDED + key_frame((32, 24)) + obu(6, bytes(900_000)) + SMALL + key_frame()), AVIF),
        (avif(obu(15, bytes(3_000_000)) + SMALL + key_frame()), AVIF),
        (hevc([FILLER, SLICE, FILLER, parameter_set(64, 48), SLICE], [parameter_set(64, 48)]), HEIC),
        (hevc([nal_unit(20, b"\xff" * 700_000)] * 9, [parameter_set(64, 48)]), HEIC),
    ],
    ids=range(14),
)
def test_the_declared_size_and_padding_are_accepted(data: bytes, info: ImageInfo) -> None:
    assert look(data) == info


@pytest.mark.parametrize("size", [(1, 1), (60, 40), (65, 63), (333, 211), (1000, 8)])
def test_what_encoders_write_is_accepted(size: tuple[int, int]) -> None:
    assert look(encode(plain(*size), "AVIF")) == ImageInfo("image/avif", *size)
    assert look(heic(plain(*size))) == ImageInfo("image/heic", *size)


def test_a_second_real_picture_behind_padding_is_refused() -> None:
    """Decoders decode it with the first one."""
    _, first = parts(encode(plain(*DECLARED), "AVIF"))
    _, second = parts(encode(plain(2000, 1500), "AVIF"))
    assert look(avif(first + obu(15, bytes(70_000)) + first)) == AVIF
    with pytest.raises(HiddenPixels, match="64 by 48 pixels, but a part of it has 2,000 by 1,500"):
        look(avif(first + obu(15, bytes(70_000)) + second))


FAR = obu(15, bytes(700_000))


def test_a_picture_of_which_the_end_is_not_reached_is_refused() -> None:
    far = nal_unit(39, b"\xff" * 700_000)
    for data in (
        avif(FAR * 6 + SMALL + key_frame()),
        avif(SMALL + key_frame() + FAR * 6),
        hevc([far] * 6 + [SLICE], [parameter_set(*DECLARED)]),
    ):
        with pytest.raises(HeaderTooLarge):
            look(data)


@pytest.mark.parametrize("data", [b"", SMALL, SMALL + obu(3, b"\xff"), key_frame(), bytes(500), b"\xff" * 500])
def test_data_without_a_picture_are_refused(data: bytes) -> None:
    with pytest.raises(NotAnImage, match=r"no picture begins|cut off"):
        look(avif(data))


def test_units_without_end_are_given_up() -> None:
    tile = Item(b"av01", SMALL + key_frame() + obu(2, b"") * 9000, [heif.extent(*DECLARED)])
    with pytest.raises(HeaderTooLarge):
        look(compose([grid(5, 4, (320, 192)), *[tile] * 20], (b"dimg", 1, range(2, 22))))


def test_numbers_without_end_are_given_up() -> None:
    """Reading a header costs look-ups by its numbers, whether or not it makes sense at its end."""
    points = BitWriter().uint(0, 5).uint(0, 1).uint(1, 1).uint(31, 5)  # no timing, but delays; 32 points
    for _ in range(32):
        points.uint(0, 12).uint(8, 5).uint(0, 1).uint(1, 1).uint(0, 4)
    prefix = BitWriter().uint(0, 4).uint(0, 3).uint(0, 97).golomb(0).golomb(1).golomb(64).golomb(48).uint(1, 1)
    numbers = nal_unit(33, prefix.golomb(0xFFFF).golomb(0xFFFF).golomb(0xFFFF).done())
    for data in (
        avif(SMALL + key_frame() + obu(1, points.done()) * 15_000),
        hevc([SLICE, *[numbers] * 25_000], [parameter_set(*DECLARED)]),
    ):
        assert len(data) < MAX_BYTES
        with pytest.raises(HeaderTooLarge):
            look(data)


def test_far_data_cost_one_small_read() -> None:
    file = CountingFile(avif(SMALL + key_frame() + bytes(3_000_000), gap=200_000))
    assert file.inspect() == AVIF
    assert [length for _, length in file.reads] == [64 * 1024, 16 * 1024]
