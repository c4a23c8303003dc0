"""The page's removal of places from files of many cameras, telephones and programs, checked by exiftool and Pillow."""

import json
import os
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pillow_heif
import pytest
from PIL import Image, ImageSequence

from local import frontend, tools
from tests.support.corpus import RealFile, files
from tests.support.outcome import lacking

# Pillow warns of odd EXIF.
pytestmark = [pytest.mark.corpus, pytest.mark.filterwarnings("ignore::UserWarning")]
pillow_heif.register_heif_opener()

SCRIPT = Path(__file__).parents[2] / "frontend" / "testing" / "clean-files.js"
_ORIENTATION, _GPS = 0x0112, 0x8825

# Decoders read these, and the page asks before it sends them.
KNOWN_TO_BE_UNKNOWN = {"exif-samples_corrupted.jpg": "rubbish among its pixels: nobody can tell where they end"}
# Makers whose notes the page reads.
READ = re.compile(
    r"Apple|Canon|NIKON|SONY|FUJIFILM|Panasonic|OLYMPUS|OM Digital|samsung$|Google|PENTAX|Asahi", re.IGNORECASE
)
# Texts with coordinates.
TEXTS = {
    "exifr_iptc-independent-photographer-example.jpg": {"ImageDescription", "Caption-Abstract", "Description"},
}

# exiftool's names, as `family 0:family 1:tag`.
PLACE = re.compile(
    r"EXIF:GPS:|Composite:Composite:GPS|XMP:XMP-exif:GPS|XMP:XMP-photoshop:(City|State|Country)$"
    r"|XMP:XMP-iptcCore:(Location|CountryCode)$|XMP:XMP-iptcExt:Location(Created|Shown)|XMP:XMP-photomech:CountryCode$"
    r"|XMP:XMP-drone-dji:((GPS|Absolute|Relative)\w*|Latitude|Longitude)$"
    r"|IPTC:IPTC\d*:(City|Province-State|Country-Primary\w+|Sub-location|ContentLocation\w+)$"
    r"|MakerNotes:Pentax:(Hometown|Destination)City$|MakerNotes:Canon:TimeZoneCity$|MakerNotes:Panasonic:(City|Landmark)|APP5:RMETA:|MakerNotes:Samsung:MCCData$"
)
# Computed again, or said by exiftool itself about a file.
FOLLOWS = re.compile(r"\w+:\w+:(CurrentIPTCDigest|IPTCDigest|Warning|Error)$|Composite:")
BLANKED = {
    # With what exiftool finds inside of notes, and segments of makers.
    "makerNotes": re.compile(r"MakerNotes:|EXIF:ExifIFD:MakerNote|PrintIM:|File:File:PreviewImage$"),
    "credentials": re.compile(r"JUMBF:"),
    "trailer": re.compile(r"Trailer:"),
}

# Of each format, and of makers whose notes can hold a place.
WRITABLE = {
    "exif-samples_canon-hdr-yes.jpg",
    "exif-samples_img-5195.heic",
    "exifr_irvine-ca.avif",
    "exiftool_nikon.jpg",
    "exiftool_panasonic.jpg",
    "exiftool_pentax.jpg",
    "libultrahdr_apple-gainmap-new.jpg",
    "pillow-heif_chi.gif",
    "pillow-heif_xmp.png",
    "pillow-heif_xmp.webp",
}
_SPELT = "LATITUDE OF PARIS"
# Values, and the tags that get them.
WRITTEN = {
    "48.85837": "GPSLatitude GPSDestLatitude XMP-exif:GPSLatitude XMP-iptcExt:LocationCreatedGPSLatitude",
    "N": "GPSLatitudeRef GPSLongitudeRef",
    _SPELT: "GPSAreaInformation GPSMapDatum XMP-photoshop:City XMP-photoshop:State XMP-photoshop:Country "
    "XMP-iptcCore:Location XMP-iptcCore:CountryCode XMP-iptcExt:LocationShownCity XMP-xmpDM:shotLocation "
    "XMP-iptcExt:LocationCreatedSublocation XMP-exif:GPSAreaInformation XMP-prism:location IPTC:City IPTC:Sub-location "
    "IPTC:Province-State IPTC:Country-PrimaryLocationName IPTC:ContentLocationName Panasonic:City Panasonic:Landmark",
    "48.85837N, 2.294481E": "ImageDescription UserComment XPComment Comment XMP-dc:Description IPTC:Caption-Abstract",
    "Ana Maria": "Artist XMP-dc:Creator IPTC:By-line",
}

Tags = dict[str, Counter[str]]


@pytest.fixture(autouse=True)
def no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """One of the files has 200 million pixels."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)


@pytest.fixture(scope="module")
def cleaned(tmp_path_factory: pytest.TempPathFactory) -> "Cleaned":
    folder = tmp_path_factory.mktemp("cleaned")
    return Cleaned(folder, _clean(folder, [file.path for file in files()]))


def _clean(folder: Path, paths: list[Path]) -> dict[str, dict[str, object]]:
    """Clean files as the page does, and return what became of each."""
    assert frontend.npm(SCRIPT.parents[1], os.environ) == 0, "npm's packages cannot be installed"
    node = tools.find_program("NODE", os.environ)
    # V8's own threads now and then keep Node from ending, most often after an error: nodejs/node#54918.
    command = [str(node), "--single-threaded", str(SCRIPT), str(folder), *map(str, paths)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert ran.returncode == 0, ran.stderr
    found: dict[str, dict[str, object]] = json.loads(ran.stdout)
    return found


class Cleaned:
    """What became of each file."""

    def __init__(self, folder: Path, found: dict[str, dict[str, object]]) -> None:
        self.folder = folder
        self.location = {name: str(one["location"]) for name, one in found.items()}
        self.removed: dict[str, set[str]] = {
            name: set(one["removed"]) if isinstance(one["removed"], list) else set() for name, one in found.items()
        }

    def decodable(self) -> Iterator[RealFile]:
        yield from (file for file in files() if file.decodes)

    def pairs(self) -> Iterator[tuple[RealFile, Path]]:
        """Those that lost something, and what is left of them."""
        for file in files():
            if self.location[file.name] == "removed":
                yield file, self.folder / file.name

    def after(self, file: RealFile) -> Path:
        return self.folder / file.name if self.location[file.name] == "removed" else file.path


@pytest.fixture(scope="module")
def exiftool() -> str:
    program = shutil.which("exiftool")
    if program is None:
        lacking("EXIFTOOL", "there is no exiftool")
    return program


@pytest.fixture(scope="module")
def tags(exiftool: str, cleaned: Cleaned) -> tuple[Tags, Tags]:
    """All tags of the files that lost something, before and after."""
    before, after = zip(*cleaned.pairs(), strict=True)
    return _tags(exiftool, [file.path for file in before]), _tags(exiftool, list(after))


def test_every_file_that_decodes_is_edited_without_a_question(cleaned: Cleaned) -> None:
    """But for those that are known, which all must still make one. HEIC and AVIF are no exception."""
    assert len(cleaned.location) == len(files())
    unknown = {file.name for file in cleaned.decodable() if cleaned.location[file.name] == "unknown"}
    assert unknown == KNOWN_TO_BE_UNKNOWN.keys()


def test_only_places_and_blanked_blocks_differ(cleaned: Cleaned, tags: tuple[Tags, Tags]) -> None:
    """exiftool reads the same dates, cameras, authors and so on as before."""
    before, after = tags
    assert len(before) > 60
    wrong: dict[str, list[str]] = {}
    for name, then in before.items():
        allowed = [PLACE, FOLLOWS, *(BLANKED[what] for what in cleaned.removed[name] & BLANKED.keys())]
        differing = (then - after[name]) + (after[name] - then)
        keys = {entry.split("=", 1)[0] for entry in differing}
        keys = {key for key in keys if key.rsplit(":", 1)[1] not in TEXTS.get(name, ())}
        if others := sorted(key for key in keys if not any(pattern.match(key) for pattern in allowed)):
            wrong[name] = others
    assert wrong == {}


def test_no_place_is_left(cleaned: Cleaned, exiftool: str) -> None:
    """Neither for the manifest and exiftool nor in any byte: as numbers of EXIF or as text."""
    with_place = [file for file in cleaned.decodable() if file.has_gps]
    assert len(with_place) > 40
    assert {cleaned.location[file.name] for file in with_place} == {"removed"}
    sent = [cleaned.after(file) for file in cleaned.decodable() if cleaned.location[file.name] != "unknown"]
    left = {name: sorted(filter(_is_place, found)) for name, found in _tags(exiftool, sent).items()}
    assert {name: places for name, places in left.items() if places} == {}
    searched = 0
    for file in with_place:
        before, after = file.path.read_bytes(), cleaned.after(file).read_bytes()
        marks = [mark for mark in _coordinates(file.path) if mark in before]
        searched += len(marks)
        assert [mark for mark in marks if mark in after] == [], file.name
    assert searched > 40


def test_places_that_exiftool_writes_are_removed(exiftool: str, tmp_path: Path) -> None:
    """Into every standard's fields, in files of all formats and of makers with places in their notes."""
    written, cleaned = tmp_path / "written", tmp_path / "cleaned"
    written.mkdir()
    cleaned.mkdir()
    paths = [Path(shutil.copy(file.path, written)) for file in files() if file.name in WRITABLE]
    assert len(paths) == len(WRITABLE)
    for path in paths:
        path.chmod(0o600)
    tags = [f"-{tag}={value}" for value, named in WRITTEN.items() for tag in named.split()]
    command = [exiftool, "-q", "-m", "-overwrite_original", *tags, *map(str, paths)]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    found = _clean(cleaned, paths)
    assert {one["location"] for one in found.values()} == {"removed"}
    for name, entries in _tags(exiftool, [cleaned / path.name for path in paths]).items():
        assert not list(filter(_is_place, entries)), name
        assert not [entry for entry in entries if _SPELT in entry or "48.85" in entry], name
        assert any(entry.endswith("=Ana Maria") for entry in entries) or name.endswith("gif"), name
    for path in paths:
        data = (cleaned / path.name).read_bytes()
        assert _SPELT.encode() not in data
        assert b"48.85" not in data


def test_notes_of_the_makers_that_are_read_stay(cleaned: Cleaned) -> None:
    """Only those of unknown makers are blanked whole, and that is said."""
    lost = {file.name for file, _ in cleaned.pairs() if "makerNotes" in cleaned.removed[file.name]}
    assert {file.name for file in files() if file.name in lost and READ.match(file.make)} == set()
    assert len(lost) < 35


def test_lengths_pixels_colours_and_the_way_up_stay(cleaned: Cleaned) -> None:
    wrong: list[str] = []
    for file, path in cleaned.pairs():
        same_length = file.kind == "PNG" or file.path.stat().st_size == path.stat().st_size
        if not same_length or (file.decodes and _look(file.path) != _look(path)):
            wrong.append(file.name)
    assert wrong == []


def _tags(exiftool: str, paths: list[Path]) -> Tags:
    """Each file's tags and their values, as often as they are there."""
    command = [exiftool, "-json", "-a", "-G0:1:4", "-ee", "-n", "-x", "System:all", *map(str, paths)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)
    found: Tags = {}
    for one in json.loads(ran.stdout):
        name = Path(one.pop("SourceFile")).name
        found[name] = Counter(f"{_key(key)}={value}" for key, value in one.items())
    assert len(found) == len(paths)
    return found


def _key(key: str) -> str:
    """`family 0:family 1:tag` without the number of a copy; exiftool names equal families once."""
    groups = [group for group in key.split(":") if not re.fullmatch(r"Copy\d+", group)]
    return ":".join([groups[0], *groups] if len(groups) == 2 else groups)


def _is_place(entry: str) -> bool:
    """Whether a tag says where: neither spaces nor numbers that stand for no city, nor a bare version."""
    key, value = entry.split("=", 1)
    if not PLACE.match(key) or key.endswith(":GPSVersionID"):
        return False
    return bool(value.strip()) and not ("City" in key and value in ("0", "65535"))


def _coordinates(path: Path) -> Iterator[bytes]:
    """The latitude and longitude in the forms in which files hold them."""
    with Image.open(path) as image:
        gps = image.getexif().get_ifd(_GPS)
    for tag in (2, 4):
        parts = gps.get(tag)
        if not isinstance(parts, tuple) or len(parts) != 3 or any(part.denominator == 0 for part in parts):
            continue
        for order in ("little", "big"):
            numbers = [number for part in parts for number in (part.numerator, part.denominator)]
            yield b"".join(int(number).to_bytes(4, order) for number in numbers)  # type: ignore[arg-type]
        degrees = sum(float(part) / 60**index for index, part in enumerate(parts))
        minutes = f"{int(degrees)},{degrees % 1 * 60:.4f}"
        for words in (f"{degrees:.5f}"[:-1], minutes[:-1]):
            if degrees:
                yield from (words.encode(), words.encode("utf-16le"), words.encode("utf-16be"))


def _look(path: Path) -> list[object]:
    """All that a viewer shows of it."""
    with Image.open(path) as image:
        orientation = image.getexif().get(_ORIENTATION, 1)
        return [
            orientation if orientation in range(1, 9) else 1,
            image.info.get("icc_profile"),
            *_frames(image),
        ]


def _frames(image: Image.Image) -> Iterator[object]:
    try:
        for frame in ImageSequence.Iterator(image):
            yield frame.mode, frame.size, frame.info.get("duration"), hash(frame.tobytes())
    except ValueError as error:
        yield str(error)  # a file names more images than it holds
