"""The ways for pictures to come in, in the numbers in which people have them."""

import base64
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browser.uploads import drop, expect_added, published, stop_all
from tests.support.gallery import Gallery

_PASTE = """
(base64) => {
  const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], 'pasted.png', { type: 'image/png' }));
  const paste = { clipboardData: transfer, bubbles: true, cancelable: true };
  document.body.dispatchEvent(new ClipboardEvent('paste', paste));
}
"""


def _tiny_jpegs(folder: Path, count: int) -> list[Path]:
    """So many pictures of few bytes, no two the same."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number in range(count):
        path = folder / f"{folder.name}-{number:04}.jpg"
        Image.new("RGB", (8, 6), (number % 256, number // 256, 90)).save(path)
        paths.append(path)
    return paths


def _drop_for_real(page: Page, paths: list[Path]) -> None:
    """Drop files or folders as the system does: the page gets entries to walk through, not a list of files."""
    session = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, "x": 400, "y": 400, "data": data})


def test_a_dropped_folder_gives_all_its_pictures_and_those_of_folders_in_it(page: Page, tmp_path: Path) -> None:
    """Chromium hands out a hundred entries at a time: none of 130 is left behind; what is no picture is not meant."""
    folder = tmp_path / "trip"
    _tiny_jpegs(folder, 120)
    _tiny_jpegs(folder / "second day", 10)
    (folder / "notes.txt").write_text("not meant")
    (folder / ".hidden.jpg").write_bytes(b"not meant either")
    _drop_for_real(page, [folder])
    expect(page.locator("#tray-note")).to_contain_text("of 130", timeout=20_000)
    stop_all(page)
    expect(page.get_by_role("button", name="Cancel all")).to_be_hidden()  # what had been added by then is still told


def test_a_dropped_file_of_the_system_comes_in(page: Page, gallery: Gallery, photo: Path) -> None:
    """Not a folder: the file itself, with its name."""
    before = len(published(gallery, [photo.name]))
    _drop_for_real(page, [photo])
    expect_added(page, 1)
    assert len(published(gallery, [photo.name])) == before + 1


def test_a_picture_is_pasted(page: Page, tmp_path: Path) -> None:
    """What the clipboard holds is added; text fields keep their own paste."""
    path = tmp_path / "a.png"
    Image.effect_noise((64, 48), 80).save(path)
    page.evaluate(_PASTE, base64.b64encode(path.read_bytes()).decode())
    expect_added(page, 1)


def test_a_phone_offers_its_camera_and_a_desktop_does_not(browser: Browser, page: Page, photo: Path) -> None:
    """The button opens the camera's own chooser, and what it takes is added."""
    expect(page.get_by_role("button", name="Choose a folder")).to_be_visible()
    expect(page.get_by_role("button", name="Take a photo")).to_be_hidden()
    phone = {"has_touch": True, "is_mobile": True, "viewport": {"width": 390, "height": 844}, "locale": "en-US"}
    with browser.new_context(**phone) as context:
        opened = context.new_page()
        opened.goto(page.url)
        with opened.expect_file_chooser() as chooser:
            opened.get_by_role("button", name="Take a photo").tap()
        assert chooser.value.element.get_attribute("capture") == "environment"
        chooser.value.set_files(photo)
        expect_added(opened, 1)


def test_a_chosen_folder_gives_all_its_pictures(page: Page, tmp_path: Path) -> None:
    """And nothing else that lies there."""
    folder = tmp_path / "walk"
    _tiny_jpegs(folder, 3)
    _tiny_jpegs(folder / "evening", 2)
    (folder / "notes.txt").write_text("not meant")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a folder").click()
    chooser.value.set_files(folder)
    expect_added(page, 5)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_a_thousand_files_dropped_at_once_all_arrive(page: Page, gallery: Gallery, tmp_path: Path) -> None:
    """No limit of ours stops them, and each is there once."""
    photos = _tiny_jpegs(tmp_path / "thousand", 1000)
    drop(page, photos)
    expect_added(page, 1000, seconds=800)
    newest = [str(item["filename"]) for item in published(gallery, [photo.name for photo in photos])]
    assert len(newest) == len(set(newest)) == 200
