"""A gallery of 100,000 pictures, each of them in the store: the same ways lead everywhere as on the made-up one."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from bench import seed
from common.domain.keys import ImageKey, image_key, make_id
from common.s3.signing import Credentials, Signer
from local.settings import BUCKET
from tests.browser import planted
from tests.browser.uploads import watched
from tests.support.gallery import Gallery, running_gallery

MANY, SEEN = 100_000, 60
"""The newest have previews; the others are names, which is all that a list needs."""
HALF_AN_HOUR_MS = 1_800_000
SLOW_MS = 30_000

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]


@pytest.fixture
def crowded(short_folder: Path) -> Iterator[tuple[Gallery, list[str]]]:
    """A gallery of its own, one picture every half hour over almost six years; ids newest first."""
    with running_gallery(short_folder / "crowded", {"REPLICAS": "1"}) as gallery:
        newest = int(time.time() * 1000) - 60_000
        times = [newest - number * HALF_AN_HOUR_MS for number in range(MANY)]
        ids = [make_id(each, 0, 0) for each in times[SEEN:]]
        keys = [image_key(ImageKey(each, 640, 427, None, False, f"{number}.jpg")) for number, each in enumerate(ids)]
        admin = gallery.credentials.s3["admin"]
        signer = Signer(Credentials(admin.access, admin.secret), "us-east-1", gallery.s3_url, BUCKET)
        assert list(seed.fill(signer, keys))[-1] == len(keys)
        yield gallery, planted.plant(gallery, times[:SEEN]) + ids


def test_both_ends_and_the_middle_are_near(browser: Browser, crowded: tuple[Gallery, list[str]]) -> None:
    """Newest first, End to the oldest, the strip of months to the middle, without a hole around any of them."""
    gallery, ids = crowded
    with browser.new_context(locale="en-US") as context, watched(context.new_page()) as page:
        page.goto(gallery.url)

        def tile(place: int):
            return page.locator(f".tile[data-id='{ids[place]}']")

        expect(tile(0).locator("img.is-shown")).to_be_visible(timeout=SLOW_MS)
        tile(0).locator(".tile-link").focus()
        page.keyboard.press("End")
        expect(tile(-1).locator(".tile-link")).to_be_focused(timeout=SLOW_MS)
        for older in range(2, 100):
            page.keyboard.press("ArrowLeft")
            expect(tile(-older).locator(".tile-link")).to_be_focused()

        page.get_by_role("slider", name="Month").focus()
        for _ in range(2):
            page.keyboard.press("PageUp")
        place = _in_the_middle(page, ids)
        tile(place).locator(".tile-link").focus()
        for newer in range(1, 100):
            page.keyboard.press("ArrowLeft")
            expect(tile(place - newer).locator(".tile-link")).to_be_focused(timeout=SLOW_MS)

        assert page.locator(".tile").count() < 400
        page.keyboard.press("Home")
        expect(tile(0).locator(".tile-link")).to_be_focused(timeout=SLOW_MS)


def _in_the_middle(page: Page, ids: list[str]) -> int:
    """Wait until what is on show is far from both ends; returns the place of a picture of it."""
    deadline = time.monotonic() + SLOW_MS / 1000
    while True:
        shown = page.locator(".tile").evaluate_all("(tiles) => tiles.map((tile) => tile.dataset.id)")
        places = sorted(ids.index(each) for each in shown)
        if places and places[0] > MANY // 5 and places[-1] < MANY - MANY // 5:
            return places[len(places) // 2]
        assert time.monotonic() < deadline, f"on show: {places[:1]} to {places[-1:]}"
        page.wait_for_timeout(100)
