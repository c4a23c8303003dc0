"""The page's cleaning of places over files of many cameras, telephones and programs, checked by Pillow."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageSequence

from local import tools
from tests.support.corpus import RealFile, files

# Pillow warns of odd EXIF.
pytestmark = [pytest.mark.corpus, pytest.mark.filterwarnings("ignore::UserWarning")]

SCRIPT = Path(__file__).parents[2] / "frontend" / "testing" / "clean-files.js"
CLEANABLE = {"JPEG", "MPO", "PNG", "WEBP", "GIF"}
_ORIENTATION, _GPS = 0x0112, 0x8825

# Decoders read these, and the page asks before it sends them.
KNOWN_TO_BE_UNKNOWN = {"exif-samples_corrupted.jpg": "rubbish among its pixels: nobody can tell where they end"}


@pytest.fixture(scope="module")
def cleaned(tmp_path_factory: pytest.TempPathFactory) -> "Cleaned":
    folder = tmp_path_factory.mktemp("cleaned")
    node = tools.find_program("NODE", os.environ)
    # V8's own threads now and then keep Node from ending, most often after an error: nodejs/node#54918.
    command = [str(node), "--single-threaded", str(SCRIPT), str(folder), *(str(file.path) for file in files())]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert ran.returncode == 0, ran.stderr
    return Cleaned(folder, json.loads(ran.stdout))


class Cleaned:
    """What became of each file."""

    def __init__(self, folder: Path, found: dict[str, str]) -> None:
        self.folder = folder
        self.found = found

    def decodable(self) -> Iterator[tuple[RealFile, str]]:
        """Files of the formats that the page cleans, which Pillow decodes, and what it did with them."""
        for file in files():
            if file.decodes and _format(file.path) in CLEANABLE:
                yield file, self.found[file.name]

    def pairs(self) -> Iterator[tuple[RealFile, Path]]:
        """Those that lost a place, and without it."""
        for file, found in self.decodable():
            if found == "removed":
                yield file, self.folder / file.name


def test_every_file_that_decodes_can_be_cleaned(cleaned: Cleaned) -> None:
    """But for those that are known, which all must still be unknown."""
    assert len(cleaned.found) == len(files())
    unknown = {file.name for file, found in cleaned.decodable() if found == "unknown"}
    assert unknown == KNOWN_TO_BE_UNKNOWN.keys()


def test_no_place_is_left(cleaned: Cleaned) -> None:
    """By the manifest's word and by Pillow's, in what was cleaned and in what was left as it is."""
    with_place = [(file.name, found) for file, found in cleaned.decodable() if file.has_gps]
    assert len(with_place) > 20
    assert {found for _, found in with_place} == {"removed"}
    wrong: list[str] = []
    for file, found in cleaned.decodable():
        with Image.open(cleaned.folder / file.name if found == "removed" else file.path) as image:
            if found != "unknown" and (image.getexif().get_ifd(_GPS) or b"GPSL" in image.info.get("xmp", b"")):
                wrong.append(file.name)
    assert wrong == []


def test_pixels_colours_and_the_way_up_stay(cleaned: Cleaned) -> None:
    wrong = [file.name for file, path in cleaned.pairs() if _look(file.path) != _look(path)]
    assert wrong == []


def _format(path: Path) -> str | None:
    try:
        with Image.open(path) as image:
            return image.format
    except Image.UnidentifiedImageError:
        return None


def _look(path: Path) -> list[object]:
    """All that a viewer shows of it: of several pictures in one JPEG, the first."""
    with Image.open(path) as image:
        orientation = image.getexif().get(_ORIENTATION, 1)
        frames = [image] if image.format in {"JPEG", "MPO"} else ImageSequence.Iterator(image)
        return [
            orientation if orientation in range(1, 9) else 1,
            image.info.get("icc_profile"),
            *((frame.mode, frame.size, frame.info.get("duration"), hash(frame.tobytes())) for frame in frames),
        ]
