"""A real Chromium for the tests of the page."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser, Page, Playwright, ViewportSize, sync_playwright

from tests.browser.uploads import launched, watched
from tests.support.faulty import FaultyNetwork, faulty_network
from tests.support.gallery import Gallery


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """Playwright, started once: it allows no second one beside it."""
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Chromium, started once."""
    with launched(playwright) as running:
        yield running


@pytest.fixture(scope="session")
def _network(gallery: Gallery) -> Iterator[FaultyNetwork]:
    with faulty_network(gallery.s3_port) as network:
        yield network


@pytest.fixture
def network(_network: FaultyNetwork) -> Iterator[FaultyNetwork]:
    """What lies between `far` and the store. Without a rule it passes everything on."""
    _network.reset()
    yield _network
    _network.reset()


@pytest.fixture(scope="session")
def far_browser(playwright: Playwright, gallery: Gallery, _network: FaultyNetwork) -> Iterator[Browser]:
    """A Chromium that reaches the store only through the network between them."""
    way = f"--host-resolver-rules=MAP 127.0.0.1:{gallery.s3_port} 127.0.0.1:{_network.port}"
    with launched(playwright, [way]) as running:
        yield running


@pytest.fixture
def far(far_browser: Browser, gallery: Gallery, network: FaultyNetwork) -> Iterator[Page]:
    """The gallery's page in a fresh profile of that browser."""
    size = ViewportSize(width=1280, height=900)
    with far_browser.new_context(viewport=size, locale="en-US") as context, watched(context.new_page()) as opened:
        opened.goto(gallery.url)
        yield opened


class Visit(Protocol):
    """Opens the gallery in a profile of its own."""

    def __call__(self, path: str = "/", prepare: Callable[[Page], object] | None = None, **context: Any) -> Page: ...


@pytest.fixture
def visit(browser: Browser, gallery: Gallery) -> Iterator[Visit]:
    """Opens the page as somebody else has it: `prepare` sets up routes before anything is loaded, `context` is
    Playwright's (viewport, locale, colour scheme, …). Whatever the policy blocked or a script threw fails the test.
    """
    with ExitStack() as opened:

        def open_page(path: str = "/", prepare: Callable[[Page], object] | None = None, **context: Any) -> Page:
            options = {"viewport": ViewportSize(width=1280, height=900), "locale": "en-US", **context}
            page = opened.enter_context(browser.new_context(**options)).new_page()
            opened.enter_context(watched(page))
            if prepare is not None:
                prepare(page)
            page.goto(gallery.url + path)
            return page

        yield open_page


@pytest.fixture
def page(browser: Browser, gallery: Gallery) -> Iterator[Page]:
    """The gallery's page in a fresh profile. Whatever the page's policy blocked or a script threw fails the test."""
    with (
        browser.new_context(
            viewport=ViewportSize(width=1280, height=900), locale="en-US", accept_downloads=True
        ) as context,
        watched(context.new_page()) as opened,
    ):
        opened.goto(gallery.url)
        yield opened


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A JPEG as a camera makes it, but without a place; no two tests share its bytes."""
    from tests.browser.photos import noisy_jpeg

    # Tests share a gallery: a picture that is looked for by its name must be the only one of that name.
    return noisy_jpeg(tmp_path / f"ridge at dawn – Ålesund {secrets.token_hex(4)}.jpg")
