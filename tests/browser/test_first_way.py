"""The main job: a picture in, seen, and out again."""

import time
from pathlib import Path

import requests
from PIL import Image, ImageChops
from playwright.sync_api import Page, expect

from tests.browser.photos import noisy_jpeg
from tests.support.gallery import Gallery

DROP = """
async ([name, type, base64]) => {
  const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name, { type }));
  for (const kind of ['dragenter', 'dragover', 'drop']) {
    document.body.dispatchEvent(new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true }));
  }
}
"""


def _drop(page: Page, photo: Path) -> None:
    import base64

    page.evaluate(DROP, [photo.name, "image/jpeg", base64.b64encode(photo.read_bytes()).decode()])


def _link(page: Page, photo: Path):
    return page.get_by_role("link", name=f"Open {photo.name}", exact=True)


def test_a_dropped_photo_without_a_place_is_shown_and_comes_back_byte_for_byte(page: Page, photo: Path) -> None:
    """Drop, tile, viewer, download: the bytes are the file's own."""
    _drop(page, photo)
    expect(page.locator("#tray-title")).to_have_text("1 picture added", timeout=20_000)
    link = _link(page, photo)
    expect(link).to_be_visible()
    expect(link.locator("img.is-shown")).to_be_visible()
    link.click()
    expect(page.locator('.pswp__item[aria-hidden="false"] .pswp__img:visible')).to_have_count(1)
    page.wait_for_function("() => [...document.querySelectorAll('.pswp__img')].some((i) => i.naturalWidth === 1600)")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    assert download.value.suggested_filename == photo.name
    assert download.value.path().read_bytes() == photo.read_bytes()
    page.go_back()
    expect(page.locator(".pswp")).to_have_count(0)
    expect(link).to_be_focused()


def test_no_byte_of_a_picture_goes_through_the_gateway(page: Page, photo: Path, gallery: Gallery) -> None:
    """The page sends the picture to storage itself: the gateway sees only small JSON."""
    bodies: list[int] = []

    def count(request) -> None:
        if request.url.startswith(gallery.url):
            bodies.append(len(request.post_data_buffer or b""))

    page.on("request", count)
    _drop(page, photo)
    expect(page.locator("#tray-title")).to_have_text("1 picture added", timeout=20_000)
    assert bodies
    assert max(bodies) < 4096 < photo.stat().st_size


def test_a_place_is_removed_and_neither_pixels_nor_way_up_change(page: Page, tmp_path: Path, gallery: Gallery) -> None:
    """What is published tells no place by a second parser; every pixel is the same, and it stands upright."""
    photo = noisy_jpeg(tmp_path / "tagged.jpg", place=True, orientation=6)
    _drop(page, photo)
    link = _link(page, photo)
    expect(link).to_be_visible(timeout=20_000)
    image_id = (link.get_attribute("href") or "").removeprefix("/p/")
    published = tmp_path / "published.jpg"
    published.write_bytes(requests.get(f"{gallery.url}/api/images/{image_id}/download", timeout=10).content)
    with Image.open(photo) as before, Image.open(published) as after:
        assert before.getexif().get_ifd(0x8825)
        assert not after.getexif().get_ifd(0x8825)
        assert after.getexif()[0x0112] == 6
        assert ImageChops.difference(before, after).getbbox() is None
    listed = requests.get(f"{gallery.url}/api/images/{image_id}", timeout=10).json()
    assert (listed["width"], listed["height"]) == (1067, 1600)
    assert listed["thumbnail"] is True
    assert listed["thumbhash"]


def test_a_file_that_is_no_picture_is_refused_in_words_and_the_others_go_on(page: Page, tmp_path: Path) -> None:
    """One bad file fails for itself, with its reason; nothing else is touched."""
    page.set_input_files(
        "#file-input",
        [
            {"name": "page.jpg", "mimeType": "image/jpeg", "buffer": b"<html>no picture at all</html>"},
            {"name": "nothing.jpg", "mimeType": "image/jpeg", "buffer": b""},
        ],
    )
    good = noisy_jpeg(tmp_path / "good one.jpg", (640, 480))
    page.set_input_files("#file-input", good)
    expect(_link(page, good)).to_be_visible(timeout=20_000)
    expect(page.locator("#tray-title")).to_have_text("2 pictures could not be added")
    expect(page.locator("#tray-list")).to_contain_text("Not a picture that can be shown")
    expect(page.locator("#tray-list")).to_contain_text("The file is empty.")


def test_another_browser_sees_the_picture_without_a_reload(page: Page, gallery: Gallery, tmp_path: Path) -> None:
    """A page that is open looks for what is new."""
    other = page.context.new_page()
    other.goto(gallery.url)
    photo = noisy_jpeg(tmp_path / "for others.jpg", (640, 480))
    _drop(other, photo)
    expect(_link(other, photo)).to_be_visible(timeout=20_000)
    page.bring_to_front()
    began = time.monotonic()
    expect(_link(page, photo)).to_be_visible(timeout=30_000)
    assert time.monotonic() - began < 30
    other.close()
