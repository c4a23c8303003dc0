"""Which previews move."""

import struct

import pytest

from tests.support.pictures import animation, picture
from upload.lifecycle.moving import is_moving

SIZE = (50, 40)


def extended(flags: int, *chunks: tuple[bytes, bytes]) -> bytes:
    """Return a WebP of that canvas with these chunks."""
    canvas = struct.pack("<I", flags) + (SIZE[0] - 1).to_bytes(3, "little") + (SIZE[1] - 1).to_bytes(3, "little")
    body = b"".join(
        kind + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)
        for kind, content in ((b"VP8X", canvas), *chunks)
    )
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


@pytest.mark.parametrize(
    "still",
    [
        picture("JPEG", SIZE),
        picture("WEBP", SIZE),
        picture("WEBP", SIZE, lossless=True),
        picture("WEBP", SIZE, exif=b"Exif\0\0ANMF"),
        extended(0x08, (b"VP8L", b"odd"), (b"EXIF", b"ANIMANMF")),
    ],
    ids=["jpeg", "webp", "lossless webp", "webp with exif", "the words within a chunk"],
)
def test_one_picture_is_still(still: bytes) -> None:
    assert not is_moving(still)


@pytest.mark.parametrize(
    "moving",
    [
        animation("WEBP", SIZE),
        extended(0x02, (b"VP8L", b"flag")),
        extended(0x00, (b"ANIM", b"odd")),
        extended(0x00, (b"VP8L", b"odd"), (b"ANMF", b"large")),
    ],
    ids=["animation", "flag alone", "no flag, but a loop", "no flag, but a frame behind the picture"],
)
def test_the_flag_or_a_frame_makes_it_move(moving: bytes) -> None:
    assert is_moving(moving)
