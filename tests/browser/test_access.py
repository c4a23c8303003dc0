"""What a person set in their system or browser holds: less motion, larger words, a page at twice its size."""

import time

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import findings
from tests.browser.conftest import Visit
from tests.browser.mocked import Catalog

_LONGEST_MOTION = """
() => Math.max(0, ...document.getAnimations().map((motion) => motion.effect.getComputedTiming().endTime))
"""
"""Milliseconds of the longest animation or transition that runs now; endless ones are infinite."""
_WIDER = "() => document.documentElement.scrollWidth > innerWidth"


@pytest.fixture
def some() -> Catalog:
    now = int(time.time() * 1000)
    return Catalog([now - 60_000 - number * 11 * 86_400_000 for number in range(40)])


def _longest_motion(page: Page) -> float:
    """The longest of all that moves while a person looks around: over a tile, into the settings, into the viewer."""
    longest = 0.0

    def look() -> None:
        nonlocal longest
        for _ in range(4):
            longest = max(longest, float(page.evaluate(_LONGEST_MOTION)))
            page.wait_for_timeout(25)

    look()
    page.locator(".tile").first.hover()
    look()
    page.locator("#menu-button").click()
    look()
    page.keyboard.press("Escape")
    page.locator(".tile-link").first.click()
    look()
    expect(page.locator(".pswp")).to_be_visible()
    page.keyboard.press("ArrowRight")
    look()
    page.keyboard.press("Escape")
    look()
    return longest


def test_with_reduced_motion_nothing_moves(visit: Visit, some: Catalog) -> None:
    """And without it something does, or this would see nothing."""
    calm = visit(prepare=some.serve, reduced_motion="reduce")
    expect(calm.locator(".tile-image.is-shown").first).to_be_visible()
    assert _longest_motion(calm) <= 1
    lively = visit(prepare=some.serve, reduced_motion="no-preference")
    expect(lively.locator(".tile-image.is-shown").first).to_be_visible()
    assert _longest_motion(lively) > 50


def test_at_twice_its_size_everything_can_be_reached_without_scrolling_sideways(visit: Visit, some: Catalog) -> None:
    """A browser at 200 % on a window of 1280 × 800: half as many CSS pixels, each of four dots."""
    page = visit(prepare=some.serve, viewport={"width": 640, "height": 400}, device_scale_factor=2)
    _reachable(page)


def test_with_words_of_twice_the_size_too(visit: Visit, some: Catalog) -> None:
    """A larger default font in the browser's settings; the window stays."""
    page = visit(prepare=some.serve)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    _reachable(page)


def _reachable(page: Page) -> None:
    expect(page.locator(".tile-image.is-shown").first).to_be_visible()
    assert not page.evaluate(_WIDER)
    for button in ("#add-button", "#menu-button", "#pick-button"):
        expect(page.locator(button)).to_be_in_viewport(ratio=1)
    assert not findings(page)
    page.locator("#menu-button").click()
    assert not page.evaluate(_WIDER)
    page.keyboard.press("Escape")
    page.locator("#pick-button").click()
    page.locator(".tile-link").first.click()
    for button in ("#pick-close", "#pick-download"):
        expect(page.locator(button)).to_be_in_viewport(ratio=1)
    page.locator("#pick-close").click()
    page.locator(".tile-link").first.click()
    expect(page.locator(".pswp")).to_be_visible()
    expect(page.locator(".pswp__button--close")).to_be_in_viewport(ratio=1)
    assert not page.evaluate(_WIDER)
