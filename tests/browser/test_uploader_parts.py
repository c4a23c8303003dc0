"""Large files in parts: a real Chromium, the real store, and a bad network between them."""

import os
from pathlib import Path

import pytest
import requests
from PIL import Image
from playwright.sync_api import Page, expect

from local import bucket
from tests.browser.photos import noisy_jpeg
from tests.browser.uploads import drop, expect_added, published, stop_all, wait_for, written_down
from tests.support.faulty import Answer, Cut, Fault, FaultyNetwork, LoseAnswer, Stall
from tests.support.gallery import Gallery
from tests.support.store import BUCKET

_IN_FLIGHT = 5
_PARTS = 6


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PNG of 43 MiB that nothing compresses: six parts."""
    path = tmp_path_factory.mktemp("large") / "large.png"
    side = 3900
    Image.frombytes("RGB", (side, side), os.urandom(side * side * 3)).save(path, compress_level=0)
    return path


def _named(large: Path, folder: Path) -> Path:
    path = folder / f"{folder.name}.png"
    path.hardlink_to(large)
    return path


def _uploads_in_parts(gallery: Gallery) -> list[object]:
    store = bucket.client(gallery.s3_url, gallery.credentials.s3["admin"])
    return list(store.list_multipart_uploads(Bucket=BUCKET).get("Uploads", []))


def _stored_parts(gallery: Gallery) -> set[int]:
    store = bucket.client(gallery.s3_url, gallery.credentials.s3["admin"])
    return {
        part["PartNumber"]
        for upload in store.list_multipart_uploads(Bucket=BUCKET).get("Uploads", [])
        for part in store.list_parts(Bucket=BUCKET, Key=upload["Key"], UploadId=upload["UploadId"]).get("Parts", [])
    }


def _parts(network: FaultyNetwork) -> list[int]:
    return sorted(int(each.part) for each in network.puts() if each.part)


def test_parts_that_are_cut_or_refused_are_sent_again_and_the_picture_is_the_file(
    far: Page, network: FaultyNetwork, gallery: Gallery, large: Path, tmp_path: Path
) -> None:
    """Every kind of fault once; only parts that failed are repeated, at most five requests in flight, same bytes."""
    path = _named(large, tmp_path)
    faults: dict[str, Fault] = {
        "1": Cut(after=1_000_000),
        "2": Answer(503, {"Retry-After": "1"}),
        "3": Answer(403),
        "4": Answer(429),
        "5": LoseAnswer(),
    }
    network.rule = lambda request: faults.get(request.part) if request.method == "PUT" and request.nth == 1 else None
    small = noisy_jpeg(tmp_path / f"{tmp_path.name}.jpg", (320, 240))
    far.set_input_files("#file-input", [path, small])
    expect_added(far, 2, seconds=90)
    assert _parts(network) == sorted([1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 6])
    assert network.most_puts <= _IN_FLIGHT
    image_id = published(gallery, [path.name])[0]["id"]
    fetched = requests.get(f"{gallery.url}/api/images/{image_id}/download", timeout=30).content
    assert fetched == path.read_bytes()
    assert _uploads_in_parts(gallery) == []


def test_after_a_reload_only_the_parts_that_storage_has_not_are_sent(
    far: Page, network: FaultyNetwork, gallery: Gallery, large: Path, tmp_path: Path
) -> None:
    """Two parts arrived, the rest hangs; the page is reloaded and goes on by itself with the rest."""
    path = _named(large, tmp_path)
    network.rule = lambda request: Stall(after=1_000) if request.method == "PUT" and request.part > "2" else None
    far.set_input_files("#file-input", path)
    wait_for(lambda: {3, 4, 5, 6} <= set(_parts(network)), 60)
    wait_for(lambda: _stored_parts(gallery) == {1, 2}, 60)
    wait_for(lambda: written_down(far, 1), 60)
    far.on("dialog", lambda dialog: dialog.accept())
    far.reload()
    network.reset()
    expect_added(far, 1, seconds=90)
    assert _parts(network) == [3, 4, 5, 6]
    assert len(published(gallery, [path.name])) == 1


def test_a_cancelled_upload_leaves_no_part_behind(
    far: Page, network: FaultyNetwork, gallery: Gallery, large: Path, tmp_path: Path
) -> None:
    """Some parts arrived, some are under way, and the person cancels: storage holds nothing of it."""
    path = _named(large, tmp_path)
    network.rule = lambda request: Stall(after=1_000) if request.method == "PUT" and request.part > "2" else None
    far.set_input_files("#file-input", path)
    wait_for(lambda: {3, 4, 5, 6} <= set(_parts(network)), 60)
    assert len(_uploads_in_parts(gallery)) == 1
    with far.expect_response(lambda answer: answer.request.method == "DELETE") as deleted:
        stop_all(far)
    assert deleted.value.status == 204
    assert _uploads_in_parts(gallery) == []
    network.reset()
    far.wait_for_timeout(1000)
    assert _uploads_in_parts(gallery) == []
    assert published(gallery, [path.name]) == []


@pytest.mark.long
def test_parts_of_a_large_file_do_not_starve_the_small_ones(
    far: Page, network: FaultyNetwork, large: Path, tmp_path: Path
) -> None:
    """Half of the parts of a large one hang: small ones dropped after it are added all the same."""
    path = _named(large, tmp_path)
    small = [noisy_jpeg(tmp_path / f"{n}.jpg", (320, 240)) for n in range(3)]
    network.rule = lambda request: Stall(after=1_000) if request.part in ("4", "5", "6") else None
    far.set_input_files("#file-input", path)
    drop(far, small)
    expect(far.locator(".row-file.is-done")).to_have_count(3, timeout=60_000)
    network.reset()
    expect_added(far, 4, seconds=90)
