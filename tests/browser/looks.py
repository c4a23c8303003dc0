"""What each state of the page must hold at each size, in light and dark; leaves a picture of each in test-results/."""

from pathlib import Path

from playwright.sync_api import Locator, Page

from tests.browser.axe import findings

_FOLDER = Path(__file__).resolve().parents[2] / "test-results" / "states"
_SIZES = ((320, 640), (390, 844), (768, 1024), (1440, 900))

# Controls whose words do not fit, and anything beside the window's right edge.
_CUT_OFF = """
() => [...document.querySelectorAll('button, h1, h2, label, .bar, .notice, .trouble, .toast-box, .tray, .sheet')]
  .filter((element) => element.checkVisibility({ visibilityProperty: true }) && element.offsetParent !== null)
  .filter((element) => {
    const box = element.getBoundingClientRect();
    const holds = element.matches('button, label, .bar, .sheet, .tray');
    const clipped = holds && element.scrollWidth > element.clientWidth + 1;
    return box.width > 1 && (clipped || box.right > innerWidth + 1 || box.left < -1);
  })
  .map((element) => element.outerHTML.slice(0, 160))
"""
# What is meant to be touched and is smaller than WCAG 2.2 (2.5.8) asks for.
_TOO_SMALL = """
() => [...document.querySelectorAll('button, summary, select, input:not([type=file])')]
  .filter((element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
  .filter((element) => {
    const box = element.getBoundingClientRect();
    return box.width > 1 && (box.width < 24 || box.height < 24) && !element.closest('.form-check');
  })
  .map((element) => element.outerHTML.slice(0, 160))
"""


def judge(page: Page, state: str, about: Locator | None = None) -> None:
    """Take a screenshot of each size and scheme, with what the state is about in view.

    axe finds nothing, nothing is wider than the window, cut off or too small to hit; there is one primary action."""
    _FOLDER.mkdir(parents=True, exist_ok=True)
    begun = page.viewport_size
    assert begun
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        for width, height in _SIZES:
            page.set_viewport_size({"width": width, "height": height})
            page.wait_for_timeout(120)
            if about:
                about.scroll_into_view_if_needed()
            page.screenshot(path=_FOLDER / f"{state}-{scheme}-{width}.png")
            where = f"{state}, {scheme}, {width} px"
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (
                f"{where}: wider than the window"
            )
            assert page.evaluate(_CUT_OFF) == [], f"{where}: cut off"
            assert page.evaluate(_TOO_SMALL) == [], f"{where}: too small"
            if width in (390, 1440):
                found = findings(page)
                assert not found, f"{where}: {found}"
    page.emulate_media(color_scheme="light", reduced_motion="no-preference")
    page.set_viewport_size(begun)
    assert _primary_actions(page) <= 1, f"{state}: more than one primary action"


def _primary_actions(page: Page) -> int:
    """How many primary buttons can be reached: a modal dialog makes those behind it unreachable."""
    return page.evaluate(
        """() => {
          const root = document.querySelector('dialog[open]') ?? document;
          return [...root.querySelectorAll('.btn-primary')]
            .filter((element) => element.checkVisibility({ visibilityProperty: true })).length;
        }"""
    )
