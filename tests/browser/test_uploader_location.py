"""Where a picture was taken stays here, and all else is sent: checked by bytes and by a second parser."""

import io
import re
import secrets
from collections.abc import Callable
from pathlib import Path

import pillow_heif
import pytest
import requests
from PIL import Image, ImageChops, ImageSequence, PngImagePlugin
from playwright.sync_api import Page, expect

from tests.browser.uploads import expect_added, published
from tests.support.gallery import Gallery

pillow_heif.register_heif_opener()

_ORIENTATION, _ARTIST, _GPS = 0x0112, 0x013B, 0x8825
_AUTHOR = "Ana Maria"
# Unlike anything that compression writes: found in what was sent only if it was left there.
_MARK = b"PLACE-" + secrets.token_hex(8).encode()
_XMP = (
    b'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    b'xmlns:exif="http://ns.adobe.com/exif/1.0/" exif:GPSLatitude="23,33.0S" exif:GPSMapDatum="'
    + _MARK
    + b'" exif:LensModel="A lens"/></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
)


def _exif() -> Image.Exif:
    exif = Image.Exif()
    exif[_ORIENTATION] = 6
    exif[_ARTIST] = _AUTHOR
    gps = exif.get_ifd(_GPS)
    gps[1], gps[2], gps[18] = "S", (23.0, 33.0, 1.5), _MARK.decode()
    exif[_GPS] = gps
    return exif


def _noise(size: tuple[int, int] = (320, 240), mode: str = "RGB") -> Image.Image:
    bands = len(mode)
    return Image.frombytes(mode, (16, 12), secrets.token_bytes(16 * 12 * bands)).resize(size)


def _segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(body) + 2).to_bytes(2, "big") + body


def _jpeg() -> bytes:
    """EXIF, XMP, IPTC, a second picture (MPF) behind the first with EXIF of its own, and a phone maker's trailer."""
    target = io.BytesIO()
    first, second = _noise(), _noise((64, 48))
    first.save(target, "MPO", quality=90, exif=_exif(), xmp=_XMP, save_all=True, append_images=[second])
    whole = target.getvalue()
    iptc = _segment(0xED, b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\x20\x1c\x02\x5a\0\x18" + _MARK[:24] + b"\0" * 4)
    return whole[:2] + iptc + whole[2:] + b"\0\0MotionPhoto_Data" + _MARK + b"SEFT"


def _png() -> bytes:
    texts = PngImagePlugin.PngInfo()
    texts.add_itxt("XML:com.adobe.xmp", _XMP.decode())
    texts.add_text("Comment", "at 48.85837, 2.294481 " + _MARK.decode(), zip=True)
    texts.add_text("Author", _AUTHOR)
    target = io.BytesIO()
    _noise(mode="RGBA").save(target, "PNG", pnginfo=texts, exif=_exif())
    return target.getvalue() + _MARK


def _webp(**options: object) -> bytes:
    target = io.BytesIO()
    _noise(mode="RGBA").save(target, "WEBP", exif=_exif(), xmp=_XMP, **options)
    return target.getvalue()


def _gif() -> bytes:
    target = io.BytesIO()
    frames = [_noise().quantize(16) for _ in range(3)]
    comment = b"at 48.85837, 2.294481 " + _MARK
    frames[0].save(target, "GIF", save_all=True, append_images=frames[1:], loop=0, comment=comment, duration=80)
    return target.getvalue()


def _modern(kind: str) -> bytes:
    target = io.BytesIO()
    _noise().save(target, kind, exif=_exif(), xmp=_XMP)
    return target.getvalue()


def _damaged() -> bytes:
    """An AVIF whose EXIF block nobody can read."""
    return _modern("AVIF").replace(b"MM\0*", b"XX\0*").replace(b"II*\0", b"XX*\0")


def _frames(data: bytes) -> list[Image.Image]:
    with Image.open(io.BytesIO(data)) as image:
        return [frame.convert("RGBA") for frame in ImageSequence.Iterator(image)]


def _fetched(gallery: Gallery, name: str) -> bytes:
    image_id = published(gallery, [name])[0]["id"]
    return requests.get(f"{gallery.url}/api/images/{image_id}/download", timeout=10).content


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("all.jpg", _jpeg),
        ("all.png", _png),
        ("lossy.webp", lambda: _webp(quality=80)),
        ("lossless.webp", lambda: _webp(lossless=True)),
        ("moving.gif", _gif),
        ("all.avif", lambda: _modern("AVIF")),
        ("all.heic", lambda: _modern("HEIF")),
    ],
)
def test_no_place_leaves_this_device_and_all_else_does(
    page: Page, gallery: Gallery, tmp_path: Path, name: str, make: Callable[[], bytes]
) -> None:
    """Every place that a format has for it is emptied; author, second images, pixels and the way up stay."""
    path = tmp_path / f"{secrets.token_hex(4)}-{name}"
    path.write_bytes(make())
    page.set_input_files("#file-input", path)
    expect_added(page, 1)
    before, after = path.read_bytes(), _fetched(gallery, path.name)
    assert _MARK[:24] in before or name.endswith(("png", "gif"))
    assert _MARK[:24] not in after
    assert b"GPSLatitude" not in after
    # Only a text of the PNG is compressed again.
    assert len(after) == len(before) or name.endswith("png")
    for kept in (b"MPF\0", b'exif:LensModel="A lens"', _AUTHOR.encode()):
        assert (kept in after) == (kept in before)
    with Image.open(io.BytesIO(after)) as image:
        assert not image.getexif().get_ifd(_GPS)
        if not name.endswith("gif"):
            assert image.getexif()[_ARTIST] == _AUTHOR
            assert image.getexif()[_ORIENTATION] == (1 if name.endswith("heic") else 6)
    pairs = list(zip(_frames(before), _frames(after), strict=True))
    assert all(ImageChops.difference(one, other).getbbox(alpha_only=False) is None for one, other in pairs)
    assert len(pairs) == {"gif": 3, "jpg": 2}.get(name.rpartition(".")[2], 1)


def test_the_tray_and_the_details_say_what_was_removed(page: Page, gallery: Gallery, tmp_path: Path) -> None:
    """And nothing if nothing was: then the file is sent byte for byte."""
    told, silent = (tmp_path / f"{secrets.token_hex(4)}-{what}.jpg" for what in ("place", "none"))
    _noise().save(told, "JPEG", exif=_exif())
    _noise().save(silent, "JPEG")
    page.set_input_files("#file-input", [told, silent])
    expect_added(page, 2)
    row = page.locator(".row-file")
    expect(row.filter(has_text=told.name).locator(".row-state")).to_contain_text(re.compile(r"location removed$"))
    expect(row.filter(has_text=silent.name).locator(".row-state")).not_to_contain_text("removed")
    assert _fetched(gallery, silent.name) == silent.read_bytes()
    for path, words in ((told, "location"), (silent, None)):
        # A later page of this browser still knows.
        page.goto(f"{gallery.url}/p/{published(gallery, [path.name])[0]['id']}")
        page.get_by_role("button", name="Details").click()
        panel = page.locator(".viewer-panel")
        expect(panel).to_contain_text(path.name)
        if words is None:
            expect(panel).not_to_contain_text("Removed before sending")
        else:
            expect(panel).to_contain_text(f"Removed before sending{words}")


def test_with_the_switch_on_everything_is_kept(page: Page, gallery: Gallery, tmp_path: Path) -> None:
    """The person wants the places in the files: they are sent byte for byte."""
    path = tmp_path / f"{secrets.token_hex(4)}-kept.jpg"
    path.write_bytes(_jpeg())
    page.get_by_role("button", name="Settings").click()
    page.get_by_label("Keep location in pictures").check()
    page.keyboard.press("Escape")
    page.set_input_files("#file-input", path)
    expect_added(page, 1)
    assert _fetched(gallery, path.name) == path.read_bytes()


def test_what_can_not_be_edited_is_not_sent_until_the_person_agrees(
    page: Page, gallery: Gallery, tmp_path: Path
) -> None:
    """One question for all such files says what sending them means; nothing of them is asked of the service before."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.method in ("POST", "PUT") else None)
    paths = [tmp_path / f"{secrets.token_hex(4)}-{n}.avif" for n in range(2)]
    for path in paths:
        path.write_bytes(_damaged())
    page.set_input_files("#file-input", paths)
    question = page.get_by_role("group", name="can’t be removed safely from 2 pictures")
    expect(question).to_contain_text("everyone here can find out where they were taken", timeout=20_000)
    expect(page.get_by_role("button", name="Send anyway")).to_have_count(1)
    page.wait_for_timeout(1000)
    assert not [url for url in asked if "/api/uploads" in url or "/staging/" in url]
    question.get_by_role("button", name="Send anyway").click()
    expect_added(page, 2)
    expect(question).to_be_hidden()
    assert [_fetched(gallery, path.name) for path in paths] == [path.read_bytes() for path in paths]


def test_the_answer_no_sends_the_others_alone(page: Page, gallery: Gallery, tmp_path: Path) -> None:
    """A file without a place goes on meanwhile."""
    bad, good = tmp_path / f"{secrets.token_hex(4)}.avif", tmp_path / f"{secrets.token_hex(4)}.jpg"
    bad.write_bytes(_damaged())
    _noise().save(good, "JPEG")
    page.set_input_files("#file-input", [bad, good])
    page.get_by_role("button", name="Don’t send").click(timeout=20_000)
    expect_added(page, 1)
    assert published(gallery, [bad.name]) == []
    assert len(published(gallery, [good.name])) == 1
