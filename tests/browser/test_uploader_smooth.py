"""The page stays at hand while it prepares many large photos."""

import json
import statistics
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser

from tests.browser.uploads import expect_added
from tests.support.gallery import Gallery

_PHOTOS, _RUNS = 100, 3
_CATEGORIES = ["__metadata", "disabled-by-default-devtools.timeline"]


def _twelve_megapixels(folder: Path) -> list[Path]:
    """A hundred JPEGs of 4000 by 3000 pixels with some detail; they differ in a comment."""
    first = folder / "first.jpg"
    noise = Image.effect_noise((1000, 750), 60).resize((4000, 3000), Image.Resampling.BICUBIC)
    gradient = Image.linear_gradient("L").resize((4000, 3000))
    Image.merge("RGB", (noise, noise.rotate(180), gradient)).save(first, quality=88)
    data = first.read_bytes()
    paths = []
    for number in range(_PHOTOS):
        comment = f"number {number}".encode()
        path = folder / f"photo-{number:03}.jpg"
        path.write_bytes(data[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + data[2:])
        paths.append(path)
    return paths


def _tasks(browser: Browser, gallery: Gallery, photos: list[Path]) -> list[float]:
    """Milliseconds of each task of the page's own thread while these are prepared and sent.

    Of the processor's time, as the browser's trace has it: a core that another program takes is no freeze of ours.
    """
    with browser.new_context(locale="en-US") as context:
        page = context.new_page()
        page.goto(gallery.url)
        page.wait_for_load_state("networkidle")
        browser.start_tracing(page=page, categories=_CATEGORIES)
        page.set_input_files("#file-input", photos)
        expect_added(page, len(photos), seconds=600)
        events = json.loads(browser.stop_tracing())["traceEvents"]
    names = [event for event in events if event["ph"] == "M" and event["name"] == "thread_name"]
    main = {(event["pid"], event["tid"]) for event in names if event["args"]["name"] == "CrRendererMain"}
    tasks = [event for event in events if event["name"] == "RunTask" and (event["pid"], event["tid"]) in main]
    return [event["tdur"] / 1000 for event in tasks if "tdur" in event]


@pytest.mark.long
@pytest.mark.quiet
@pytest.mark.timeout(1900)
def test_the_page_does_not_freeze_while_a_hundred_photos_of_12_megapixels_are_prepared(
    browser: Browser, gallery: Gallery, tmp_path: Path
) -> None:
    """At most two tasks above 50 ms and none above 200, as the median of three runs."""
    photos = _twelve_megapixels(tmp_path)
    runs = [_tasks(browser, gallery, photos) for _ in range(_RUNS)]
    assert min(len(tasks) for tasks in runs) > 1000
    long = [sorted(round(task) for task in tasks if task > 50) for tasks in runs]
    print(f"tasks above 50 ms, by run: {long}; longest: {[round(max(tasks)) for tasks in runs]}")
    assert statistics.median(len(tasks) for tasks in long) <= 2
    assert statistics.median(max(tasks) for tasks in runs) <= 200
