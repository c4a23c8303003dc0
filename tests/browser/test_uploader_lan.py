"""The page on plain http at a network name: no secure context, so no crypto.subtle, no locks, no clipboard."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from PIL import Image
from playwright.sync_api import Page, Playwright, expect

from tests.browser.photos import noisy_jpeg
from tests.browser.uploads import drop, expect_added, launched, watched
from tests.support.gallery import Gallery, running_gallery

_HOST = "vitrine.test"
_KEY = "open-sesame-forty-thieves"


@pytest.fixture(scope="module")
def lan(short_folder: Path) -> Iterator[Gallery]:
    """A gallery that is open to a network and wants a key for uploads."""
    settings = {"PUBLIC_HOST": _HOST, "UPLOAD_KEY": _KEY, "REPLICAS": "1"}
    with running_gallery(short_folder / "lan", settings) as running:
        yield running


@pytest.fixture
def visitor(playwright: Playwright, lan: Gallery) -> Iterator[Page]:
    """A page at the network name."""
    with (
        launched(playwright, [f"--host-resolver-rules=MAP {_HOST} 127.0.0.1"]) as browser,
        browser.new_context(locale="en-US") as context,
        watched(context.new_page()) as page,
    ):
        page.goto(f"http://{_HOST}:{lan.port}")
        missing = page.evaluate("[isSecureContext, !!crypto.subtle, !!navigator.locks, !!navigator.clipboard]")
        assert missing == [False, False, False, False]
        yield page


def _names(lan: Gallery) -> list[str]:
    answer = requests.get(f"{lan.url}/api/images?limit=200", headers={"Cache-Control": "no-cache"}, timeout=10)
    return [item["filename"] for item in answer.json()["items"]]


def _give_key(page: Page, key: str) -> None:
    page.locator("#key-input").fill(key)
    page.get_by_role("button", name="Continue").click()


def test_without_a_secure_context_pictures_are_added_and_the_key_is_asked_for_once(
    visitor: Page, lan: Gallery, tmp_path: Path
) -> None:
    """A wrong key is asked for again; the right one serves all thirty files, and after them one that goes in parts."""
    photos = [noisy_jpeg(tmp_path / f"lan-{n}.jpg", (320, 240)) for n in range(30)]
    large = tmp_path / "lan-in-parts.png"
    Image.frombytes("RGB", (2400, 2400), os.urandom(2400 * 2400 * 3)).save(large, compress_level=0)
    drop(visitor, photos)
    expect(visitor.locator("#key")).to_be_visible(timeout=20_000)
    _give_key(visitor, "wrong")
    expect(visitor.locator("#key-error")).to_be_visible()
    _give_key(visitor, _KEY)
    expect_added(visitor, 30)
    visitor.set_input_files("#file-input", large)
    expect_added(visitor, 31)
    expect(visitor.locator("#key")).to_be_hidden()
    assert set(_names(lan)) >= {photo.name for photo in [*photos, large]}


def test_a_person_without_a_key_is_asked_once_for_all_files_and_again_when_they_try_again(
    visitor: Page, tmp_path: Path
) -> None:
    """Declined, all forty files say why, without forty questions; a retry may ask again."""
    photos = [noisy_jpeg(tmp_path / f"declined-{n}.jpg", (160, 120)) for n in range(40)]
    drop(visitor, photos)
    expect(visitor.locator("#key")).to_be_visible(timeout=20_000)
    visitor.locator("#key-cancel").click()
    expect(visitor.locator("#tray-title")).to_have_text("40 pictures could not be added", timeout=30_000)
    expect(visitor.locator("#key")).to_be_hidden()
    visitor.locator("#tray-retry").click()
    expect(visitor.locator("#key")).to_be_visible(timeout=20_000)
    _give_key(visitor, _KEY)
    expect_added(visitor, 40)


def test_without_locks_one_tab_sends_and_a_reload_goes_on(visitor: Page, lan: Gallery, tmp_path: Path) -> None:
    """The second tab waits for the first; closed, the first's pictures are taken over."""
    photos = [noisy_jpeg(tmp_path / f"tabs-{n}.jpg", (160, 120)) for n in range(3)]
    drop(visitor, photos[:1])
    expect(visitor.locator("#key")).to_be_visible(timeout=20_000)
    visitor.wait_for_timeout(1000)
    other = visitor.context.new_page()
    other.goto(visitor.url)
    drop(other, photos[1:])
    expect(other.locator("#tray-note")).to_contain_text("Another tab is uploading", timeout=20_000)
    visitor.close()
    _give_key(other, _KEY)
    expect_added(other, 3)
    assert sorted(name for name in _names(lan) if name.startswith("tabs-")) == [photo.name for photo in photos]
