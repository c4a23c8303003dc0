"""Several pictures as one ZIP, straight from storage, by each of the three ways to the disk."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Download, Page, Response, expect

from tests.browser.conftest import Visit
from tests.browser.mocked import NO_PICKER, NO_WORKER, Catalog
from tests.browser.photos import noisy_jpeg
from tests.support.gallery import Gallery

# A file dialog that a person agrees to: what is written is kept where the test can read it.
PICKER = """
window.written = [];
window.showSaveFilePicker = async ({ suggestedName }) => {
  window.chosen = suggestedName;
  const write = (part) => part.forEach((byte) => window.written.push(byte));
  return { createWritable: async () => new WritableStream({ write }) };
};
"""


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three photos, two of them of one name."""
    folder = tmp_path_factory.mktemp("zip")
    (folder / "again").mkdir()
    names = ("harbour.jpg", "hill – Ålesund.jpg", "again/harbour.jpg")
    return [noisy_jpeg(folder / name, (480, 320)) for name in names]


@pytest.fixture
def choose(visit: Visit, photos: list[Path]) -> Callable[[str], Page]:
    """Uploads the photos, chooses them, and returns the page."""

    def open_page(script: str) -> Page:
        page = visit(prepare=lambda page: page.add_init_script(script), accept_downloads=True)
        page.set_input_files("#file-input", photos)
        expect(page.locator("#tray-title")).to_have_text("3 pictures added", timeout=30_000)
        page.locator("#tray-close").click()
        page.locator("#pick-button").click()
        for number in range(3):
            page.locator(".tile-link").nth(number).click()
        expect(page.locator("#pick-count")).to_have_text("3 selected")
        return page

    return open_page


def _save(page: Page) -> Download:
    with page.expect_download() as download:
        page.locator("#pick-download").click()
        if page.locator("#ask").is_visible():
            page.locator("#ask-yes").click()
    return download.value


def _holds(content: bytes, photos: list[Path]) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        assert packed.testzip() is None
        inside = {name: packed.read(name) for name in packed.namelist()}
    assert set(inside) == {"harbour.jpg", "harbour (2).jpg", "hill – Ålesund.jpg"}
    assert set(inside.values()) == {photo.read_bytes() for photo in photos}


def test_into_a_file_that_the_person_chose(choose, photos: list[Path], gallery: Gallery) -> None:
    """Byte for byte, and no byte of it through the gateway."""
    page = choose(PICKER)
    through_the_gateway: list[str] = []

    def note(answer: Response) -> None:
        if answer.url.startswith(f"{gallery.url}/api/"):
            through_the_gateway.append(answer.headers.get("content-type", ""))

    page.on("response", note)
    page.locator("#pick-download").click()
    expect(page.locator(".toast-box")).to_have_text("The ZIP is saved.")
    _holds(bytes(page.evaluate("window.written")), photos)
    assert page.evaluate("window.chosen").startswith("Vitrine 20")
    assert set(through_the_gateway) == {"application/json"}


def test_through_a_service_worker_where_there_is_no_file_dialog(choose, photos: list[Path]) -> None:
    """The browser's own download, streamed: the worker has no other address than the ZIP's."""
    page = choose(NO_PICKER)
    saved = _save(page)
    assert saved.suggested_filename.startswith("Vitrine 20")
    assert "/zip/" in saved.url
    _holds(saved.path().read_bytes(), photos)
    assert page.evaluate("navigator.serviceWorker.controller") is None


def test_the_service_worker_can_never_control_the_page(choose) -> None:
    """Browsers allow a worker the folder of its script and no more, whoever registers it."""
    page = choose(NO_PICKER)
    _save(page)
    register = "navigator.serviceWorker.register('/zip/worker.js', { scope: '/' }).then(() => '', error => error.name)"
    assert page.evaluate(register) == "SecurityError"


def test_a_worker_of_an_earlier_version_is_replaced_first(choose, photos: list[Path], gallery: Gallery) -> None:
    """It has another address and the same scope, and the browser of a returning visitor still runs it."""
    page = choose(NO_PICKER)
    earlier = page.context.new_page()  # without the policy, which lets the page of today start today's workers only
    earlier.route("**/earlier", lambda route: route.fulfill(body="", content_type="text/html"))
    earlier.goto(f"{gallery.url}/earlier")
    earlier.evaluate(
        """async () => {
          const registration = await navigator.serviceWorker.register('/zip/worker.js?earlier', { scope: '/zip/' });
          const worker = registration.installing ?? registration.waiting ?? registration.active;
          while (worker.state !== 'activated') await new Promise((resolve) => setTimeout(resolve, 20));
        }"""
    )
    earlier.close()
    page.bring_to_front()
    download = _save(page)
    _holds(download.path().read_bytes(), photos)
    assert page.url.endswith("/")


def test_through_memory_where_there_is_neither_after_a_warning(choose, photos: list[Path]) -> None:
    """As on a page without a secure context."""
    page = choose(NO_WORKER)
    page.locator("#pick-download").click()
    expect(page.locator("#ask-text")).to_contain_text("in memory until it is saved")
    with page.expect_download() as download:
        page.locator("#ask-yes").click()
    assert download.value.url.startswith("blob:")
    _holds(download.value.path().read_bytes(), photos)


def test_what_is_too_much_for_memory_is_refused_before_anything_is_fetched(visit: Visit) -> None:
    """By the sizes of the list, where the browser has no other way than through memory."""
    catalog = Catalog([1_700_000_000_000 - number * 60_000 for number in range(3)])
    sizes = iter((300_000_000, 150_000_000, 60_000_000))
    catalog.sizes = {image_id: next(sizes) for image_id in catalog.ids}
    page = visit(prepare=lambda page: (page.add_init_script(NO_WORKER), catalog.serve(page)))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.post_data or ""))
    page.locator("#pick-button").click()
    for number in range(3):
        page.locator(".tile-link").nth(number).click()
    page.locator("#pick-download").click()
    expect(page.locator(".toast-box")).to_contain_text("can’t save more than 500 MB at once")
    expect(page.locator("#ask")).to_be_hidden()
    assert not any('"download"' in body for body in asked)
    page.locator(".tile-link").nth(1).click()
    page.locator("#pick-download").click()
    expect(page.locator("#ask-text")).to_contain_text("in memory until it is saved")


def test_a_file_that_fails_is_named_in_it_and_the_others_are_there(
    choose, photos: list[Path], gallery: Gallery
) -> None:
    """One failure does not take the others with it."""
    page = choose(PICKER)
    tile = page.locator(".tile").first
    lost = tile.locator(".tile-link").get_attribute("href").removeprefix("/p/")
    name = tile.locator(".tile-name").text_content()
    page.route(f"{gallery.s3_url}/**/images/{lost}*", lambda route: route.abort())
    page.locator("#pick-download").click()
    expect(page.locator(".toast-box")).to_contain_text("1 picture is missing", timeout=40_000)
    with zipfile.ZipFile(io.BytesIO(bytes(page.evaluate("window.written")))) as packed:
        assert len(packed.namelist()) == 3
        assert name in packed.read("not included.txt").decode()
