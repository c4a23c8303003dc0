"""The page stays at hand while it prepares many large photos."""

import statistics
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from tests.browser.uploads import expect_added
from tests.support.gallery import Gallery

_PHOTOS, _RUNS = 100, 3
_OBSERVE = """
globalThis.longTasks = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) longTasks.push(Math.round(entry.duration));
}).observe({ type: 'longtask', buffered: true });
"""


def _twelve_megapixels(folder: Path) -> list[Path]:
    """A hundred JPEGs of 4000 by 3000 pixels with some detail; they differ in a comment."""
    first = folder / "first.jpg"
    noise = Image.effect_noise((1000, 750), 60).resize((4000, 3000), Image.Resampling.BICUBIC)
    Image.merge("RGB", (noise, noise.rotate(180), Image.linear_gradient("L").resize((4000, 3000)))).save(
        first, quality=88
    )
    data = first.read_bytes()
    paths = []
    for number in range(_PHOTOS):
        comment = f"number {number}".encode()
        path = folder / f"photo-{number:03}.jpg"
        path.write_bytes(data[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + data[2:])
        paths.append(path)
    return paths


def _long_tasks(page: Page, photos: list[Path]) -> list[int]:
    """Milliseconds of each task above 50 on the page's own thread while these are prepared and sent."""
    page.set_input_files("#file-input", [])
    page.evaluate(_OBSERVE)
    page.set_input_files("#file-input", photos)
    expect_added(page, len(photos), seconds=600)
    return page.evaluate("longTasks")


@pytest.mark.long
@pytest.mark.timeout(1900)
def test_the_page_does_not_freeze_while_a_hundred_photos_of_12_megapixels_are_prepared(
    browser: Browser, gallery: Gallery, tmp_path: Path
) -> None:
    """At most two tasks above 50 ms and none above 200, as the median of three runs."""
    photos = _twelve_megapixels(tmp_path)
    runs = []
    for _ in range(_RUNS):
        with browser.new_context(locale="en-US") as context:
            page = context.new_page()
            page.goto(gallery.url)
            page.wait_for_load_state("networkidle")
            runs.append(_long_tasks(page, photos))
    print(f"tasks above 50 ms, by run: {runs}")
    assert statistics.median(len(tasks) for tasks in runs) <= 2
    assert statistics.median(max(tasks, default=0) for tasks in runs) <= 200
