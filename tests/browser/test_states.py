"""Every state of the page is designed: understood without words, found by axe to be without fault, nothing cut off."""

import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Visit
from tests.browser.looks import judge
from tests.browser.mocked import NO_PICKER, NO_WORKER, Catalog
from tests.browser.photos import noisy_jpeg
from tests.browser.planted import THUMBHASH
from tests.browser.uploads import expect_added, stop_all
from tests.support.gallery import Gallery

WITH_STYLE = """(css) => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  document.adoptedStyleSheets = [sheet];
}"""
BAR_FAULTS = """() => [...document.querySelectorAll('.brand-mark, .brand span, .bar-count, .bar-tools button')]
  .filter((element) => element.checkVisibility() && element.getBoundingClientRect().width > 1)
  .filter((element, index, all) => {
    const { left, right, width } = element.getBoundingClientRect();
    const before = index > 0 ? all[index - 1].getBoundingClientRect().right : 0;
    const room = document.documentElement.clientWidth;
    return left < before || right > room || width < 24 || element.scrollWidth > element.clientWidth + 1;
  })
  .map((element) => element.outerHTML.slice(0, 160))"""
# Words of a drawn tile that reach beyond it, or lie on each other. (A name may end in an ellipsis.)
CUT_WORDS = """() => [...document.querySelectorAll('.tile-none')].filter((drawn) => {
  const frame = drawn.getBoundingClientRect();
  const boxOf = (part) => drawn.querySelector(part).getBoundingClientRect();
  const [name, format] = [boxOf('.tile-title'), boxOf('.tile-format')];
  const holds = [name, format].every(({ left, right, top, bottom }) =>
    left >= frame.left && right <= frame.right && top >= frame.top && bottom <= frame.bottom);
  return !holds || name.height < 10 || (name.bottom > format.top + 1 && name.right > format.left + 1);
}).map((drawn) => drawn.textContent)"""
CUT_DAYS = """() => [...document.querySelectorAll('.day')]
  .filter((day) => day.scrollWidth > day.clientWidth).map((day) => day.textContent)"""


@pytest.fixture(scope="module")
def some() -> list[int]:
    """Times of 90 pictures over three years."""
    now = int(time.time() * 1000)
    return [now - 60_000 - number * 11 * 86_400_000 - number * 1000 for number in range(90)]


def _ready(visit: Visit, catalog: Catalog) -> Page:
    page = visit(prepare=catalog.serve)
    expect(page.locator(".tile-image.is-shown").first).to_be_visible()
    return page


def test_empty_says_how_to_begin(visit: Visit) -> None:
    """One invitation and one primary action."""
    page = visit(prepare=Catalog([]).serve)
    expect(page.get_by_role("heading", name="No pictures yet")).to_be_visible()
    expect(page.locator("#empty-button")).to_be_visible()
    expect(page.locator("#pick-button")).to_be_hidden()
    judge(page, "empty")


def test_loading_shows_the_rows_to_come(visit: Visit) -> None:
    """Ghosts in the shape of rows, and word of it to a screen reader."""
    page = visit(prepare=lambda page: page.route("**/api/images?*", lambda route: None))
    expect(page.locator(".ghosts")).to_be_visible()
    expect(page.locator("#foot")).to_have_attribute("aria-busy", "true")
    judge(page, "loading")
    page.unroute_all(behavior="ignoreErrors")


def test_full(visit: Visit, some: list[int]) -> None:
    """Rows under their days, the strip of months, one primary action."""
    page = _ready(visit, Catalog(some))
    expect(page.get_by_role("slider", name="Month")).to_be_visible()
    expect(page.locator(".day").first).to_be_visible()
    judge(page, "full")


def test_pictures_without_a_preview_are_drawn_with_name_and_type(visit: Visit, some: list[int]) -> None:
    """In each type and shape, with and without the colours of the picture; no original is fetched for them."""
    catalog = Catalog([some[0] - number * 1000 for number in range(60)])  # one day fills its rows: the smallest tiles
    kinds = ("JPEG", "HEIC", "GIF", "AVIF", "WebP", "PNG")
    drawn = catalog.ids[1:31]
    catalog.without_preview = set(drawn)
    for place, image_id in enumerate(drawn):
        kind = kinds[place % len(kinds)]
        catalog.types[image_id] = f"image/{kind.lower()}"
        long = " of the whole family at the lake" if place % 3 else ""
        catalog.filenames[image_id] = f"IMG_20260704_18{place:02}31{long}.{kind.lower()}"
        if place % 5 == 3:
            catalog.hashes[image_id] = THUMBHASH
    page = _ready(visit, catalog)
    for place, image_id in enumerate(drawn[:6]):
        tile = page.locator(f'.tile[data-id="{image_id}"]')
        expect(tile.locator(".tile-title")).to_have_text(catalog.filenames[image_id])
        expect(tile.locator(".tile-format")).to_have_text(kinds[place])
        expect(tile.get_by_role("link", name=f"Open {catalog.filenames[image_id]} {kinds[place]}")).to_be_visible()
    coloured = page.locator(f'.tile[data-id="{drawn[3]}"]')
    assert "data:image/png" in coloured.evaluate("(tile) => getComputedStyle(tile).backgroundImage")
    judge(page, "drawn")
    for width in (320, 390, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(120)
        assert page.locator(".tile-none").count() > 6
        assert page.evaluate(CUT_WORDS) == [], width
    assert catalog.originals == []


@pytest.mark.parametrize("locale", ["en-US", "pt-BR"])
@pytest.mark.parametrize("phone", [False, True])
def test_all_of_the_bar_has_room_at_any_width(visit: Visit, some: list[int], phone: bool, locale: str) -> None:
    """In languages with longer words, and where a camera's button is beside the others; also when zoomed to 320."""
    page = visit(prepare=Catalog(some).serve, locale=locale, is_mobile=phone, has_touch=phone)
    expect(page.locator("#camera-button")).to_be_visible(visible=phone)
    for width in (320, 359, 360, 375, 390, 419, 420, 430, 480, 639, 640, 700):
        page.set_viewport_size({"width": width, "height": 700})
        page.wait_for_timeout(50)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, width
        assert page.evaluate(BAR_FAULTS) == [], width


@pytest.mark.parametrize("locale", ["en-US", "pt-BR"])
def test_the_date_of_a_day_is_never_cut_off(visit: Visit, locale: str) -> None:
    """Days of one narrow picture each, over years, with words of the usual size and twice as large."""
    now = int(time.time() * 1000) - 60_000
    catalog = Catalog([now - number * 2 * 86_400_000 for number in range(240)])
    catalog.shapes = ((800, 1600),)
    page = visit(prepare=catalog.serve, locale=locale)
    expect(page.locator(".tile-image.is-shown").first).to_be_visible()
    for larger in ("", "html { font-size: 200% }"):
        page.evaluate(
            "(css) => { const s = new CSSStyleSheet(); s.replaceSync(css); document.adoptedStyleSheets = [s] }", larger
        )
        for width in (320, 390, 768, 1440):
            page.set_viewport_size({"width": width, "height": 900})
            for _ in range(6):
                page.wait_for_timeout(120)
                assert page.locator(".day").count() > 2
                assert page.evaluate(CUT_DAYS) == [], (locale, larger, width)
                page.mouse.wheel(0, 5000)
            page.keyboard.press("Home")


def test_an_error_says_what_is_wrong_and_trying_again_helps(visit: Visit, some: list[int]) -> None:
    """Nothing to show: the whole page says so, with the way on."""
    catalog = Catalog(some)
    catalog.failing = 503
    page = visit(prepare=catalog.serve)
    expect(page.get_by_role("alert")).to_contain_text("can’t be listed right now")
    expect(page.locator("#empty")).to_be_hidden()
    judge(page, "error")
    expect(page.locator("#add-button")).to_be_visible()  # uploads may work all the same
    catalog.failing = None
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".tile-image.is-shown").first).to_be_visible()


def test_when_older_pictures_fail_the_others_stay(visit: Visit, some: list[int]) -> None:
    """The trouble stands where the rest would; trying again goes on from there."""
    catalog = Catalog(some)
    page = visit(prepare=lambda page: (catalog.serve(page), page.route("**/api/images?*cursor*", lambda r: r.abort())))
    expect(page.locator(".tile").first).to_be_visible()
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    expect(page.locator(".trouble")).to_contain_text("Older pictures can’t be loaded", timeout=20_000)
    judge(page, "error-below", page.locator(".trouble"))
    page.unroute("**/api/images?*cursor*")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#count")).to_have_text("90 pictures")


def test_offline_is_said_and_goes_away_by_itself(visit: Visit, some: list[int]) -> None:
    """What is known stays on show."""
    page = _ready(visit, Catalog(some))
    page.context.set_offline(True)
    expect(page.locator(".notice")).to_contain_text("You are offline")
    judge(page, "offline")
    page.context.set_offline(False)
    expect(page.locator(".notice")).to_have_count(0)


def test_an_old_list_says_from_when_it_is(visit: Visit, some: list[int]) -> None:
    """Told by the answer's age, not by this device's clock."""
    catalog = Catalog(some)
    catalog.age = 600
    page = _ready(visit, catalog)
    expect(page.locator(".notice")).to_contain_text("You see the gallery as of")
    judge(page, "stale")
    catalog.age = 0
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".notice")).to_have_count(0)


def test_uploading_shows_progress_and_a_way_to_stop(
    visit: Visit, some: list[int], gallery: Gallery, tmp_path: Path
) -> None:
    """While storage takes its time: each file, all of it, pause and cancel."""
    page = _ready(visit, Catalog(some))
    page.route(f"{gallery.s3_url}/**", lambda route: None if route.request.method == "PUT" else route.continue_())
    files = [noisy_jpeg(tmp_path / f"beach {number}.jpg", (640, 480)) for number in range(3)]
    page.set_input_files("#file-input", files)
    expect(page.locator("#tray-title")).to_have_text("Uploading 3 pictures")
    expect(page.locator("#tray-pause")).to_be_visible()
    expect(page.locator(".row-file progress").first).to_be_visible()
    judge(page, "uploading")
    page.locator("#tray-close").click()
    expect(page.locator("#ask-text")).to_contain_text("3 pictures that are not finished will not be added")
    judge(page, "stopping")
    page.get_by_role("button", name="Keep uploading").click()
    expect(page.locator("#tray-title")).to_have_text("Uploading 3 pictures")
    stop_all(page)
    expect(page.locator("#tray")).to_be_hidden()
    page.unroute_all(behavior="ignoreErrors")


def test_a_refused_upload_says_why(visit: Visit, some: list[int]) -> None:
    """Each in its row, in words."""
    page = _ready(visit, Catalog(some))
    bad = {"name": "notes.jpg", "mimeType": "image/jpeg", "buffer": b"<html>no picture at all</html>"}
    page.set_input_files("#file-input", [bad, {**bad, "name": "nothing.jpg", "buffer": b""}])
    expect(page.locator("#tray-list")).to_contain_text("Not a picture that can be shown")
    expect(page.locator("#tray-list")).to_contain_text("The file is empty.")
    expect(page.locator("#tray").get_by_role("button", name="Try")).to_have_count(0)  # it would be the same again
    expect(page.locator("#tray-retry")).to_be_hidden()
    judge(page, "refused")


def test_the_question_about_places_says_what_it_means(visit: Visit, some: list[int]) -> None:
    """One for all files, with two answers; each file says why it waits."""
    page = _ready(visit, Catalog(some))
    segment = b"\xff\xe1\x00\x0fExif\0\0damaged"
    damaged = {"mimeType": "image/jpeg", "buffer": b"\xff\xd8" + segment + b"\xff\xd9"}
    page.set_input_files("#file-input", [{"name": f"{number}.jpg", **damaged} for number in range(2)])
    expect(page.locator("#tray-question")).to_contain_text("can’t be removed safely from 2 pictures")
    for answer in ("Don’t send", "Send anyway"):
        expect(page.locator("#tray-question").get_by_role("button", name=answer)).to_be_visible()
    judge(page, "question")
    page.get_by_role("button", name="Don’t send").click()
    expect(page.locator("#tray")).to_be_hidden()


def test_choosing(visit: Visit, some: list[int]) -> None:
    """How many are chosen, what can be done with them, and the way back."""
    page = _ready(visit, Catalog(some))
    page.locator("#pick-button").click()
    for number in (0, 2, 3):
        page.locator(".tile").nth(number).click()
    expect(page.locator("#pick-count")).to_have_text("3 selected")
    expect(page.locator(".tile.is-chosen")).to_have_count(3)
    expect(page.locator("#add-button")).not_to_be_visible()
    judge(page, "choosing")


def test_the_viewer_and_its_details(visit: Visit, some: list[int]) -> None:
    """Name, date, pixels, size and format of the picture on show."""
    page = _ready(visit, Catalog(some))
    page.locator(".tile-link").first.click()
    page.get_by_role("button", name="Details").click()
    for fact in ("picture 1.jpg", "1067 × 1600", "1 kB", "JPEG"):
        expect(page.locator(".viewer-panel")).to_contain_text(fact)
    judge(page, "viewer")


@pytest.mark.parametrize(("button", "dialog"), [("#menu-button", "menu"), ("#keys-button", "keys")])
def test_dialogs(visit: Visit, some: list[int], button: str, dialog: str) -> None:
    """Settings and shortcuts."""
    page = _ready(visit, Catalog(some))
    page.locator("#menu-button").click()
    if button != "#menu-button":
        page.locator(button).click()
    expect(page.locator(f"#{dialog}")).to_be_visible()
    judge(page, dialog)


def test_sharing_shows_the_link_and_until_when_it_works(visit: Visit, some: list[int]) -> None:
    """Over the viewer, and when no link can be made."""
    page = _ready(visit, Catalog(some))
    link = {"url": f"http://localhost/api/s/{'x' * 120}", "path": "", "expires_at": "2030-01-01T00:00:00Z"}
    page.route("**/api/images/*/links", lambda route: route.fulfill(status=201, json=link))
    page.locator(".tile-link").first.click()
    expect(page.locator(".pswp--open")).to_be_visible()
    page.keyboard.press("l")
    expect(page.get_by_role("textbox", name="Link")).to_have_value(link["url"])
    judge(page, "share")
    page.unroute("**/api/images/*/links")
    page.route("**/api/images/*/links", lambda route: route.fulfill(status=503, json={"status": 503, "title": "No"}))
    page.get_by_label("Works for").select_option("604800")
    expect(page.locator("#share-copy")).to_be_disabled()
    expect(page.locator("#share-note")).not_to_have_text("Making the link…")
    judge(page, "share-failed")


def test_deleting_can_be_undone(visit: Visit, tmp_path: Path) -> None:
    """The way back stands where the word of it stands."""
    photo = noisy_jpeg(tmp_path / f"{tmp_path.name}.jpg")  # other tests' pictures are there as well
    page = visit()
    page.set_input_files("#file-input", photo)
    expect_added(page, 1)
    page.locator("#tray-close").click()
    _choose(page, 1)
    page.locator("#pick-delete").click()
    expect(page.locator(".toast-box")).to_contain_text("1 picture deleted")
    page.get_by_role("button", name="Undo").focus()  # so it stays
    judge(page, "deleting")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".toast-box")).to_contain_text("1 picture is back.")
    expect(page.get_by_role("link", name=f"Open {photo.name}", exact=True)).to_be_visible()


def test_a_zip_shows_how_far_it_is(visit: Visit, some: list[int]) -> None:
    """While storage takes its time: bytes so far and a way to stop."""
    catalog = Catalog(some)
    page = visit(prepare=lambda page: (page.add_init_script(NO_PICKER), catalog.serve(page)))
    page.route("**/api/downloads", lambda route: route.fallback() if "thumbnail" in route.request.post_data else None)
    expect(page.locator(".tile-image.is-shown").first).to_be_visible()
    _choose(page, 2)
    page.locator("#pick-download").click()
    expect(page.locator(".job")).to_contain_text("Downloading 2 pictures as ZIP")
    judge(page, "packing")
    page.locator(".job").get_by_role("button").click()
    expect(page.locator(".job")).to_have_count(0)
    page.unroute_all(behavior="ignoreErrors")


def test_what_a_zip_in_memory_means_is_asked_first(visit: Visit, some: list[int]) -> None:
    """Where the browser has no other way."""
    catalog = Catalog(some)
    page = visit(prepare=lambda page: (page.add_init_script(NO_WORKER), catalog.serve(page)))
    expect(page.locator(".tile-image.is-shown").first).to_be_visible()
    _choose(page, 2)
    page.locator("#pick-download").click()
    expect(page.locator("#ask-text")).to_contain_text("in memory until it is saved")
    judge(page, "ask")


def test_the_upload_key_is_asked_for(visit: Visit, some: list[int], photo: Path) -> None:
    """Before anything is sent, with a word on where one gets it."""
    catalog = Catalog(some)

    def locked(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(json={**answer.json(), "upload_key_required": True})

    page = visit(prepare=lambda page: (catalog.serve(page), page.route("**/api/config", locked)))
    expect(page.locator(".tile-image.is-shown").first).to_be_visible()
    page.set_input_files("#file-input", photo)
    expect(page.locator("#key")).to_be_visible()
    judge(page, "key")


def _choose(page: Page, count: int) -> None:
    page.locator("#pick-button").click()
    for number in range(count):
        page.locator(".tile-link").nth(number).click()
    expect(page.locator("#pick-count")).to_have_text(f"{count} selected")
