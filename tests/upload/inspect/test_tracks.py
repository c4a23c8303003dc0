"""Image sequences: their tracks, which browsers play, must not be larger than what the file declares."""

import contextlib
import io
import struct

import pytest
from PIL import Image

from tests.upload.inspect import heif_builder as heif
from tests.upload.inspect.bit_writer import key_frame, obu, sequence_header
from tests.upload.inspect.corpus import encode, heic, look, noise, plain, shown_size
from tests.upload.inspect.heif_items import coded, compose
from upload.inspect import HiddenPixels, ImageInfo, NotAnImage, TooManyPixels

SIZE = (96, 80)
INFO = ImageInfo("image/avif", *SIZE)
FRAMES = [noise(*SIZE, seed) for seed in range(3)]
MOVING = encode(FRAMES[0], "AVIF", save_all=True, append_images=FRAMES[1:])
AS_STILL = MOVING.replace(b"ftypavis", b"ftypavif")
AS_EITHER = MOVING.replace(b"ftypavis", b"ftypmif1")


def with_still(data: bytes, width: int, height: int) -> bytes:
    """The file with another size of its still picture."""
    assert data.count(heif.extent(*SIZE)) == 1
    return data.replace(heif.extent(*SIZE), heif.extent(width, height))


def with_track(data: bytes, width: int, height: int) -> bytes:
    """The file with another size of its track."""
    place = data.index(b"tkhd")
    size = struct.pack(">II", SIZE[0] << 16, SIZE[1] << 16)
    return data[:place] + data[place:].replace(size, struct.pack(">II", width << 16, height << 16), 1)


def with_entry(data: bytes, width: int, height: int) -> bytes:
    """The file with another size in its sample entry."""
    place = data.index(b"av01", data.index(b"stsd")) + 28
    assert data[place : place + 4] == struct.pack(">HH", *SIZE)
    return data[:place] + struct.pack(">HH", width, height) + data[place + 4 :]


def with_frames(data: bytes, frames: bytes) -> bytes:
    """The file with other data in all of its samples, of the same length."""
    place = data.index(b"mdat") + 4
    room = len(data) - place
    # The first two bytes of the still picture and of the samples are a temporal delimiter.
    filled = bytearray(data)
    start = data.find(b"\x12\0\n", place)
    while start >= 0:
        filled[start : start + len(frames)] = frames
        start = data.find(b"\x12\0\n", start + 1)
    assert len(filled) - place == room
    return bytes(filled)


@pytest.mark.parametrize("data", [MOVING, AS_STILL, AS_EITHER], ids=["avis", "avif", "mif1"])
def test_what_an_encoder_writes_is_accepted(data: bytes) -> None:
    assert look(data) == INFO == ImageInfo("image/avif", *shown_size(data))


@pytest.mark.parametrize("data", [MOVING, AS_STILL, AS_EITHER], ids=["avis", "avif", "mif1"])
def test_a_track_larger_than_the_still_picture_is_refused(data: bytes) -> None:
    with pytest.raises(HiddenPixels, match="96 by 80 pixels, but a part of it has 4,000 by 3,000"):
        look(with_track(data, 4000, 3000))
    with pytest.raises(TooManyPixels, match="16,000 by 16,000"):
        look(with_track(data, 16_000, 16_000))


def test_a_still_picture_smaller_than_its_sequence_is_refused() -> None:
    """Browsers play the sequence, whatever `ispe` says."""
    data = with_still(MOVING, 32, 24)
    with Image.open(io.BytesIO(data)) as image:
        assert image.size == SIZE
    with pytest.raises(HiddenPixels, match="32 by 24 pixels, but a part of it has 96 by 80"):
        look(data)


def test_a_sample_entry_larger_than_declared_is_refused() -> None:
    with pytest.raises(HiddenPixels, match="a part of it has 4,000 by 3,000"):
        look(with_entry(MOVING, 4000, 3000))


@pytest.mark.parametrize("size", [(128, 128), (96, 80), (48, 40), (0, 0)])
def test_padding_in_a_sample_entry_is_accepted(size: tuple[int, int]) -> None:
    assert look(with_entry(MOVING, *size)) == INFO


@pytest.mark.parametrize(
    "frames", [sequence_header(640, 480) + key_frame(), sequence_header(96, 80) + key_frame((640, 480))]
)
def test_samples_larger_than_declared_are_refused(frames: bytes) -> None:
    with pytest.raises(HiddenPixels, match="96 by 80 pixels, but a part of it has 640 by 480"):
        look(with_frames(MOVING, b"\x12\0" + frames))


def with_first_sample(data: bytes, sample: bytes) -> bytes:
    """The file with another first sample, at its end."""
    changed = bytearray(data)
    for kind, before, value in ((b"stsz", 12, len(sample)), (b"stco", 8, len(data))):
        place = data.index(kind) + 4 + before
        changed[place : place + 4] = value.to_bytes(4)
    return bytes(changed) + sample


def test_the_first_sample_is_followed_to_its_end() -> None:
    padded = sequence_header(*SIZE) + key_frame() + obu(15, bytes(70_000))
    assert look(with_first_sample(MOVING, padded + key_frame((64, 48)))) == INFO
    with pytest.raises(HiddenPixels, match="96 by 80 pixels, but a part of it has 640 by 480"):
        look(with_first_sample(MOVING, padded + key_frame((640, 480))))


def test_later_samples_are_not_read() -> None:
    """A film is far larger than what may be read."""
    moving = with_first_sample(MOVING, sequence_header(*SIZE) + key_frame())
    place = moving.index(b"stsz") + 20
    longer = moving[:place] + (7_000_000).to_bytes(4) + moving[place + 4 :]
    assert look(longer + obu(15, bytes(1_000_000)) * 7) == INFO


def test_a_sequence_shows_its_track_where_browsers_play_it() -> None:
    for data in (with_track(MOVING, 64, 60), with_track(AS_EITHER, 64, 60), with_track(AS_STILL, 64, 60)):
        assert look(data) == ImageInfo("image/avif", *shown_size(data))


def test_a_sequence_without_a_still_picture_counts_as_its_track() -> None:
    data = MOVING.replace(b"pitm", b"free")
    assert look(data) == INFO == ImageInfo("image/avif", *shown_size(data))
    with pytest.raises(HiddenPixels, match="64 by 60 pixels, but a part of it has 96 by 80"):
        look(
            with_track(data, 32, 24).replace(
                struct.pack(">II", 32 << 16, 24 << 16), struct.pack(">II", 64 << 16, 60 << 16)
            )
        )
    with pytest.raises(NotAnImage, match="which picture it shows"):
        look(AS_STILL.replace(b"pitm", b"free"))


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_a_sequence_is_turned_by_its_sample_entry(turns: int) -> None:
    rotation = heif.box(b"irot", bytes([turns]), bytes(7))
    place = MOVING.index(b"ccst") - 4
    data = MOVING[:place] + rotation + MOVING[place + len(rotation) :]
    assert look(data) == ImageInfo("image/avif", *shown_size(data))
    assert (look(data).width == SIZE[0]) == (turns % 2 == 0)


@pytest.mark.parametrize("part", [b"tkhd", b"mdia", b"stsd", b"stsz", b"stco", b"stsc"])
def test_a_damaged_sequence_is_an_image_or_refused(part: bytes) -> None:
    with contextlib.suppress(NotAnImage):
        assert look(MOVING.replace(part, b"free")) == INFO


def test_a_moving_picture_behind_its_data_is_found() -> None:
    """`moov` may be at the end of the file, behind far more data than are read."""
    start = MOVING.index(b"moov") - 4
    length = int.from_bytes(MOVING[start : start + 4])
    moov, rest = MOVING[start : start + length], MOVING[start + length :]
    moved = MOVING[:start] + heif.box(b"free", bytes(length - 8)) + rest + heif.box(b"free", bytes(3_000_000)) + moov
    assert look(moved) == INFO
    with pytest.raises(HiddenPixels, match="a part of it has 4,000 by 3,000"):
        look(with_track(moved, 4000, 3000))


def test_a_heic_with_a_damaged_sequence_counts_as_its_still_picture() -> None:
    data = compose([coded(heic(plain(64, 64)), (64, 64))], brands=b"heic\0\0\0\0mif1heicmsf1")
    for film in (heif.box(b"moov", bytes(50)), heif.box(b"moov", heif.box(b"trak", bytes(9)))):
        assert look(data + film) == ImageInfo("image/heic", 64, 64)
    assert look(data[:-1]) == ImageInfo("image/heic", 64, 64)


def test_a_track_without_samples_hides_no_other() -> None:
    """Browsers play the first track that has samples."""
    start = MOVING.index(b"trak") - 4
    track = MOVING[start : start + int.from_bytes(MOVING[start : start + 4])]
    empty = track.replace(b"stco", b"free")
    film, rest = MOVING.index(b"moov") - 4, MOVING.replace(b"pitm", b"free")
    length = int.from_bytes(MOVING[film : film + 4])
    hidden = rest[:film] + heif.box(b"free", bytes(length - 8)) + rest[film + length :]
    assert look(hidden + heif.box(b"moov", empty, track)) == INFO
    assert look(hidden + heif.box(b"moov", with_track(empty, 4000, 3000), with_track(track, 4000, 3000))) == (
        ImageInfo("image/avif", 4000, 3000)
    )
    with pytest.raises(HiddenPixels, match="96 by 80 pixels, but a part of it has 4,000 by 3,000"):
        look(hidden + heif.box(b"moov", with_track(empty, 4000, 3000), track))
    with pytest.raises(NotAnImage, match="which picture it shows"):
        look(hidden + heif.box(b"moov", empty))
