"""Recognises common file types that are not allowed, so that a refusal can name them."""

from typing import Final

_AT_START: Final = (
    (b"%PDF-", "a PDF document"),
    (b"II*\0", "a TIFF or camera raw file"),
    (b"MM\0*", "a TIFF or camera raw file"),
    (b"BM", "a BMP picture"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"\0\0\0\x0cJXL ", "a JPEG XL picture"),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000 picture"),
    (b"\xff\x4f\xff\x51", "a JPEG 2000 picture"),
    (b"8BPS", "a Photoshop document"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\0\0\x01\0", "an icon"),
)
_IN_TEXT: Final = ((b"<svg", "an SVG drawing"), (b"<!doctype html", "a web page"), (b"<html", "a web page"))


def describe(start: bytes) -> str | None:
    """Return the likely type of a file with these first bytes, with its article; None if unknown."""
    for magic, name in _AT_START:
        if start.startswith(magic):
            return name
    if start[4:8] == b"ftyp":
        return "a film, or a picture of another kind"
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith(b"<"):
        return next((name for sign, name in _IN_TEXT if sign in text), "an XML or HTML document")
    return None
