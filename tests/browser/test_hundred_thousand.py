"""A gallery of 100,000 pictures: few elements, a bounded height, whole both ways, at home under the keyboard."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Visit
from tests.browser.mocked import Catalog

MANY = 100_000
HOUR_MS = 3_600_000
# Where the last tile was deleted and its neighbours are not loaded yet, the gallery as a whole holds it for a while.
FOCUSED = """() => document.activeElement.id === 'gallery' ? 'picture 0.jpg'
  : document.activeElement.closest('.tile')?.querySelector('.tile-name').textContent"""
MOST_ELEMENTS = 400
BROWSERS_LIMIT = 16_700_000


@pytest.fixture(scope="module")
def many() -> list[int]:
    """Times over eleven years, one picture an hour, the newest first."""
    newest = int(time.time() * 1000) - 60_000
    return [newest - hour * HOUR_MS for hour in range(MANY)]


@pytest.fixture
def opened(visit: Visit, many: list[int]) -> tuple[Page, Catalog]:
    """The page over 100,000 pictures, with the first of them on show."""
    catalog = Catalog(many)
    page = visit(prepare=catalog.serve)
    expect(_tile(page, 1)).to_be_visible()
    return page, catalog


def _tile(page: Page, number: int):
    return page.get_by_role("link", name=f"Open picture {number}.jpg", exact=True)


def _focused(page: Page) -> int:
    name = page.evaluate(FOCUSED)
    assert name, f"the focus was lost to {page.evaluate('document.activeElement.outerHTML.slice(0, 200)')}"
    return int(name.removeprefix("picture ").removesuffix(".jpg"))


def _until(page: Page, holds: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        page.wait_for_timeout(50)


def test_scrolling_on_and_on_keeps_elements_few_and_the_page_below_what_browsers_lay_out(opened) -> None:
    """Endless scroll loads by itself; what is far away has no element."""
    page, catalog = opened
    for _ in range(25):
        page.mouse.wheel(0, 6000)
        page.wait_for_timeout(60)
    assert catalog.lists > 8
    assert page.locator("#grid *").count() < MOST_ELEMENTS * 8
    assert page.locator(".tile").count() < MOST_ELEMENTS
    assert page.evaluate("document.documentElement.scrollHeight") < BROWSERS_LIMIT


def test_end_leads_to_the_oldest_and_home_to_the_newest(opened) -> None:
    """With the keyboard, across all 100,000, without loading what lies between."""
    page, catalog = opened
    _tile(page, 1).focus()
    page.keyboard.press("End")
    _until(page, lambda: _focused(page) == MANY)
    assert catalog.lists < 25
    # Upwards from there the pictures follow each other without a hole.
    seen = [MANY]
    for _ in range(6):
        page.keyboard.press("ArrowLeft")
        page.wait_for_timeout(30)
        seen.append(_focused(page))
    assert seen == list(range(MANY, MANY - 7, -1))
    page.keyboard.press("Home")
    _until(page, lambda: _focused(page) == 1)
    expect(page.get_by_role("listitem").first).to_have_attribute("aria-posinset", "1")


def test_the_strip_of_months_leads_anywhere_and_both_ways_lead_on(opened, many: list[int]) -> None:
    """By keyboard: a month is named before it is gone to; above and below it everything is there."""
    page, _ = opened
    strip = page.get_by_role("slider", name="Month")
    strip.focus()
    for _ in range(4):
        page.keyboard.press("PageDown")
    named = strip.get_attribute("aria-valuetext")
    assert named
    assert named != "Nov 2026"
    expect(page.locator(".day").first).to_be_visible()
    _until(page, lambda: "Open picture 1.jpg" not in page.locator("#grid").inner_html())
    expect(strip).to_be_focused()
    first = page.locator(".tile").first
    first.locator(".tile-link").focus()
    start = _focused(page)
    assert 25_000 < start < 45_000
    for key, step in (("ArrowLeft", -1), ("ArrowRight", 1)):
        begun = _focused(page)
        for _ in range(30):
            page.keyboard.press(key)
        _until(page, lambda begun=begun, step=step: _focused(page) == begun + 30 * step)


def test_by_pointer_the_strip_leads_to_the_month_that_its_bubble_names(opened, many: list[int]) -> None:
    """A click at its foot shows the oldest month."""
    page, _ = opened
    box = page.get_by_role("slider", name="Month").bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] - 2)
    oldest = datetime.fromtimestamp(many[-1] / 1000, UTC)
    # What is newer than that month is loaded above it, out of sight.
    day = page.locator(".day").filter(has_text=f"{oldest:%B} ").filter(has_text=str(oldest.year))
    expect(day.first).to_be_in_viewport(timeout=20_000)


def test_the_focus_survives_append_and_resize(opened) -> None:
    """Its tile stays the same one however far away it is, and goes on from there."""
    page, catalog = opened
    _tile(page, 10).focus()
    while catalog.lists < 4:
        page.mouse.wheel(0, 8000)
        page.wait_for_timeout(100)
    assert _focused(page) == 10
    page.set_viewport_size({"width": 700, "height": 800})
    page.wait_for_timeout(200)
    assert _focused(page) == 10
    page.keyboard.press("ArrowRight")
    assert _focused(page) == 11
    expect(_tile(page, 11)).to_be_in_viewport()


def test_new_pictures_of_others_appear_without_moving_what_is_looked_at(opened, many: list[int]) -> None:
    """They come at the top; further down nothing moves and the focus stays."""
    page, catalog = opened
    page.mouse.wheel(0, 4000)
    _until(page, lambda: catalog.lists >= 2)
    page.wait_for_timeout(300)
    tile = page.locator(".tile").nth(page.locator(".tile").count() // 2)
    tile.locator(".tile-link").focus()
    page.wait_for_timeout(500)  # what takes the focus is scrolled into view smoothly
    before = tile.bounding_box()
    number = _focused(page)
    catalog.add(many[0] + 50_000)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    count = catalog.lists
    _until(page, lambda: catalog.lists > count)
    page.wait_for_timeout(300)
    assert _focused(page) == number
    assert page.locator(".tile:focus-within").bounding_box() == before


def test_positions_are_told_and_the_size_once_it_is_known(opened, visit: Visit, many: list[int]) -> None:
    """aria-posinset counts from the newest; aria-setsize is -1 until the end is known."""
    page, _ = opened
    expect(page.locator(".tile").nth(4)).to_have_attribute("aria-posinset", "5")
    expect(page.locator(".tile").nth(4)).to_have_attribute("aria-setsize", "-1")
    few = visit(prepare=Catalog(many[:7]).serve)
    expect(few.locator(".tile").nth(4)).to_have_attribute("aria-setsize", "7")


def test_shortcuts_act_only_where_the_pictures_have_the_focus(opened) -> None:
    """The question mark opens the list of shortcuts from the grid, and nothing from elsewhere."""
    page, _ = opened
    page.locator("#menu-button").focus()
    page.keyboard.press("?")
    page.keyboard.press("Space")
    expect(page.locator("#keys")).to_be_hidden()
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_hidden()
    _tile(page, 2).focus()
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    assert _focused(page) == 2


def test_after_a_deletion_the_focus_is_on_the_picture_in_its_place(visit: Visit, many: list[int]) -> None:
    """One can go on from there; deep in the gallery as well as at its end."""
    catalog = Catalog(many)

    def as_operator(page: Page) -> None:
        page.add_init_script("sessionStorage.setItem('vitrine.adminToken', 'any')")
        catalog.serve(page)

    page = visit(prepare=as_operator)
    _tile(page, 10).focus()
    page.keyboard.press("Delete")
    expect(_tile(page, 10)).to_have_count(0)
    _until(page, lambda: _focused(page) == 11)
    page.keyboard.press("ArrowLeft")
    _until(page, lambda: _focused(page) == 9)
    page.keyboard.press("End")
    _until(page, lambda: _focused(page) == MANY)
    page.keyboard.press("Delete")
    _until(page, lambda: _focused(page) == MANY - 1)


def test_after_the_only_loaded_one_is_deleted_the_focus_waits_for_its_neighbour(visit: Visit, many: list[int]) -> None:
    """At the far end the last picture is there before those above it."""
    catalog = Catalog(many)
    held: list[Route] = []

    def as_operator(page: Page) -> None:
        page.add_init_script("sessionStorage.setItem('vitrine.adminToken', 'any')")
        catalog.serve(page)

    page = visit(prepare=as_operator)
    _tile(page, 10).focus()

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/api/images?*after=*", hold)
    page.keyboard.press("End")
    _until(page, lambda: _focused(page) == MANY and len(held) > 0)
    page.keyboard.press("Delete")
    _until(page, lambda: _focused(page) == 0)
    page.unroute("**/api/images?*after=*", hold)
    for route in held:
        route.fallback()
    _until(page, lambda: _focused(page) == MANY - 1)
