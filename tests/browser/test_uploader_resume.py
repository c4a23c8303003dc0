"""Reloads, closed tabs, cancels: nothing is lost, nothing is sent twice, nothing that was cancelled comes back."""

import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from local import bucket
from tests.browser.photos import noisy_jpeg
from tests.browser.uploads import drop, expect_added, journal, published, stop_all, wait_for, written_down
from tests.support.faulty import Fault, FaultyNetwork, Request, Stall
from tests.support.gallery import Gallery
from tests.support.store import BUCKET

# The browser's database takes facts and no bytes, as on a full disk.
_NO_SPACE = """
const put = IDBObjectStore.prototype.put;
IDBObjectStore.prototype.put = function (value, key) {
  if (value instanceof File) throw new DOMException('no space left', 'QuotaExceededError');
  return put.call(this, value, key);
};
"""
# A file comes with a handle whose permission has to be given anew after a reload. (Only files of the page's own file
# system have handles that can be granted without a person.)
_HANDLES = """
DataTransferItem.prototype.getAsFileSystemHandle = async function () {
  const file = this.getAsFile();
  const root = await navigator.storage.getDirectory();
  const handle = await root.getFileHandle(file.name, { create: true });
  const stream = await handle.createWritable();
  await stream.write(file);
  await stream.close();
  return handle;
};
const read = FileSystemFileHandle.prototype.getFile;
FileSystemFileHandle.prototype.getFile = async function () {
  return new File([await read.call(this)], this.name, { lastModified: 1700000000000 });
};
const ask = FileSystemHandle.prototype.queryPermission;
FileSystemHandle.prototype.queryPermission = async () => 'prompt';
FileSystemHandle.prototype.requestPermission = function () {
  if (!navigator.userActivation.isActive) throw new DOMException('needs a click', 'SecurityError');
  return ask.call(this, { mode: 'read' });
};
"""


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    """Four small photos."""
    return [noisy_jpeg(tmp_path / f"{tmp_path.name}-{n}.jpg", (640, 480)) for n in range(4)]


def _stall(request: Request) -> Fault:
    return Stall(after=5_000) if request.method == "PUT" else None


def _stalled(page: Page, network: FaultyNetwork, photos: list[Path]) -> None:
    """Drop them and wait until their transfers hang and the browser has written down what it keeps."""
    network.rule = _stall
    drop(page, photos)
    wait_for(lambda: len(network.puts()) + len(network.puts(previews=True)) >= min(5, 2 * len(photos)))
    wait_for(lambda: written_down(page, len(photos)))


def _added_once(gallery: Gallery, photos: list[Path]) -> None:
    names = [photo.name for photo in photos]
    assert sorted(str(item["filename"]) for item in published(gallery, names)) == sorted(names)


def test_after_a_reload_everything_goes_on_by_itself(
    far: Page, network: FaultyNetwork, gallery: Gallery, photos: list[Path]
) -> None:
    """The page is reloaded while pictures are on their way; it asks nothing, and each is added once."""
    asked: list[str] = []
    far.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    _stalled(far, network, photos)
    far.mouse.click(5, 500)  # only a page that was touched may hold its visitor back
    far.reload()
    network.reset()
    expect_added(far, len(photos))
    _added_once(gallery, photos)
    assert asked == []
    wait_for(lambda: journal(far) == [])


@pytest.mark.parametrize("ask", ["**/api/uploads", "**/api/uploads/*/complete"])
def test_who_is_signed_out_meanwhile_loses_nothing(far: Page, gallery: Gallery, photos: list[Path], ask: str) -> None:
    """A session ends while pictures are on their way: the page says so, asks for no upload key, and goes on later."""
    signed_out = {"type": "about:blank", "title": "Sign in first", "status": 401, "detail": "Sign in, then go on."}
    far.route(ask, lambda route: route.fulfill(status=401, json=signed_out, content_type="application/problem+json"))
    drop(far, photos)
    expect(far.locator(".row-file", has_text="You are signed out")).to_have_count(len(photos))
    expect(far.get_by_role("dialog")).to_have_count(0)
    far.unroute(ask)
    far.reload()
    expect_added(far, len(photos))
    _added_once(gallery, photos)


def test_a_pause_outlives_a_reload(far: Page, network: FaultyNetwork, gallery: Gallery, photos: list[Path]) -> None:
    """Who paused because of what the network costs is not surprised by a reload: nothing is sent until they resume."""
    _stalled(far, network, photos)
    far.locator("#tray-pause").click()
    expect(far.locator("#tray-title")).to_have_text("Paused")
    network.reset()
    far.reload()
    expect(far.locator("#tray-title")).to_have_text("Paused")
    far.wait_for_timeout(1500)
    assert network.puts() == []
    far.locator("#tray-pause").click()
    expect_added(far, len(photos))
    _added_once(gallery, photos)


def test_a_file_that_could_not_be_kept_goes_on_when_the_very_same_is_chosen_again(
    far: Page, network: FaultyNetwork, gallery: Gallery, photos: list[Path]
) -> None:
    """Leaving is asked about; then it needs the file: another of the same name is a new picture, the same goes on."""
    far.add_init_script(_NO_SPACE)
    far.reload()
    photo = photos[0]
    network.rule = _stall
    far.set_input_files("#file-input", photo)
    wait_for(lambda: len(network.puts()) >= 1)
    wait_for(lambda: written_down(far, 1))
    network.reset()
    asked: list[str] = []
    far.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    far.mouse.click(5, 500)
    far.reload()
    assert asked == ["beforeunload"]
    expect(far.locator("#tray-title")).to_have_text("1 picture needs its file again", timeout=20_000)
    with far.expect_file_chooser() as chooser:
        far.get_by_role("button", name=f"Choose {photo.name} again").click()
    other = noisy_jpeg(photo.parent / "other" / photo.name, (640, 480))
    chooser.value.set_files(other)
    expect(far.locator(".row-file.is-done")).to_have_count(1, timeout=30_000)
    expect(far.locator("#tray-title")).to_have_text("1 picture needs its file again")
    far.set_input_files("#file-input", photo)
    expect_added(far, 2)
    assert len(published(gallery, [photo.name])) == 2


def test_a_file_with_a_handle_goes_on_with_one_click(
    far: Page, network: FaultyNetwork, gallery: Gallery, photos: list[Path]
) -> None:
    """No bytes were kept, but a way to the file: one click allows reading it again."""
    far.add_init_script(_NO_SPACE + _HANDLES)
    far.reload()
    _stalled(far, network, photos[:1])
    network.reset()
    far.on("dialog", lambda dialog: dialog.accept())
    far.reload()
    far.get_by_role("button", name=f"Go on with {photos[0].name}").click(timeout=20_000)
    expect_added(far, 1)
    _added_once(gallery, photos[:1])


def test_one_tab_sends_and_takes_over_what_a_closed_one_left(
    far: Page, network: FaultyNetwork, gallery: Gallery, photos: list[Path]
) -> None:
    """While one tab sends the other waits and says so. The first is closed: the second brings all home, each once."""
    _stalled(far, network, photos[:2])
    begun = len(network.puts())
    other = far.context.new_page()
    other.goto(gallery.url)
    drop(other, photos[2:])
    expect(other.locator("#tray-note")).to_contain_text("Another tab is uploading", timeout=20_000)
    other.wait_for_timeout(1000)
    assert len(network.puts()) == begun
    far.close()
    network.reset()
    expect_added(other, len(photos))
    _added_once(gallery, photos)


def test_what_was_cancelled_leaves_nothing_and_never_comes_back(
    far: Page, network: FaultyNetwork, gallery: Gallery, photos: list[Path]
) -> None:
    """Cancelled in mid-transfer: what storage holds of it are empty tombstones, and the gallery never shows it."""
    store = bucket.client(gallery.s3_url, gallery.credentials.s3["admin"])

    def staged() -> dict[str, int]:
        pages = store.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix="staging/")
        return {item["Key"]: item["Size"] for page in pages for item in page.get("Contents", [])}

    before = staged()
    _stalled(far, network, photos)
    with far.expect_response(lambda answer: answer.request.method == "DELETE"):
        stop_all(far)
    expect(far.locator("#tray")).to_be_hidden()
    far.wait_for_timeout(1500)
    network.reset()
    time.sleep(1)
    assert {key: size for key, size in staged().items() if key not in before and size > 0} == {}
    assert not store.list_multipart_uploads(Bucket=BUCKET).get("Uploads")
    assert published(gallery, [photo.name for photo in photos]) == []
    far.reload()
    far.wait_for_timeout(1000)
    expect(far.locator("#tray")).to_be_hidden()
