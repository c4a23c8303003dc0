"""The large view: its own link, keyboard, Back, details, sharing."""

import io
import time

import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Visit
from tests.browser.mocked import Catalog
from tests.browser.uploads import until
from tests.support.gallery import Gallery

SMALL = (124, 124, 132)
"""The colour of the small version."""
LARGE = (0, 128, 128)
"""And of the original that a test gives."""
THREE_ON = """async () => {
  for (let moves = 0; moves < 3; moves += 1) {
    document.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight' }));
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
}"""
ORIGINAL = "**/large-one"
ON_SHOW = '.pswp__item[aria-hidden="false"] .pswp__img:last-child'
FAILED = '.pswp__item[aria-hidden="false"] .pswp__error-msg'
SHOWN = "() => location.pathname.startsWith('/p/') ? location.pathname.slice(3) : null"


@pytest.fixture
def catalog() -> Catalog:
    """300 pictures, one a day."""
    now = int(time.time() * 1000)
    return Catalog([now - 60_000 - number * 86_400_000 for number in range(300)])


def _with_original(
    visit: Visit, catalog: Catalog, gallery: Gallery, image_id: str
) -> tuple[Page, list[str], list[str]]:
    """The page, with this picture's original where a test can answer for it, and what is asked and ends there."""
    catalog.addresses = {image_id: f"{gallery.s3_url}/large-one"}
    page = visit(prepare=catalog.serve)
    asked: list[str] = []
    ended: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/large-one") else None)
    page.on("requestfailed", lambda request: ended.append(request.url) if request.url.endswith("/large-one") else None)
    return page, asked, ended


def _a_picture(route: Route) -> None:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(out, "PNG")
    route.fulfill(body=out.getvalue(), content_type="image/png", headers={"Access-Control-Allow-Origin": "*"})


def _in_the_middle(page: Page) -> tuple[int, ...]:
    """The colour there."""
    shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    colour = shot.getpixel((shot.width // 2, shot.height // 2))
    assert isinstance(colour, tuple)
    return colour


def _open(page: Page, number: int) -> None:
    page.get_by_role("link", name=f"Open picture {number}.jpg", exact=True).click()
    expect(page.locator(".pswp--open")).to_be_visible()


def _press_until(page: Page, key: str, number: int) -> None:
    """Press a key until this picture is on show: while the viewer opens, and while more is loaded, it hears nothing."""
    for _ in range(600):
        if page.title() == f"picture {number}.jpg – Vitrine":
            return
        page.keyboard.press(key)
        page.wait_for_timeout(20)
    pytest.fail(f"it stays at {page.title()}")


def test_the_keyboard_leads_through_it_and_back_to_where_one_was(visit: Visit, catalog: Catalog) -> None:
    """Enter opens, arrows move, Esc closes; the focus is on the picture that was shown last."""
    page = visit(prepare=catalog.serve)
    page.get_by_role("link", name="Open picture 3.jpg", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.locator(".pswp--open")).to_be_visible()
    expect(page).to_have_title("picture 3.jpg – Vitrine")
    _press_until(page, "ArrowRight", 6)
    expect(page.locator("#say")).to_contain_text("picture 6.jpg")
    assert page.evaluate(SHOWN) == catalog.ids[5]
    page.keyboard.press("i")
    expect(page.locator(".viewer-panel")).to_contain_text("picture 6.jpg")
    page.keyboard.press("Escape")
    expect(page.locator(".viewer-panel")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(page.locator(".pswp")).to_have_count(0)
    expect(page.get_by_role("link", name="Open picture 6.jpg", exact=True)).to_be_focused()
    expect(page).to_have_title("Vitrine")
    assert page.evaluate("location.pathname") == "/"


def test_back_closes_it_and_forward_opens_it_again(visit: Visit, catalog: Catalog) -> None:
    """As with any page."""
    page = visit(prepare=catalog.serve)
    _open(page, 2)
    page.go_back()
    expect(page.locator(".pswp")).to_have_count(0)
    page.go_forward()
    expect(page).to_have_title("picture 2.jpg – Vitrine")
    page.go_back()
    expect(page.locator(".pswp")).to_have_count(0)


def test_each_picture_has_a_link_of_its_own_and_opens_among_its_neighbours(visit: Visit, catalog: Catalog) -> None:
    """Also one that lies deep: from it both ways lead on, and behind it the gallery is at its place."""
    page = visit(f"/p/{catalog.ids[199]}", prepare=catalog.serve)
    expect(page).to_have_title("picture 200.jpg – Vitrine")
    _press_until(page, "ArrowLeft", 197)
    _press_until(page, "ArrowRight", 201)
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Open picture 201.jpg", exact=True)).to_be_focused()
    assert page.evaluate("location.pathname") == "/"


def test_a_link_to_a_picture_that_is_gone_says_so(visit: Visit, catalog: Catalog) -> None:
    """And leaves the gallery."""
    gone = catalog.ids[7]
    catalog.gone.add(gone)
    page = visit(f"/p/{gone}", prepare=catalog.serve)
    expect(page.get_by_role("alert")).to_have_text("This picture is no longer here.")
    expect(page.get_by_role("link", name="Open picture 1.jpg", exact=True)).to_be_visible()
    assert page.evaluate("location.pathname") == "/"


def test_it_leads_on_beyond_what_was_loaded_when_it_opened(visit: Visit, catalog: Catalog) -> None:
    """More is loaded while one goes on."""
    page = visit(prepare=catalog.serve)
    _open(page, 1)
    _press_until(page, "ArrowRight", 71)


def test_neighbours_are_loaded_ahead_but_for_very_large_ones(visit: Visit, catalog: Catalog) -> None:
    """Those wait until they are shown."""
    before, shown, heavy, behind = catalog.ids[1:5]
    catalog.sizes = {heavy: 100_000_000}
    page = visit(prepare=catalog.serve)
    _open(page, 3)
    until(page, lambda: len(catalog.originals) == 3)
    assert set(catalog.originals) == {before, shown, behind}
    _press_until(page, "ArrowRight", 4)
    until(page, lambda: heavy in catalog.originals)
    page.wait_for_timeout(300)  # a second one would follow
    assert catalog.originals.count(heavy) == 1


def test_a_very_large_one_ends_when_one_goes_on_and_begins_anew_when_one_comes_back(
    visit: Visit, catalog: Catalog, gallery: Gallery
) -> None:
    """What nobody looks at must not take the line; nor when the viewer is closed."""
    heavy = catalog.ids[3]
    catalog.sizes = {heavy: 100_000_000}
    page, asked, ended = _with_original(visit, catalog, gallery, heavy)
    page.route(ORIGINAL, lambda route: None)  # on its way for ever
    _open(page, 3)
    _press_until(page, "ArrowRight", 4)
    until(page, lambda: len(asked) == 1)
    _press_until(page, "ArrowRight", 5)
    until(page, lambda: len(ended) == 1)
    _press_until(page, "ArrowLeft", 4)
    until(page, lambda: len(asked) == 2)
    page.keyboard.press("Escape")
    until(page, lambda: len(ended) == 2)
    page.unroute(ORIGINAL)
    page.route(ORIGINAL, _a_picture)
    _open(page, 4)
    expect(page.locator(ON_SHOW)).to_have_js_property("naturalWidth", 8)
    page.unroute_all(behavior="ignoreErrors")


def test_very_large_ones_that_one_only_passes_are_not_fetched(visit: Visit, catalog: Catalog) -> None:
    """Three quick moves; few bytes of very many pixels are large, too."""
    heavy = catalog.ids[2:4]
    catalog.sizes = {heavy[0]: 100_000_000}
    catalog.shapes = [(10_000, 6_000) if number == 4 else (1600, 1200) for number in range(300)]
    page = visit(prepare=catalog.serve)
    _open(page, 1)
    _press_until(page, "ArrowRight", 2)
    page.evaluate(THREE_ON)
    expect(page).to_have_title("picture 5.jpg – Vitrine")
    until(page, lambda: catalog.ids[6] in catalog.originals)
    page.wait_for_timeout(400)
    assert not set(heavy) & set(catalog.originals)


@pytest.mark.parametrize("first", [3, 4])
def test_the_small_version_is_there_until_the_original_is(
    visit: Visit, catalog: Catalog, gallery: Gallery, first: int
) -> None:
    """Of the one that is opened and of the next."""
    page, asked, _ = _with_original(visit, catalog, gallery, catalog.ids[3])
    expect(page.locator(".tile-image.is-shown").nth(8)).to_be_visible()
    waiting: list[Route] = []

    def hold(route: Route) -> None:
        waiting.append(route)

    page.route(ORIGINAL, hold)
    _open(page, first)
    _press_until(page, "ArrowRight", 4)
    until(page, lambda: len(asked) == 1 and _in_the_middle(page) == SMALL)
    _a_picture(waiting[0])
    until(page, lambda: _in_the_middle(page) == LARGE)
    expect(page.locator(".pswp__item[aria-hidden='false'] .pswp__img:visible")).to_have_count(1)
    expect(page.get_by_role("img", name="picture 4.jpg")).to_be_visible()


def test_without_an_answer_it_is_said_and_tried_again(visit: Visit, catalog: Catalog) -> None:
    """It is not the format then, and not for good."""
    page = visit(prepare=catalog.serve)
    _open(page, 3)
    _press_until(page, "ArrowRight", 4)
    page.route("**/api/downloads", lambda route: route.fulfill(status=503, json={"status": 503, "title": "No"}))
    page.keyboard.press("Escape")
    expect(page.locator(".pswp")).to_have_count(0)
    _open(page, 4)
    expect(page.locator(FAILED)).to_have_text("This picture can’t be fetched right now. Come back to it to try again.")
    expect(page.locator(FAILED)).to_be_in_viewport()
    page.unroute("**/api/downloads")
    catalog.serve(page)
    _press_until(page, "ArrowRight", 5)
    _press_until(page, "ArrowLeft", 4)
    expect(page.locator(FAILED)).to_have_count(0)
    expect(page.locator(ON_SHOW)).to_be_visible()


def test_a_picture_can_be_looked_at_more_closely(visit: Visit, catalog: Catalog) -> None:
    """By a click on it, by the button and by the wheel; Z is for undo."""
    page = visit(prepare=catalog.serve)
    _open(page, 2)
    _press_until(page, "ArrowRight", 3)  # it hears nothing while it opens
    frame = page.locator('.pswp__item[aria-hidden="false"] .viewer-frame')
    expect(frame.locator("img:visible")).to_have_count(1)

    def width() -> float:
        box = frame.bounding_box()
        assert box
        return box["width"]

    whole = width()
    page.keyboard.press("z")
    page.mouse.click(640, 450)
    until(page, lambda: width() > whole * 1.2)
    page.get_by_role("button", name="Zoom").click()
    until(page, lambda: width() == whole)
    page.mouse.move(640, 450)
    page.mouse.wheel(0, -300)
    until(page, lambda: width() > whole * 1.2)
    expect(page.locator(".pswp--open")).to_be_visible()


def test_what_could_not_be_loaded_is_tried_again_when_one_comes_back(
    visit: Visit, catalog: Catalog, gallery: Gallery
) -> None:
    """A line that was down for a moment; until then it is said that there is nothing to show."""
    page, _, ended = _with_original(visit, catalog, gallery, catalog.ids[3])
    page.route(ORIGINAL, lambda route: route.abort())
    _open(page, 4)
    expect(page.locator(FAILED)).to_be_visible()
    assert len(ended) == 1
    page.unroute(ORIGINAL)
    page.route(ORIGINAL, _a_picture)
    _press_until(page, "ArrowRight", 5)
    _press_until(page, "ArrowLeft", 4)
    expect(page.locator(ON_SHOW)).to_have_js_property("naturalWidth", 8)
    expect(page.locator(FAILED)).to_have_count(0)


def test_a_share_link_is_made_for_as_long_as_one_chooses(visit: Visit, catalog: Catalog) -> None:
    """From the viewer by L: the dialog has the keys for itself until it is closed, then the viewer is still there."""
    page = visit(prepare=catalog.serve)
    asked: list[object] = []

    def answer(route) -> None:
        asked.append(route.request.post_data_json["expires_in"])
        url = f"http://localhost/api/s/{len(asked)}"
        route.fulfill(status=201, json={"url": url, "path": "", "expires_at": "2030-01-01T00:00:00Z"})

    page.route("**/api/images/*/links", answer)
    _open(page, 2)
    page.keyboard.press("l")
    link = page.get_by_role("textbox", name="Link")
    expect(link).to_have_value("http://localhost/api/s/1")
    page.get_by_label("Works for").select_option("604800")
    expect(link).to_have_value("http://localhost/api/s/2")
    assert asked == [86_400, 604_800]
    page.get_by_role("button", name="Copy link").click()
    expect(page.locator("#share-note")).to_have_text("Link copied.")
    page.keyboard.press("Escape")
    expect(page.locator("#share")).to_be_hidden()
    expect(page).to_have_title("picture 2.jpg – Vitrine")
