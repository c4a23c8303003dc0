"""A person with nothing but a keyboard, and one on a phone: each adds, finds, looks at, saves and deletes pictures."""

import secrets
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.photos import noisy_jpeg
from tests.support.gallery import Gallery


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    """Two photos whose bytes and names no other has."""
    return [noisy_jpeg(tmp_path / f"{name} {secrets.token_hex(4)}.jpg", (800, 600)) for name in ("lighthouse", "dunes")]


def _tile(page: Page, photo: Path):
    return page.get_by_role("link", name=f"Open {photo.name}", exact=True)


def _choosing(photos: list[Path]) -> Callable[[Page], object]:
    """Answer the file dialog with these whenever it is opened."""
    return lambda page: page.on("filechooser", lambda dialog: dialog.set_files(photos))


def _tab_to(page: Page, selector: str) -> None:
    """Press Tab until what is meant has the focus, as a person would."""
    for _ in range(25):
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not lead to {selector}")


def _focus_is_visible(page: Page) -> bool:
    return page.evaluate(
        """() => {
          const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
          return outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
        }"""
    )


def test_with_a_keyboard_alone(visit: Visit, photos: list[Path]) -> None:
    """Upload, find, view, download one and several, delete and take it back: no pointer at all."""
    page = visit(prepare=_choosing(photos), accept_downloads=True)
    expect(page.locator("#foot")).to_have_attribute("aria-busy", "false")
    # The first stop leads past the bar.
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the pictures")).to_be_focused()
    _tab_to(page, "#add-button, #empty-button")
    assert _focus_is_visible(page)
    page.keyboard.press("Enter")
    for photo in photos:
        expect(_tile(page, photo)).to_be_visible(timeout=30_000)
    expect(page.locator("#say")).to_contain_text("in the gallery")

    # Find and view.
    page.evaluate("document.activeElement.blur()")
    _tab_to(page, ".tile-link")
    assert _focus_is_visible(page)
    page.keyboard.press("Home")
    first = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert first in {f"Open {photo.name}" for photo in photos}
    photo = next(photo for photo in photos if first == f"Open {photo.name}")
    page.keyboard.press("Enter")
    expect(page.locator(".pswp--open")).to_be_visible()
    page.wait_for_function("() => [...document.querySelectorAll('.pswp__img')].some((i) => i.naturalWidth === 800)")
    page.keyboard.press("i")
    expect(page.locator(".viewer-panel")).to_contain_text("800 × 600")

    # Save one from there, then several as a ZIP from the grid.
    with page.expect_download() as saved:
        page.keyboard.press("d")
    assert saved.value.path().read_bytes() == photo.read_bytes()
    page.keyboard.press("Escape")
    expect(page.locator(".viewer-panel")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(_tile(page, photo)).to_be_focused()
    page.evaluate("delete window.showSaveFilePicker")
    page.keyboard.press("Space")
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator("#pick-count")).to_have_text("2 selected")
    with page.expect_download() as packed:
        page.keyboard.press("d")
    assert packed.value.suggested_filename.endswith(".zip")
    expect(page.locator(".toast-box")).to_contain_text("The ZIP is saved.")

    # Delete both, think better of it, and delete one for good.
    page.keyboard.press("Delete")
    for each in photos:
        expect(_tile(page, each)).to_have_count(0)
    expect(page.locator(".toast-box")).to_contain_text("2 pictures deleted.")
    _tab_to(page, ".toast-action")
    page.keyboard.press("Enter")
    for each in photos:
        expect(_tile(page, each)).to_be_visible()
    _tile(page, photo).focus()
    page.keyboard.press("Delete")
    expect(_tile(page, photo)).to_have_count(0)
    assert page.evaluate("document.activeElement !== document.body")
    page.reload()
    expect(page.locator("#foot")).to_have_attribute("aria-busy", "false")
    expect(_tile(page, photo)).to_have_count(0)
    expect(_tile(page, next(each for each in photos if each != photo))).to_be_visible()


def test_on_a_phone(visit: Visit, photos: list[Path]) -> None:
    """390 pixels and a finger: everything is within reach, nothing is wider than the window."""
    page = visit(
        prepare=_choosing(photos),
        accept_downloads=True,
        viewport={"width": 390, "height": 844},
        has_touch=True,
        is_mobile=True,
        device_scale_factor=2,
    )
    expect(page.locator("#foot")).to_have_attribute("aria-busy", "false")
    page.locator("#add-button, #empty-button").locator("visible=true").first.tap()
    for photo in photos:
        expect(_tile(page, photo)).to_be_visible(timeout=30_000)
    page.locator("#tray-close").tap()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    # View, and save from there.
    photo = photos[0]
    _tile(page, photo).tap()
    expect(page.locator(".pswp--open")).to_be_visible()
    page.wait_for_function("() => [...document.querySelectorAll('.pswp__img')].some((i) => i.naturalWidth === 800)")
    with page.expect_download() as saved:
        page.locator(".pswp").get_by_role("button", name="Download").tap()
    assert saved.value.path().read_bytes() == photo.read_bytes()
    page.locator(".pswp").get_by_role("button", name="Close").tap()
    expect(page.locator(".pswp")).to_have_count(0)

    # A long press chooses; what is chosen is deleted, and comes back.
    box = _tile(page, photo).bounding_box()
    assert box
    touch = page.context.new_cdp_session(page)
    at = [{"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}]
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": at})
    expect(page.locator("#pick-count")).to_have_text("1 selected")
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(page.locator("#pick-count")).to_have_text("1 selected")
    page.locator("#pick-delete").tap()
    expect(_tile(page, photo)).to_have_count(0)
    page.get_by_role("button", name="Undo").tap()
    expect(_tile(page, photo)).to_be_visible()

    # By the button in the bar as well, for who knows of no long press.
    page.locator("#pick-button").tap()
    for each in photos:
        _tile(page, each).tap()
    expect(page.locator("#pick-count")).to_have_text("2 selected")
    page.locator("#pick-delete").tap()
    for each in photos:
        expect(_tile(page, each)).to_have_count(0)


def test_who_holds_no_token_is_not_offered_to_delete(visit: Visit, photos: list[Path]) -> None:
    """Another browser sees the picture but can't delete it; with the operator's token it can."""
    owner = visit()
    owner.set_input_files("#file-input", photos[:1])
    expect(_tile(owner, photos[0])).to_be_visible(timeout=30_000)
    page = visit()
    link = _tile(page, photos[0])
    link.focus()
    page.keyboard.press("Space")
    expect(page.locator("#pick-download")).to_be_visible()
    expect(page.locator("#pick-delete")).to_be_hidden()
    link.focus()
    page.keyboard.press("Delete")
    expect(page.locator(".toast-box")).to_contain_text("Only the browser that added it")
    expect(link).to_be_visible()


def test_the_operator_can_delete_any_picture(visit: Visit, photos: list[Path], gallery: Gallery) -> None:
    """With the token that is entered in the settings, and kept for this tab only."""
    owner = visit()
    owner.set_input_files("#file-input", photos[:1])
    expect(_tile(owner, photos[0])).to_be_visible(timeout=30_000)
    page = visit()
    page.locator("#menu-button").click()
    page.get_by_text("I run this gallery").click()
    page.get_by_label("Admin token").fill(gallery.credentials.admin_token)
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    _tile(page, photos[0]).focus()
    page.keyboard.press("Delete")
    expect(_tile(page, photos[0])).to_have_count(0)
    assert page.evaluate("Object.keys(localStorage).every((key) => !/token/i.test(key))")
