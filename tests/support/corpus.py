"""Real picture files from the folder that CORPUS names, and photographs made from them.

Tests that use them have the marker `corpus`. The files are never copied into the repository.
"""

import csv
import hashlib
import io
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pillow_heif
from PIL import Image

_ORIENTATION = 0x0112
_TYPES = {  # Pillow's name of the format → media type
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",  # several pictures in one file: viewers show the first
    "PNG": "image/png",
    "WEBP": "image/webp",
    "GIF": "image/gif",
    "AVIF": "image/avif",
}


@dataclass(frozen=True)
class RealFile:
    """A row of the manifest."""

    path: Path
    sha256: str
    kind: str
    """The format as exiftool names it."""
    make: str
    decodes: bool
    has_gps: bool
    features: frozenset[str]

    @property
    def name(self) -> str:
        return self.path.name

    def read(self) -> bytes:
        """The file's bytes. Fails if they do not match the manifest."""
        data = self.path.read_bytes()
        assert hashlib.sha256(data).hexdigest() == self.sha256, f"{self.name} does not match the manifest"
        return data


@cache
def files() -> tuple[RealFile, ...]:
    """Return all files in the manifest's order."""
    folder = Path(os.environ["CORPUS"])
    with (folder / "manifest.csv").open(encoding="utf-8", newline="") as rows:
        return tuple(
            RealFile(
                folder / "files" / row["file"],
                row["sha256"],
                row["file_type"],
                row["make"],
                row["decodes"] == "yes",
                row["has_gps"] == "yes",
                frozenset(row["features"].split()),
            )
            for row in csv.DictReader(rows)
        )


def spread(count: int, *, without: Collection[str]) -> list[RealFile]:
    """Return so many decodable files of many kinds and makers, without these names; always the same ones."""
    rest = [file for file in files() if file.decodes and file.name not in without]
    chosen: list[RealFile] = []
    while len(chosen) < count:
        alike = Counter(fact for file in chosen for fact in (file.kind, file.make))
        chosen.append(min(rest, key=lambda file: alike[file.kind] + alike[file.make]))
        rest.remove(chosen[-1])
    return chosen


def as_decoded(data: bytes) -> tuple[str, int, int]:
    """Return media type, width and height as displayed, read by Pillow or libheif without decoding pixels."""
    if pillow_heif.get_file_mimetype(data).startswith("image/hei"):
        return "image/heic", *pillow_heif.open_heif(data).size  # libheif has already applied the rotation
    with Image.open(io.BytesIO(data)) as image:
        assert image.format in _TYPES, image.format
        width, height = image.size
        turned = image.getexif().get(_ORIENTATION, 1) in range(5, 9)
        return _TYPES[image.format], *((height, width) if turned else (width, height))


def photos(count: int, folder: Path, *, seed: int = 1) -> list[Path]:
    """Make so many distinct JPEG photographs of 12 megapixels, 2 to 5 MB each; 0.3 s each on an idle machine.

    The same seed gives the same photographs.
    """
    script = Path(os.environ["CORPUS"], "make_photos.py")
    command = [sys.executable, str(script), str(folder), "--count", str(count), "--seed", str(seed)]
    subprocess.run(command, check=True, capture_output=True)
    return sorted(folder.glob("photo_*.jpg"))
