"""Pictures for the tests of the page, made with Pillow."""

import io
import os
from pathlib import Path

from PIL import Image

_ORIENTATION, _MAKE, _GPS = 0x0112, 0x010F, 0x8825
_LATITUDE_REF, _LATITUDE = 1, 2


def noisy_jpeg(path: Path, size: tuple[int, int] = (1600, 1067), *, place: bool = False, orientation: int = 1) -> Path:
    """Write a JPEG that no other has the bytes of, with EXIF; with `place` also with a latitude."""
    small = Image.frombytes("RGB", (16, 11), os.urandom(16 * 11 * 3))
    exif = Image.Exif()
    exif[_MAKE] = "Vitrine"
    exif[_ORIENTATION] = orientation
    if place:
        gps = exif.get_ifd(_GPS)
        gps[_LATITUDE_REF], gps[_LATITUDE] = "S", (23.0, 33.0, 1.5)
        exif[_GPS] = gps
    path.parent.mkdir(exist_ok=True)
    small.resize(size, Image.Resampling.BICUBIC).save(path, quality=88, exif=exif)
    return path


def pixel(colour: tuple[int, int, int]) -> bytes:
    """Return a WebP of one pixel, in exactly this colour."""
    target = io.BytesIO()
    Image.new("RGB", (1, 1), colour).save(target, "WEBP", lossless=True)
    return target.getvalue()
