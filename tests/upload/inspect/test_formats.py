"""A file's bytes decide its format, and a refusal explains itself in one sentence."""

import pytest

from tests.upload.inspect.corpus import CountingFile, encode, heic, look, plain
from upload.inspect import NotAnImage

SVG = b'<?xml version="1.0"?>\n<!-- a drawing -->\n<svg xmlns="http://www.w3.org/2000/svg" width="5" height="5"/>'


@pytest.mark.parametrize(
    ("kind", "media_type"),
    [
        ("JPEG", "image/jpeg"),
        ("PNG", "image/png"),
        ("GIF", "image/gif"),
        ("WEBP", "image/webp"),
        ("AVIF", "image/avif"),
    ],
)
def test_each_format_is_known_by_its_bytes(kind: str, media_type: str) -> None:
    assert look(encode(plain(), kind)).media_type == media_type


def test_heic_is_known_by_its_bytes() -> None:
    assert look(heic(plain())).media_type == "image/heic"


def test_an_empty_file_is_refused_unread() -> None:
    file = CountingFile(b"")
    with pytest.raises(NotAnImage) as caught:
        file.inspect()
    assert caught.value.detail == "The file is empty."
    assert not file.reads


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"<!DOCTYPE html><script>alert(1)</script>", "a web page"),
        (b"\xef\xbb\xbf\n  <HTML><img src=x onerror=alert(1)>", "a web page"),
        (SVG, "an SVG drawing"),
        (b"<svg/>", "an SVG drawing"),
        (b"<?xml version='1.0'?><rss/>", "an XML or HTML document"),
        (b"%PDF-1.7\n", "a PDF document"),
        (encode(plain(), "TIFF"), "a TIFF or camera raw file"),
        (encode(plain(), "BMP"), "a BMP picture"),
        (encode(plain(), "ICO"), "an icon"),
        (encode(plain(), "JPEG2000"), "a JPEG 2000 picture"),
        (encode(plain(), "JPEG2000", no_jp2=True), "a JPEG 2000 picture"),
        (b"\xff\x0a\xfa\x7f\x01", "a JPEG XL picture"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "a JPEG XL picture"),
        (b"8BPS\0\1", "a Photoshop document"),
        (b"PK\x03\x04\x14", "a ZIP archive"),
    ],
)
def test_a_well_known_file_of_another_kind_is_named(data: bytes, name: str) -> None:
    with pytest.raises(NotAnImage) as caught:
        look(data)
    assert caught.value.detail == f"The file is {name}; only JPEG, PNG, WebP, GIF, AVIF and HEIC are allowed."


@pytest.mark.parametrize(
    "data",
    [b"x", b"\xff\xd8", b"\x89PNG", b"GIF88a", b"RIFF\0\0\0\0WAVEfmt ", bytes(5000), b"plain text", b"\0\0\0\x18ftyp"],
)
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(NotAnImage):
        look(data)


def test_a_web_page_behind_the_magic_of_an_image_is_no_image() -> None:
    page = b"<html><script>alert(document.domain)</script></html>" * 50
    for magic in (
        b"\xff\xd8\xff",
        b"\x89PNG\r\n\x1a\n",
        b"GIF89a",
        b"RIFF\xff\0\0\0WEBP",
        b"\0\0\0\x10ftypavif\0\0\0\0",
    ):
        with pytest.raises(NotAnImage):
            look(magic + page)
