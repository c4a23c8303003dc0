"""What the tests of the uploader share: a browser behind a bad network, and ways for files to come in."""

import base64
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import requests
from playwright.sync_api import Browser, Page, Playwright, Request, expect

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

_DROP = """
async (files) => {
  const transfer = new DataTransfer();
  for (const [name, base64] of files) {
    const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
    transfer.items.add(new File([bytes], name, { type: 'image/jpeg', lastModified: 1700000000000 }));
  }
  for (const kind of ['dragenter', 'dragover', 'drop']) {
    document.body.dispatchEvent(new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true }));
  }
}
"""


def drop(page: Page, photos: Sequence[Path]) -> None:
    """Drop these files on the page, all at once."""
    page.evaluate(_DROP, [[photo.name, base64.b64encode(photo.read_bytes()).decode()] for photo in photos])


@contextmanager
def launched(playwright: Playwright, flags: Sequence[str] = ()) -> Iterator[Browser]:
    """Run a Chromium, perhaps with further flags."""
    browser = playwright.chromium.launch(executable_path=chromium.get(), args=[*_FLAGS, *flags])
    try:
        yield browser
    finally:
        browser.close()


@contextmanager
def watched(page: Page) -> Iterator[Page]:
    """Fail the test for whatever the page's policy blocks, a script throws, or the grid fetches but a preview."""
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda line: faults.append(line.text) if _says_blocked(line.text) else None)
    _watch_grid(page, faults)
    yield page
    if not page.is_closed():
        foreign = page.locator(".tile img:not([src^='blob:'])")
        faults += foreign.evaluate_all("(images) => images.map((image) => image.outerHTML)")
    assert not faults


def _says_blocked(line: str) -> bool:
    """Whether the console says that the page's policy blocked something."""
    return "Content Security Policy" in line or "requires 'Trusted" in line


def _watch_grid(page: Page, faults: list[str]) -> None:
    """Note requests for originals before the viewer, which may fetch them, has opened for the first time."""
    viewer_opened: list[str] = []

    def look(request: Request) -> None:
        is_image = request.resource_type == "image" and "/images/" in unquote(urlsplit(request.url).path)
        is_question = request.url.endswith("/api/downloads") and '"original"' in (request.post_data or "")
        if (is_image or is_question) and not viewer_opened:
            faults.append(f"the grid asked for an original: {request.url} {request.post_data}")

    page.on("framenavigated", lambda frame: viewer_opened.append(frame.url) if "/p/" in frame.url else None)
    page.on("request", look)


def expect_added(page: Page, count: int, seconds: float = 60) -> None:
    """Wait until the page says that so many were added and nothing is left."""
    words = f"{count} picture added" if count == 1 else f"{count:,} pictures added"
    expect(page.locator("#tray-title")).to_have_text(words, timeout=seconds * 1000)


def stop_all(page: Page) -> None:
    """Cancel all that is not finished, as the page asks about first."""
    page.get_by_role("button", name="Cancel all").click()
    page.get_by_role("button", name="Stop uploading").click()


def published(gallery: Gallery, names: Sequence[str]) -> list[dict[str, object]]:
    """The pictures of these names in the newest 200 of the list, asked for past every cache."""
    answer = requests.get(f"{gallery.url}/api/images?limit=200", headers={"Cache-Control": "no-cache"}, timeout=10)
    answer.raise_for_status()
    return [item for item in answer.json()["items"] if item["filename"] in names]


def wait_for(true: Callable[[], bool], seconds: float = 30) -> None:
    """Wait until it is so."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def until(page: Page, holds: Callable[[], bool]) -> None:
    """Wait until it is so, while the test hears what happens on the page."""
    for _ in range(100):
        if holds():
            return
        page.wait_for_timeout(50)
    pytest.fail("it does not come to be")


def journal(page: Page) -> list[dict[str, object]]:
    """What the browser has written down of each file that is not finished."""
    return page.evaluate(
        """() => new Promise((resolve, reject) => {
          const opening = indexedDB.open('vitrine');
          opening.onerror = reject;
          opening.onsuccess = ({ target: { result } }) => {
            const asking = result.transaction('queue').objectStore('queue').getAll();
            asking.onsuccess = () => {
              result.close();
              resolve(asking.result.map(({ kept, ends, ticket }) => ({ kept, ends, ticket: ticket !== null })));
            };
          };
        })"""
    )


def written_down(page: Page, count: int) -> bool:
    """Whether so many files would go on after a reload, with their bytes or at least known by their ends."""
    entries = journal(page)
    return len(entries) == count and all((each["kept"] or each["ends"]) and each["ticket"] for each in entries)
