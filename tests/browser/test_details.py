"""The details of a picture, read from its file, and the slideshow."""

import io
import re
import secrets
import time
from collections.abc import Callable

import pillow_heif
import pytest
from PIL import Image
from PIL.TiffImagePlugin import IFDRational
from playwright.sync_api import Locator, Page, Request, Route, expect

from tests.browser.conftest import Visit
from tests.browser.looks import judge
from tests.browser.mocked import Catalog
from tests.browser.planted import Planted, publish
from tests.browser.uploads import until
from tests.support.gallery import Gallery

_ARTIST, _COPYRIGHT, _MAKE, _MODEL, _EXIF, _GPS = 0x013B, 0x8298, 0x010F, 0x0110, 0x8769, 0x8825
_EXPOSURE, _APERTURE, _ISO, _TAKEN, _OFFSET = 0x829A, 0x829D, 0x8827, 0x9003, 0x9011
_FOCAL, _FOCAL_35, _LENS = 0x920A, 0xA405, 0xA434
SHOWN = {
    "Taken": "Jan 14, 2025, 6:31 PM (UTC+5:30)",
    "Camera": "Canon EOS R5",
    "Lens": "RF24-70mm F2.8 L IS USM",
    "Exposure": "1/250 s · f/2.8",
    "Sensitivity": "ISO 400",
    "Focal length": "35 mm (50 mm in 35 mm terms)",
    "Author": "Ana Lúcia",
    "Copyright": "© 2025 Ana Lúcia",
}
ROWS = """() => Object.fromEntries([...document.querySelectorAll('.viewer-panel dl > div')]
  .map((row) => [row.querySelector('dt').textContent, row.querySelector('dd').textContent]))"""


def _exif() -> Image.Exif:
    """What a camera writes, with a place."""
    exif = Image.Exif()
    exif[_MAKE], exif[_MODEL] = "Canon", "Canon EOS R5"
    exif[_ARTIST], exif[_COPYRIGHT] = "Ana Lúcia".encode(), "© 2025 Ana Lúcia".encode()
    shot = exif.get_ifd(_EXIF)
    shot[_EXPOSURE], shot[_APERTURE], shot[_ISO] = IFDRational(1, 250), IFDRational(28, 10), 400
    shot[_TAKEN], shot[_OFFSET] = "2025:01:14 18:31:07", "+05:30"
    shot[_FOCAL], shot[_FOCAL_35], shot[_LENS] = IFDRational(35), 50, "RF24-70mm F2.8 L IS USM"
    exif.get_ifd(_GPS).update({1: "S", 2: (23.0, 33.0, 1.5)})
    return exif


def _noise(size: tuple[int, int]) -> Image.Image:
    return Image.frombytes("RGB", size, secrets.token_bytes(size[0] * size[1] * 3))


_XMP = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:creator><rdf:Seq><rdf:li>Ana Lúcia</rdf:li></rdf:Seq>
</dc:creator></rdf:Description></rdf:RDF></x:xmpmeta>"""


def _jpeg(size: tuple[int, int]) -> bytes:
    """The author is in XMP alone."""
    exif = _exif()
    del exif[_ARTIST]
    target = io.BytesIO()
    _noise(size).save(target, "JPEG", quality=90, exif=exif, xmp=_XMP.encode())
    return target.getvalue()


def _webp(size: tuple[int, int]) -> bytes:
    """EXIF stands behind the pixels."""
    target = io.BytesIO()
    _noise(size).save(target, "WEBP", quality=90, exif=_exif().tobytes())
    return target.getvalue()


def _png(size: tuple[int, int]) -> bytes:
    """EXIF moved behind the pixels, where some programs write it."""
    target = io.BytesIO()
    _noise(size).save(target, "PNG", exif=_exif())
    data = target.getvalue()
    start = data.index(b"eXIf") - 4
    end = start + 12 + int.from_bytes(data[start : start + 4])
    return data[:start] + data[end:-12] + data[start:end] + data[-12:]


def _heic(size: tuple[int, int]) -> bytes:
    """The pixels come first: the index behind the head names where EXIF is."""
    target = io.BytesIO()
    pillow_heif.from_pillow(_noise(size)).save(target, quality=95, exif=_exif().tobytes())
    return target.getvalue()


def _ranges(page: Page, name: str) -> list[str | None]:
    """The ranges that are asked for of the original with this name, from now on; None for all of it."""
    asked: list[str | None] = []

    def look(request: Request) -> None:
        if request.resource_type == "fetch" and "/images/" in request.url and name in request.url:
            asked.append(request.headers.get("range"))

    page.on("request", look)
    return asked


def _length(wanted: str | None) -> int:
    found = re.fullmatch(r"bytes=(\d+)-(\d+)", wanted or "")
    assert found, wanted
    return int(found[2]) - int(found[1]) + 1


@pytest.mark.parametrize(
    ("kind", "make", "reads"), [("jpg", _jpeg, 1), ("webp", _webp, 2), ("png", _png, 2), ("heic", _heic, 2)]
)
def test_the_details_are_read_from_the_first_bytes_and_one_more_range(
    visit: Visit, gallery: Gallery, kind: str, make: Callable[[tuple[int, int]], bytes], reads: int
) -> None:
    """Camera, lens, time, author and all; never the whole file, and never the place."""
    size = (900, 600)
    data = make(size)
    assert len(data) > 300_000
    name = f"details-{secrets.token_hex(4)}.{kind}"
    (image_id,) = publish(gallery, [Planted(int(time.time() * 1000), name, data, size)])
    page = visit(f"/p/{image_id}")
    asked = _ranges(page, name)
    expect(page.locator(".pswp--open")).to_be_visible()
    page.get_by_role("button", name="Details", exact=True).click()
    panel = page.locator(".viewer-panel")
    expect(panel).to_contain_text("Canon EOS R5")
    expect(panel.locator("dl")).to_have_attribute("aria-busy", "false")
    rows = page.evaluate(ROWS)
    assert SHOWN.items() <= rows.items()
    assert set(rows) - set(SHOWN) == {"Name", "Added", "Size", "Pixels", "Format"}
    assert len(asked) == reads
    assert sum(map(_length, asked)) <= 128 * 1024 + 256 * 1024
    assert _length(asked[0]) == 128 * 1024
    assert "23" not in "".join(rows[label] for label in rows if label not in ("Name", "Added", "Size", "Taken"))


@pytest.fixture
def catalog() -> Catalog:
    """30 pictures, one a day."""
    now = int(time.time() * 1000)
    return Catalog([now - 60_000 - number * 86_400_000 for number in range(30)])


class _Originals:
    """Answers for the original of each picture of a catalog, at the store's address."""

    def __init__(self, catalog: Catalog, gallery: Gallery) -> None:
        self.catalog = catalog
        self.data = dict.fromkeys(catalog.ids, b"")
        self.status = 206
        self.asked: list[str] = []
        self.waiting: list[Route] = []
        self.holds: set[str] = set()
        """Those that are not answered."""
        catalog.addresses = {each: f"{gallery.s3_url}/original/{each}" for each in catalog.ids}
        catalog.sizes = dict.fromkeys(catalog.ids, 500_000)

    def serve(self, page: Page) -> None:
        self.catalog.serve(page)
        page.route("**/original/*", self._answer)

    def _answer(self, route: Route) -> None:
        cors = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*"}
        if route.request.method == "OPTIONS" or route.request.resource_type != "fetch":
            route.fulfill(body=_SHOWN, content_type="image/png", headers=cors)
            return
        image_id = route.request.url.rsplit("/", 1)[-1]
        self.asked.append(image_id)
        if image_id not in self.holds:
            route.fulfill(status=self.status, body=self.data[image_id], headers=cors)


def _shown() -> bytes:
    target = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").save(target, "PNG")
    return target.getvalue()


_SHOWN = _shown()
PANEL = ".viewer-panel"


def _open(page: Page, number: int) -> None:
    page.get_by_role("link", name=f"Open picture {number}.jpg", exact=True).click()
    expect(page.locator(".pswp--open")).to_be_visible()
    expect(page.locator(".pswp")).to_have_css("opacity", "1")


def _details(page: Page) -> Locator:
    return page.get_by_role("button", name="Details", exact=True)


def test_the_panel_follows_from_picture_to_picture(visit: Visit, catalog: Catalog, gallery: Gallery) -> None:
    """It stays open; reading ends when one goes on; what was read is not asked for again; Escape closes it first."""
    originals = _Originals(catalog, gallery)
    first, second = catalog.ids[2:4]
    originals.data[second] = _jpeg((8, 8))
    originals.holds = {first}
    page = visit(prepare=originals.serve)
    ended: list[str] = []
    page.on("requestfailed", lambda request: ended.append(request.url.rsplit("/", 1)[-1]))
    _open(page, 3)
    _details(page).click()
    expect(_details(page)).to_have_attribute("aria-expanded", "true")
    expect(page.locator(PANEL)).to_contain_text("picture 3.jpg")
    expect(page.locator(PANEL).get_by_role("status")).to_have_text("Reading the file…")
    until(page, lambda: originals.asked == [first])
    page.keyboard.press("ArrowRight")
    expect(page.locator(PANEL)).to_contain_text("Canon EOS R5")
    assert page.evaluate(ROWS)["Name"] == "picture 4.jpg"
    until(page, lambda: first in ended)
    page.keyboard.press("ArrowRight")
    expect(page.locator(PANEL)).not_to_contain_text("Canon")
    page.keyboard.press("ArrowLeft")
    expect(page.locator(PANEL)).to_contain_text("Canon EOS R5")
    assert originals.asked.count(second) == 1
    page.keyboard.press("Escape")
    expect(page.locator(PANEL)).to_be_hidden()
    expect(page.locator(".pswp--open")).to_be_visible()
    page.keyboard.press("i")
    page.get_by_role("button", name="Close details").click()
    expect(_details(page)).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".pswp")).to_have_count(0)


@pytest.mark.parametrize(
    ("break_it", "words"),
    [
        (lambda originals, page: setattr(originals, "status", 403), "What is in the file can’t be fetched right now."),
        (lambda originals, page: setattr(originals, "status", 200), "What is in the file can’t be fetched right now."),
        (
            lambda originals, page: page.context.set_offline(True),
            "You are offline. What is in the file can’t be read now.",
        ),
        (lambda originals, page: None, "The camera’s data in this file can’t be read."),
    ],
    ids=["refused", "whole-file", "offline", "broken"],
)
def test_what_can_not_be_read_is_said_and_the_rest_is_shown(
    visit: Visit, catalog: Catalog, gallery: Gallery, break_it: Callable[[_Originals, Page], object], words: str
) -> None:
    """Name, time, size and pixels are known from the list. An answer with the whole file is not taken."""
    originals = _Originals(catalog, gallery)
    originals.data = dict.fromkeys(catalog.ids, b"no picture at all " * 10)
    page = visit(prepare=originals.serve)
    _open(page, 3)
    break_it(originals, page)
    _details(page).click()
    expect(page.locator(PANEL).get_by_role("status")).to_have_text(words)
    assert set(page.evaluate(ROWS)) == {"Name", "Added", "Size", "Pixels", "Format"}
    page.context.set_offline(False)


def test_the_details_have_room_in_every_window(visit: Visit, catalog: Catalog, gallery: Gallery) -> None:
    """At the side, or a sheet at the bottom; axe finds nothing, and the picture is beside it."""
    originals = _Originals(catalog, gallery)
    originals.data = dict.fromkeys(catalog.ids, _jpeg((8, 8)))
    catalog.filenames[catalog.ids[2]] = "a very long name of a picture from the whole family at the lake in summer.jpg"
    page = visit(prepare=originals.serve)
    page.get_by_role("link", name="Open a very long name").click()
    expect(page.locator(".pswp--open")).to_be_visible()
    _details(page).click()
    expect(page.locator(PANEL)).to_contain_text("Canon EOS R5")
    judge(page, "details")
    for width, height, at_the_side in ((320, 640, False), (390, 844, False), (667, 375, True), (1440, 900, True)):
        page.set_viewport_size({"width": width, "height": height})
        until(page, lambda beside=at_the_side: _is_free(page, at_the_side=beside))
    page.set_viewport_size({"width": 390, "height": 844})
    page.keyboard.press("Escape")
    expect(page.locator(PANEL)).to_be_hidden()
    judge(page, "viewer")


def _is_free(page: Page, *, at_the_side: bool) -> bool:
    """Whether the details fill the window's side or its bottom, and the picture is beside them."""
    panel = page.locator(PANEL).bounding_box()
    picture = page.locator('.pswp__item[aria-hidden="false"] .viewer-frame').bounding_box()
    window = page.viewport_size
    assert panel
    assert picture
    assert window
    if at_the_side:
        return panel["height"] == window["height"] and picture["x"] + picture["width"] <= panel["x"] + 1
    return panel["width"] == window["width"] and picture["y"] + picture["height"] <= panel["y"] + 1


def test_the_wheel_scrolls_the_details_and_leaves_the_picture(visit: Visit, catalog: Catalog, gallery: Gallery) -> None:
    """Elsewhere the wheel enlarges the picture."""
    originals = _Originals(catalog, gallery)
    originals.data = dict.fromkeys(catalog.ids, _jpeg((8, 8)))
    page = visit(prepare=originals.serve, viewport={"width": 390, "height": 700})
    _open(page, 3)
    _details(page).click()
    expect(page.locator(PANEL)).to_contain_text("Canon EOS R5")
    frame = page.locator('.pswp__item[aria-hidden="false"] .viewer-frame')
    before = frame.bounding_box()
    page.locator(".viewer-panel-body").hover()
    page.mouse.wheel(0, 200)
    until(page, lambda: page.locator(".viewer-panel-body").evaluate("(body) => body.scrollTop") > 50)
    assert frame.bounding_box() == before


def test_the_caption_has_name_date_and_position(visit: Visit, catalog: Catalog, gallery: Gallery) -> None:
    """In both languages."""
    page = visit(prepare=_Originals(catalog, gallery).serve)
    _open(page, 3)
    expect(page.locator(".viewer-caption")).to_contain_text("picture 3.jpg")
    expect(page.locator(".viewer-caption")).to_contain_text("3 of 30")
    assert re.search(r"20\d\d", page.locator(".viewer-caption").inner_text())
    page.keyboard.press("Escape")
    page = visit(f"/p/{catalog.ids[0]}", prepare=_Originals(catalog, gallery).serve, locale="pt-BR")
    expect(page.locator(".viewer-caption")).to_contain_text("1 de 30")


def test_the_slideshow_goes_on_by_itself_until_the_person_does_something(
    visit: Visit, catalog: Catalog, gallery: Gallery
) -> None:
    """It waits for the next picture to load, and ends at the last one; the button says what it does."""
    originals = _Originals(catalog, gallery)
    page = visit(prepare=lambda page: (page.clock.install(), originals.serve(page)), reduced_motion="reduce")
    late: list[Route] = []

    def hold(route: Route) -> None:
        late.append(route)

    page.route(f"**/original/{catalog.ids[3]}", hold)
    _open(page, 2)
    play, pause = (page.get_by_role("button", name=f"{verb} slideshow") for verb in ("Play", "Pause"))
    play.click()
    expect(pause).to_be_visible()
    page.clock.fast_forward(4000)
    expect(page).to_have_title("picture 2.jpg – Vitrine")
    page.clock.fast_forward(1100)
    expect(page).to_have_title("picture 3.jpg – Vitrine")
    page.clock.fast_forward(20_000)
    expect(page).to_have_title("picture 3.jpg – Vitrine")  # the next one has not loaded
    late[0].fulfill(body=_SHOWN, content_type="image/png", headers={"Access-Control-Allow-Origin": "*"})
    expect(page).to_have_title("picture 4.jpg – Vitrine")
    expect(pause).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(play).to_be_visible()
    for end_it in (lambda: page.mouse.click(640, 450), lambda: page.mouse.wheel(0, -100), pause.click):
        page.keyboard.press("s")
        expect(pause).to_be_visible()
        end_it()
        expect(play).to_be_visible()
    page.keyboard.press("Escape")
    page.unroute_all(behavior="ignoreErrors")
    page = visit(f"/p/{catalog.ids[28]}", prepare=lambda page: (page.clock.install(), originals.serve(page)))
    expect(page.locator(".viewer-caption")).to_contain_text("29 of 30")
    play, pause = (page.get_by_role("button", name=f"{verb} slideshow") for verb in ("Play", "Pause"))
    play.click()
    page.clock.fast_forward(5100)
    expect(page).to_have_title("picture 30.jpg – Vitrine")
    page.clock.fast_forward(5100)
    expect(play).to_be_visible()
