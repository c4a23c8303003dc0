"""A real Chromium for the tests of the page."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from tests.support import chromium
from tests.support.gallery import Gallery

_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, started once."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium.get(), args=list(_FLAGS))
        yield running
        running.close()


@pytest.fixture
def page(browser: Browser, gallery: Gallery) -> Iterator[Page]:
    """The gallery's page in a fresh profile. Whatever the page's policy blocked or a script threw fails the test."""
    with browser.new_context(
        viewport=ViewportSize(width=1280, height=900), locale="en-US", accept_downloads=True
    ) as context:
        opened = context.new_page()
        faults: list[str] = []
        opened.on("pageerror", lambda error: faults.append(str(error)))
        opened.on(
            "console",
            lambda line: faults.append(line.text) if "Content Security Policy" in line.text else None,
        )
        opened.goto(gallery.url)
        yield opened
        assert not faults


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A JPEG as a camera makes it, but without a place; no two tests share its bytes."""
    from tests.browser.photos import noisy_jpeg

    return noisy_jpeg(tmp_path / "ridge at dawn – Ålesund.jpg")
