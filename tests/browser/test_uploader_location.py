"""Where a picture was taken stays here: checked by bytes and by a second parser, with every pixel the same."""

import io
import secrets
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from PIL import Image, ImageChops, ImageSequence, PngImagePlugin
from playwright.sync_api import Page, expect

from tests.browser.uploads import expect_added, published
from tests.support.gallery import Gallery

_ORIENTATION, _GPS = 0x0112, 0x8825
# Unlike anything that compression writes: found in what was sent only if it was left there.
_MARK = b"PLACE-" + secrets.token_hex(8).encode()
_XMP = (
    b'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    b'xmlns:exif="http://ns.adobe.com/exif/1.0/" exif:GPSLatitude="23,33.0S" exif:GPSMapDatum="'
    + _MARK
    + b'"/></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
)


def _exif() -> Image.Exif:
    exif = Image.Exif()
    exif[_ORIENTATION] = 6
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
    texts.add_text("Comment", "location " + _MARK.decode(), zip=True)
    texts.add_text("Raw profile type exif", _MARK.decode())
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
    frames[0].save(
        target, "GIF", save_all=True, append_images=frames[1:], loop=0, comment=b"location " + _MARK, duration=80
    )
    return target.getvalue()


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
    ],
)
def test_no_place_leaves_this_device_and_no_pixel_changes(
    page: Page, gallery: Gallery, tmp_path: Path, name: str, make: Callable[[], bytes]
) -> None:
    """Every place that a format has for it is emptied; Pillow finds none, the same pixels, and the same way up."""
    path = tmp_path / f"{secrets.token_hex(4)}-{name}"
    path.write_bytes(make())
    page.set_input_files("#file-input", path)
    expect_added(page, 1)
    before, after = path.read_bytes(), _fetched(gallery, path.name)
    assert _MARK[:24] in before
    assert (b"MPF\0" in before) == name.endswith("jpg")
    assert _MARK[:24] not in after
    for trace in (b"GPSLatitude", b"MPF\0", b"MotionPhoto", b"Raw profile type"):
        assert trace not in after
    with Image.open(io.BytesIO(after)) as image:
        assert not image.getexif().get_ifd(_GPS)
        assert not image.info.get("xmp")
        if not name.endswith("gif"):
            assert image.getexif()[_ORIENTATION] == 6
    pairs = list(zip(_frames(before)[: len(_frames(after))], _frames(after), strict=True))
    assert all(ImageChops.difference(one, other).getbbox(alpha_only=False) is None for one, other in pairs)
    assert len(pairs) == (3 if name.endswith("gif") else 1)


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


def test_what_can_not_be_cleaned_is_not_sent_until_the_person_agrees(
    page: Page, gallery: Gallery, tmp_path: Path
) -> None:
    """An AVIF: nothing is asked of the service before the person's word; without it, it never is."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.method in ("POST", "PUT") else None)
    paths = [tmp_path / f"{secrets.token_hex(4)}-{n}.avif" for n in range(2)]
    for path in paths:
        _noise((64, 48)).save(path, "AVIF", exif=_exif())
    page.set_input_files("#file-input", paths)
    expect(page.get_by_text("Its location can’t be removed.")).to_have_count(2, timeout=20_000)
    page.wait_for_timeout(1000)
    assert not [url for url in asked if "/api/uploads" in url or "/staging/" in url]
    page.locator(".row-file", has_text=paths[0].name).get_by_role("button", name="Send anyway").click()
    expect(page.locator(".row-file.is-done")).to_have_count(1, timeout=20_000)
    page.get_by_role("button", name=f"Cancel {paths[1].name}").click()
    expect_added(page, 1)
    assert _fetched(gallery, paths[0].name) == paths[0].read_bytes()
    assert published(gallery, [paths[1].name]) == []
