"""Makes image files for the tests, and inspects them with a count of the cost."""

import io
import random
import struct
import zlib
from typing import Any, Literal

import pillow_heif
from PIL import Image, ImageOps

from upload.inspect import MAX_BYTES, MAX_READS, ImageInfo, inspect

WIDTH, HEIGHT = 60, 40
ORIENTATIONS = tuple(range(1, 9))


class CountingFile:
    """A file in memory that counts its reads."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.reads: list[tuple[int, int]] = []

    def read(self, offset: int, length: int) -> bytes:
        assert offset >= 0
        assert length > 0
        assert offset + length <= len(self.data), "asked for more than the file has"
        self.reads.append((offset, length))
        return self.data[offset : offset + length]

    def inspect(self) -> ImageInfo:
        """Inspect a file; fail when that costs more than allowed, even for a refusal."""
        try:
            return inspect(self.read, len(self.data))
        finally:
            assert len(self.reads) <= MAX_READS
            assert sum(length for _, length in self.reads) <= MAX_BYTES


def look(data: bytes) -> ImageInfo:
    return CountingFile(data).inspect()


def shown_size(data: bytes) -> tuple[int, int]:
    """The reference: the size at which Pillow displays the whole file, by its own decoders.

    Another test may have added one that claims AVIF too and cannot decode it.
    """
    with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "GIF", "WEBP", "AVIF")) as image:
        return ImageOps.exif_transpose(image).size


def noise(width: int = WIDTH, height: int = HEIGHT, seed: int = 0) -> Image.Image:
    """A picture that no format can compress well."""
    return Image.frombytes("RGB", (width, height), random.Random(seed).randbytes(width * height * 3))


def plain(width: int = WIDTH, height: int = HEIGHT, mode: str = "RGB") -> Image.Image:
    return Image.linear_gradient("L").resize((width, height)).convert(mode)


def encode(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def heic(image: Image.Image, **options: Any) -> bytes:
    file = io.BytesIO()
    pillow_heif.from_pillow(image).save(file, **options)
    return file.getvalue()


def exif(orientation: int, *, order: Literal["<", ">"] = "<", prefix: bytes = b"Exif\0\0", kind: int = 3) -> bytes:
    """An EXIF block with an entry before and one after the orientation. `kind` 3 is SHORT, the correct one; 4 LONG."""
    value = struct.pack(order + "HH", orientation, 0) if kind == 3 else struct.pack(order + "I", orientation)
    return (
        prefix
        + (b"II*\0" if order == "<" else b"MM\0*")
        + struct.pack(order + "IH", 8, 3)
        + struct.pack(order + "HHIHH", 0x0100, 3, 1, 6, 0)  # a width that must not be taken for the orientation
        + struct.pack(order + "HHI", 0x0112, kind, 1)
        + value
        + struct.pack(order + "HHIHH", 0x0128, 3, 1, 2, 0)
        + bytes(4)
    )


def segment(marker: int, body: bytes) -> bytes:
    """A JPEG segment."""
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def chunk(kind: bytes, body: bytes) -> bytes:
    """A PNG chunk."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def riff(*chunks: tuple[bytes, bytes]) -> bytes:
    """A WebP file with these chunks."""
    body = b"".join(kind + struct.pack("<I", len(data)) + data + bytes(len(data) % 2) for kind, data in chunks)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def riff_chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    """The chunks of a WebP file."""
    found, position = [], 12
    while position < len(data):
        length = int.from_bytes(data[position + 4 : position + 8], "little")
        found.append((data[position : position + 4], data[position + 8 : position + 8 + length]))
        position += 8 + length + length % 2
    return found


def insert_before(data: bytes, mark: bytes, what: bytes, *, back: int = 0) -> bytes:
    """Insert `what` into `data`, `back` bytes before the first `mark`."""
    place = data.index(mark) - back
    return data[:place] + what + data[place:]
