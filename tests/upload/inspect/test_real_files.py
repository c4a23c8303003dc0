"""The header parsers on files from many cameras, telephones and programs."""

import re
import struct

import pytest

from tests.support.corpus import as_decoded, files
from tests.upload.inspect.corpus import look
from upload.inspect import NotAnImage, Truncated

# Pillow warns about unusual EXIF.
pytestmark = [pytest.mark.corpus, pytest.mark.filterwarnings("ignore::UserWarning")]

# Decoders read these files, but the service finds something else.
KNOWN_DEVIATIONS = {
    "pillow-heif_200mp.heic": "refused: it has more than MAX_PIXELS",
    "pillow-heif_invalid-id.heic": "its main picture calls itself the thumbnail of another: libheif shows that",
}


def test_every_file_is_accepted_or_refused_within_bounds() -> None:
    """No other exception, and no more reads or bytes than promised."""
    wrong: dict[str, str] = {}
    for file in files():
        try:
            look(file.read())
        except NotAnImage:
            pass
        except Exception as error:
            wrong[file.name] = repr(error)
    assert wrong == {}


def test_type_and_size_are_those_that_decoders_find() -> None:
    """For every file that decodes, except the known deviations, which must all still deviate."""
    deviations: dict[str, str] = {}
    for file in files():
        if not file.decodes:
            continue
        data = file.read()
        expected = as_decoded(data)
        try:
            found = look(data)
        except NotAnImage as refusal:
            deviations[file.name] = refusal.detail
            continue
        if (found.media_type, found.width, found.height) != expected:
            deviations[file.name] = f"{found} instead of {expected}"
    unknown = {name: what for name, what in deviations.items() if name not in KNOWN_DEVIATIONS}
    assert unknown == {}
    assert deviations.keys() == KNOWN_DEVIATIONS.keys()


def test_no_real_avif_or_heic_can_declare_an_eighth_of_its_size() -> None:
    """The headers of all encoders are understood: so a file that said less would be refused."""
    tried: list[str] = []
    accepted: list[str] = []
    for file in files():
        data = file.read()
        smaller = _declaring_less(data)
        if file.decodes and file.name not in KNOWN_DEVIATIONS and smaller != data:
            tried.append(file.name)
            try:
                accepted.append(f"{file.name}: {look(smaller)}")
            except NotAnImage as refusal:
                assert "but " in refusal.detail, f"{file.name}: {refusal.detail}"
    assert len(tried) >= 20
    assert accepted == []


def _declaring_less(data: bytes) -> bytes:
    """The file with an eighth of each size that an `ispe` box states, if that is less than padding could explain."""

    def eighth(found: re.Match[bytes]) -> bytes:
        width, height = struct.unpack(">II", found[1])
        size = (width // 8, height // 8) if min(width, height) >= 256 else (width, height)
        return b"\0\0\0\x14ispe\0\0\0\0" + struct.pack(">II", *size)

    return re.sub(rb"\0\0\0\x14ispe\0\0\0\0(.{8})", eighth, data, flags=re.DOTALL)


def test_a_file_that_ends_inside_its_header_is_refused_as_cut_off() -> None:
    cut = [file for file in files() if "header-only" in file.features]
    assert cut
    for file in cut:
        with pytest.raises(Truncated):
            look(file.read())
