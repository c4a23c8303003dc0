"""The page's uploader in Chromium compared with boto3's transfer manager: one large file, in parts with checksums.

The store has half of the cores and the sender has the other half, as if each had its own machine. On shared cores the
ratio would be that of total processor time, of which the store takes most. The shared case is measured too, with two
more senders. A bare page that sends in the same way shows the cost of the uploader's own book-keeping. A bare page that
is given the hashes shows the cost of sending in Chromium.
"""

import base64
import hashlib
import json
import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from playwright.sync_api import Browser, sync_playwright

from bench import processor
from bench.report import Figure, Result, in_turns, median_ratio
from bench.run import Run
from bench.unwatched import unwatched_page
from tests.browser.photos import noisy_jpeg
from tests.support import chromium
from tests.support.gallery import Gallery
from upload.multipart.part_sizes import USUAL_PART

MEBIBYTE = 1 << 20
ROUNDS = 5
SHARED_ROUNDS = 2
"""One round takes two minutes."""
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync")
SECONDS = 180


def measure(run: Run) -> Iterator[Result]:
    """Measure until the answer to the last part; the detail shows the time of `complete`."""
    folder = run.folder("uploader")
    size = run.mebibytes * MEBIBYTE
    file = _file(folder / "large.jpg", size)
    completing: list[float] = []
    everywhere = os.sched_getaffinity(0)
    with _gallery_and_browser(folder / "apart", size, *_halves(everywhere)) as (gallery, browser):
        ours, theirs = in_turns(
            _rested(gallery, _by_page(browser, gallery, file, size, completing)),
            _rested(gallery, _by_boto3(gallery, file, size)),
            rounds=min(run.rounds, ROUNDS),
        )
    what = f"{run.mebibytes:,} MiB by the page's uploader / "
    complete = f", plus {statistics.median(completing):.1f} s for complete"
    yield _figure(f"{what}boto3's transfer manager, each on its own cores", 0.90, ours, theirs, complete)
    with _gallery_and_browser(folder / "shared", size, everywhere, everywhere) as (gallery, browser):
        ours, theirs, bare, hashless = in_turns(
            _rested(gallery, _by_page(browser, gallery, file, size, completing)),
            _rested(gallery, _by_boto3(gallery, file, size)),
            _rested(gallery, _by_bare_page(browser, gallery, file, size, None)),
            _rested(gallery, _by_bare_page(browser, gallery, file, size, _hashes(file))),
            rounds=min(run.rounds, SHARED_ROUNDS),
        )
    shared = ", all cores shared with the store"
    yield _figure(f"{what}boto3's transfer manager{shared}", None, ours, theirs)
    yield _figure(
        f"{run.mebibytes:,} MiB by a bare page that hashes nothing / boto3's transfer manager{shared}",
        None,
        hashless,
        theirs,
    )
    yield _figure(f"{what}a bare page that sends the same way{shared}", 0.90, ours, bare)


def _rested(gallery: Gallery, upload: Callable[[], float]) -> Callable[[], float]:
    def measure() -> float:
        assert gallery.process is not None
        processor.rest(gallery.process.pid)
        return upload()

    return measure


def _figure(what: str, goal: float | None, ours: list[float], theirs: list[float], more: str = "") -> Figure:
    rates = f"{statistics.median(ours):.0f} MiB/s : {statistics.median(theirs):.0f} MiB/s"
    ratios = [our / their for our, their in zip(ours, theirs, strict=True)]
    rounds = f", rounds {min(ratios):.2f} to {max(ratios):.2f}"
    return Figure(what, median_ratio(ours, theirs), goal, detail=rates + rounds + more)


def _halves(cores: set[int]) -> tuple[set[int], set[int]]:
    """Return half of the cores for the servers and the rest for the sender; both get a single core."""
    ordered = sorted(cores)
    middle = len(ordered) // 2
    return (set(ordered[:middle]), set(ordered[middle:])) if middle else (cores, cores)


@contextmanager
def _running_on(cores: set[int]) -> Iterator[None]:
    """Keep this thread and the processes that it starts on these cores (sched_setaffinity(2): children inherit it)."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def _gallery_and_browser(
    folder: Path, size: int, servers: set[int], senders: set[int]
) -> Iterator[tuple[Gallery, Browser]]:
    """Run a gallery on the first cores, and a browser and this process on the second, until the block ends."""
    gallery = Gallery(folder, {"MAX_UPLOAD_BYTES": str(2 * size), "REPLICAS": "1"})
    try:
        with _running_on(servers):
            gallery.start()
        with _running_on(senders), sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium.get(), args=list(FLAGS))
            yield gallery, browser
            browser.close()
    finally:
        gallery.end()


def _file(path: Path, size: int) -> Path:
    """Make a picture followed by noise; the gallery reads only its head."""
    noisy_jpeg(path, (320, 240))
    with path.open("ab") as file:
        while (left := size - file.tell()) > 0:
            file.write(os.urandom(min(left, 8 * MEBIBYTE)))
    return path


_BEFORE = """
localStorage.setItem('vitrine.keepLocation', 'yes'); // or the page blanks the noise behind the picture
performance.setResourceTimingBufferSize(10_000);
"""
_TIMES = """(() => {
  const all = performance.getEntriesByType('resource');
  const end = (wanted) => Math.max(0, ...all.filter(wanted).map((each) => each.responseEnd));
  return {
    begun: all.find(({ name }) => name.endsWith('/api/uploads'))?.startTime ?? 0,
    sent: end(({ name }) => name.includes('partNumber=')),
    published: end(({ name, responseStatus: status }) => name.endsWith('/complete') && [200, 201].includes(status)),
  };
})()"""
"""W3C Resource Timing, in milliseconds. For storage's answers a page sees only the beginning and the end."""


def _by_page(browser: Browser, gallery: Gallery, file: Path, size: int, completing: list[float]) -> Callable[[], float]:
    def upload() -> float:
        with unwatched_page(browser) as page:
            page.open(gallery.url, _BEFORE)
            page.choose("#file-input", file)
            deadline = time.monotonic() + SECONDS
            while not (times := page.value(_TIMES))["published"]:
                assert time.monotonic() < deadline, f"not published: {times}"
                time.sleep(0.5)  # each look costs the page time that is measured
        completing.append((times["published"] - times["sent"]) / 1000)
        return size / MEBIBYTE / (times["sent"] - times["begun"]) * 1000

    return upload


_BARE = (
    Path(__file__).with_name("bare.js").read_text()
    + """
document.body.insertAdjacentHTML('beforeend', '<input type="file" id="bare">');
globalThis.taken = null;
"""
)
AT_ONCE = 7
"""Parts that are hashed, signed or sent at once (PARTS in frontend/src/uploader/uploader.js, which sends 5 at most)."""


def _hashes(file: Path) -> list[str]:
    """Return the SHA-256 of each part in base64."""
    with file.open("rb") as opened:
        parts = iter(lambda: opened.read(USUAL_PART), b"")
        return [base64.b64encode(hashlib.sha256(part).digest()).decode() for part in parts]


def _by_bare_page(
    browser: Browser, gallery: Gallery, file: Path, size: int, hashes: list[str] | None
) -> Callable[[], float]:
    def upload() -> float:
        with unwatched_page(browser) as page:
            page.open(gallery.url, "")
            page.value(_BARE)
            page.choose("#bare", file)
            call = f"bare(document.getElementById('bare').files[0], {AT_ONCE}, {json.dumps(hashes)})"
            page.value(f"{call}.then((ms) => {{ taken = ms; }}, (error) => {{ taken = String(error); }}), null")
            deadline = time.monotonic() + SECONDS
            while (taken := page.value("taken")) is None:
                assert time.monotonic() < deadline, "not sent"
                time.sleep(0.5)  # as above: each look costs the page time
        assert not isinstance(taken, str), taken
        return size / MEBIBYTE / taken * 1000

    return upload


def _by_boto3(gallery: Gallery, file: Path, size: int) -> Callable[[], float]:
    key = gallery.credentials.s3["admin"]
    client = boto3.client(
        "s3",
        endpoint_url=gallery.s3_url,
        region_name="us-east-1",
        aws_access_key_id=key.access,
        aws_secret_access_key=key.secret,
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )

    def upload() -> float:
        began = time.monotonic()
        client.upload_file(
            str(file), "vitrine", "staging/bench", {"ChecksumAlgorithm": "SHA256"}, Config=TransferConfig()
        )
        taken = time.monotonic() - began
        client.delete_object(Bucket="vitrine", Key="staging/bench")
        return size / MEBIBYTE / taken

    return upload
