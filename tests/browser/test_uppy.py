"""A real, unmodified Uppy sends pictures into the gallery, by the routes of its companion."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Page, Route, expect

from tests.support import uppy
from tests.support.gallery import Gallery
from tests.support.in_parts import MIB, large_picture

# The first of them starts a gallery, installs Uppy and bundles it: a busy machine must not fail it.
pytestmark = pytest.mark.timeout(400)

# An integrator's page: the two packages, one option each, and a file that somebody chose.
UPLOAD = """
async ([name, type]) => {
  const { AwsS3, Uppy } = globalThis.uppyHere;
  const uppy = globalThis.uppy = new Uppy();
  uppy.use(AwsS3, { companionEndpoint: location.origin, shouldUseMultipart: true });
  uppy.on('file-added', (file) => uppy.setFileMeta(file.id, { size: file.size }));
  uppy.addFile({ name, type, data: document.querySelector('#for-uppy').files[0] });
  return globalThis.outcome(await uppy.upload());
}
"""
OUTCOME = """
globalThis.outcome = ({ successful, failed }) => ({
  successful: successful.map(({ uploadURL }) => uploadURL),
  failed: failed.map(({ error }) => String(error)),
});
"""
INPUT = "document.body.append(Object.assign(document.createElement('input'), { type: 'file', id: 'for-uppy' }))"


@pytest.fixture(scope="module")
def script(gallery: Gallery, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Uppy, once the gallery runs and so has built its page."""
    return uppy.script(tmp_path_factory.mktemp("uppy"))


@pytest.fixture
def with_uppy(page: Page, script: str) -> Page:
    """A page of the gallery's origin with Uppy in it, put there past the page's own policy."""
    for text in (script, OUTCOME, INPUT):
        page.evaluate(f"() => {{ {text} }}")
    return page


@pytest.fixture
def choose(with_uppy: Page, tmp_path: Path) -> Callable[[bytes], None]:
    """Choose a file of this content; as a path, for a browser takes megabytes over its wire at a walk."""

    def choose(content: bytes) -> None:
        file = tmp_path / "chosen.jpg"
        file.write_bytes(content)
        with_uppy.set_input_files("#for-uppy", file)

    return choose


def assert_there(gallery: Gallery, location: str, content: bytes) -> None:
    """The picture is at the address that Uppy was told, byte for byte, and first in the list."""
    assert location.startswith(f"{gallery.url}/api/images/")
    assert requests.get(location, timeout=20).content == content
    newest = requests.get(f"{gallery.url}/api/images?limit=1", headers={"Cache-Control": "no-cache"}, timeout=10).json()
    assert (newest["items"][0]["filename"], newest["items"][0]["size"]) == ("by uppy.jpg", len(content))


def test_a_file_arrives_in_the_gallery(with_uppy: Page, choose: Callable[[bytes], None], gallery: Gallery) -> None:
    """In three parts; and the page beside it shows it without a reload."""
    content = large_picture(11 * MIB)
    choose(content)
    outcome: dict[str, Any] = with_uppy.evaluate(UPLOAD, ["by uppy.jpg", "image/jpeg"])
    assert (outcome["failed"], len(outcome["successful"])) == ([], 1)
    assert_there(gallery, outcome["successful"][0], content)
    expect(with_uppy.get_by_role("link", name="Open by uppy.jpg").first).to_be_visible(timeout=60_000)


def test_after_a_lost_answer_its_retry_finds_the_picture_published(
    with_uppy: Page, choose: Callable[[bytes], None], gallery: Gallery
) -> None:
    """Nothing is sent again, and nothing is there twice."""
    content = large_picture(6 * MIB)
    parts: list[str] = []
    with_uppy.on("request", lambda sent: parts.append(sent.url) if "partNumber=" in sent.url else None)

    def lose(route: Route) -> None:
        assert route.fetch().status == 200
        route.abort()

    with_uppy.route("**/complete?*", lose, times=1)
    choose(content)
    first = with_uppy.evaluate(UPLOAD, ["by uppy.jpg", "image/jpeg"])
    assert (first["successful"], len(first["failed"])) == ([], 1)
    sent = len(parts)
    again = with_uppy.evaluate("async () => globalThis.outcome(await globalThis.uppy.retryAll())")
    assert (len(again["successful"]), again["failed"]) == (1, [])
    assert_there(gallery, again["successful"][0], content)
    assert len(parts) == sent


def test_what_is_no_picture_fails_in_uppy_too(with_uppy: Page, choose: Callable[[bytes], None]) -> None:
    choose(b"<html>no picture</html>")
    outcome = with_uppy.evaluate(UPLOAD, ["page.jpg", "image/jpeg"])
    assert (outcome["successful"], len(outcome["failed"])) == ([], 1)
