"""Any file name becomes safe for keys, headers, disks and readers, with the extension of its type."""

import json
import sys
import time
import unicodedata
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain import filenames, media_types

ATTR = "!#$&+^`|"  # RFC 8187, attr-char
BIDI_CONTROLS = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")

# Mostly problematic characters: dots, spaces, separators, combining marks, joiners, surrogates.
odd = st.text(st.sampled_from(list("ab. ~/\\\t\u0301\u0338\u200d\u200e\u202e\ufeff\ud83d\udfffé日👩👍🏽")))
anything = st.text(st.characters()) | odd
long_names = st.text(st.sampled_from("aé日👩\u0301\u200d🏽 ."), min_size=60, max_size=200)


@pytest.mark.parametrize(
    ("given_name", "cleaned"),
    [
        ("IMG_1234.JPG", "IMG_1234.JPG"),
        ("Férias à praia (1).jpg", "Férias à praia (1).jpg"),
        ("cafe\u0301.png", "café.png"),
        ("../../etc/passwd", "etcpasswd"),
        ("C:\\photos\\a.jpg", "C:photosa.jpg"),
        (".htaccess", "htaccess"),
        ("photo.jpg. . ", "photo.jpg"),
        ("  photo.jpg", "photo.jpg"),
        ("a~b.jpg", "ab.jpg"),
        ("line\r\nbreak\x00.png", "linebreak.png"),
        ("ann\u202egpj.exe", "anngpj.exe"),
        ("half\ud83d.gif", "half.gif"),
        ("no\ufdd0char\U0010ffff.gif", "nochar.gif"),
        ("👩\u200d🚀.heic", "👩\u200d🚀.heic"),
        ("CON.jpg", "CON.jpg"),
        ("", "image"),
        ("...", "image"),
        (" \u3000\u00a0", "image"),
        ("~/\\", "image"),
    ],
)
def test_a_name_keeps_what_people_read_and_loses_what_harms(given_name: str, cleaned: str) -> None:
    assert filenames.clean(given_name) == cleaned


@given(anything)
def test_a_clean_name_is_safe_everywhere(name: str) -> None:
    cleaned = filenames.clean(name)
    assert cleaned
    assert len(cleaned.encode("utf-8")) <= filenames.MAX_BYTES
    assert unicodedata.is_normalized("NFC", cleaned)
    assert cleaned.strip(". ") == cleaned
    assert not set(cleaned) & set("/\\~")
    for character in cleaned:
        assert unicodedata.category(character) not in ("Cc", "Cs", "Zl", "Zp")
        assert unicodedata.bidirectional(character) not in BIDI_CONTROLS
        assert ord(character) & 0xFFFE != 0xFFFE
        assert not 0xFDD0 <= ord(character) <= 0xFDEF


@given(anything | long_names)
def test_cleaning_twice_changes_nothing(name: str) -> None:
    once = filenames.clean(name)
    assert filenames.clean(once) == once


@pytest.mark.parametrize(
    ("name", "media_type", "expected"),
    [
        ("photo.jpg", "image/jpeg", "photo.jpg"),
        ("photo.jpeg", "image/jpeg", "photo.jpeg"),
        ("photo.JPG", "image/jpeg", "photo.JPG"),
        ("photo.png", "image/jpeg", "photo.jpg"),
        ("photo.HEIC", "image/avif", "photo.avif"),
        ("scan.tiff", "image/png", "scan.png"),
        ("report.v2", "image/png", "report.v2.png"),
        ("setup.exe", "image/gif", "setup.exe.gif"),
        ("page.html", "image/webp", "page.html.webp"),
        ("image", "image/heic", "image.heic"),
        ("jpg", "image/jpeg", "jpg.jpg"),
        ("a .png", "image/jpeg", "a.jpg"),
    ],
)
def test_the_extension_says_what_the_bytes_are(name: str, media_type: str, expected: str) -> None:
    assert filenames.with_extension(name, media_type) == expected


@given(anything, st.sampled_from(media_types.ALLOWED_TYPES), st.integers(32, 255))
def test_a_published_name_is_clean_and_has_its_type_whatever_it_was_called(
    name: str, media_type: str, limit: int
) -> None:
    named = filenames.trim(filenames.with_extension(filenames.clean(name), media_type), limit)
    assert media_types.media_type_of(named) == media_type
    assert filenames.clean(named) == named
    assert filenames.with_extension(named, media_type) == named


def test_types_that_do_not_enter_have_no_extension() -> None:
    with pytest.raises(KeyError):
        filenames.with_extension("a.svg", "image/svg+xml")


@given(long_names.map(filenames.clean), st.integers(32, 255))
def test_trimming_fits_takes_from_the_middle_alone_and_is_final(name: str, limit: int) -> None:
    trimmed = filenames.trim(name, limit)
    assert 0 < len(trimmed.encode()) <= limit
    assert any(name.startswith(trimmed[:i]) and name.endswith(trimmed[i:]) for i in range(1, len(trimmed) + 1))
    assert filenames.trim(trimmed, limit) == trimmed
    if len(name.encode()) <= limit:
        assert trimmed == name


@pytest.mark.parametrize(
    ("name", "trimmed"),
    [
        ("a" * 40 + ".jpeg", "a" * 27 + ".jpeg"),
        ("日" * 20 + ".png", "日" * 9 + ".png"),
        ("a" * 24 + "🇧" * 9 + ".png", "a" * 24 + "🇧" + ".png"),
        ("a" * 27 + "q\u0303" * 9 + ".png", "a" * 27 + ".png"),
        ("a" * 21 + "👩\u200d🚀" * 9 + ".png", "a" * 21 + ".png"),
        ("a" * 24 + "👍🏽" * 9 + ".png", "a" * 24 + ".png"),
        ("a" * 27 + " " + "b" * 9 + ".png", "a" * 27 + ".png"),
        ("a" + "\u0301" * 99, "a" + "\u0301" * 15),  # longer than any real character, so it is split
    ],
)
def test_trimming_cuts_between_characters_and_keeps_the_extension(name: str, trimmed: str) -> None:
    assert filenames.trim(name, 32) == trimmed


def test_a_limit_without_room_for_a_name_is_refused() -> None:
    with pytest.raises(ValueError, match="fewer than 32"):
        filenames.trim("a.jpg", 31)


@pytest.mark.parametrize(
    "make",
    [
        lambda size: "x" + "." * size + "y",
        lambda size: "x" + " ." * (size // 2) + "y",
        lambda size: "a" + "\u0345" * (size // 2) + "\u0316" * (size // 2),
        lambda size: "\u1100\u1161\u11a8" * (size // 3),
        lambda size: "\u200d" * size,
    ],
    ids=["dots", "spaces and dots", "marks to be put in order", "syllables to be joined", "joiners"],
)
@pytest.mark.parametrize("clean", [filenames.clean, lambda name: filenames.content_disposition("inline", name)])
def test_a_name_as_long_as_a_body_allows_takes_a_few_milliseconds(
    make: Callable[[int], str], clean: Callable[[str], str]
) -> None:
    """A request can contain a hundred names, and while a thread cleans them, others wait."""
    name = make(1_000_000)
    began = time.thread_time()
    clean(name)
    assert time.thread_time() - began < 0.03


def test_every_space_is_one_of_the_edges() -> None:
    spaces = {character for character in map(chr, range(sys.maxunicode + 1)) if character.isspace()}
    assert spaces | {"."} == set(filenames._EDGES)


DISK_NAMES = json.loads((Path(__file__).parents[2] / "support/names_on_disk.json").read_text("utf-8"))
"""Pairs that the page's tests use too."""


@pytest.mark.parametrize(("name", "saved"), DISK_NAMES)
def test_a_download_has_a_name_that_windows_can_save(name: str, saved: str) -> None:
    assert filenames.content_disposition("attachment", name).endswith(f"filename*=UTF-8''{quote(saved, safe=ATTR)}")
    assert filenames.windows_safe_name(saved) == saved
