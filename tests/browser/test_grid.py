"""The grid shows previews only: it fetches no original, and nothing in it plays."""

import io
import time
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import pytest
from PIL import Image, ImageChops
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Visit
from tests.browser.planted import Planted, publish, remove
from tests.support.gallery import Gallery
from tests.support.pictures import animation, picture

SIZE = (320, 240)
FRAMES_MS = 130
"""Three frames of the animations: two shots with this between them differ if it plays."""


@dataclass(frozen=True)
class Mixed:
    """The ids of planted pictures."""

    with_preview: str
    without: list[str]
    """No preview, as their keys say: a JPEG, a GIF that plays, and the same with the colours of the picture known."""
    moving: list[str]
    """Animations as previews: a WebP, and types that the upload service never published."""
    missing: str
    """A preview that is not there, although the key says so."""

    @property
    def all(self) -> list[str]:
        return [self.with_preview, *self.without, *self.moving, self.missing]


@pytest.fixture(scope="module")
def mixed(gallery: Gallery) -> Iterator[Mixed]:
    """Pictures of each kind, and many GIFs below them."""
    now = int(time.time() * 1000)
    still, plays = picture("JPEG", SIZE), animation("GIF", SIZE)
    previews = [animation(kind, SIZE) for kind in ("WEBP", "GIF", "PNG", "AVIF")]

    def planted(age: int, name: str, content: bytes, **more: object) -> Planted:
        options = {"thumbhash": None, **more}
        return Planted(now - age * 1000, name, content, SIZE, **options)  # type: ignore[arg-type]

    pictures = [
        planted(0, "shown.jpg", still, preview=picture("WEBP", SIZE)),
        planted(1, "bare.jpg", still, has_preview=False),
        planted(2, "plays.gif", plays, has_preview=False),
        Planted(now - 3000, "coloured.gif", plays, SIZE, has_preview=False),
        *(planted(4 + place, "sent.jpg", still, preview=preview) for place, preview in enumerate(previews)),
        planted(9, "missing.jpg", still),
        *(planted(20 + place, "more.gif", plays, has_preview=False) for place in range(40)),
    ]
    ids = publish(gallery, pictures)
    yield Mixed(ids[0], ids[1:4], ids[4:8], ids[8])
    remove(gallery, ids)


def _tile(page: Page, image_id: str) -> Locator:
    return page.locator(f".tile[data-id='{image_id}']")


def _changes(page: Page, part: Locator) -> bool:
    """Whether two screenshots of it differ. Of what plays, two can be equal by chance."""
    shots = []
    for _ in range(2):
        shots.append(Image.open(io.BytesIO(part.screenshot())).convert("RGB"))
        page.wait_for_timeout(FRAMES_MS)
    return ImageChops.difference(*shots).getbbox() is not None


def _rests(page: Page, part: Locator) -> bool:
    """Whether it changes no more: a picture that fades in comes to rest, an animation never does."""
    return not all(_changes(page, part) for _ in range(3))


def _plays(page: Page, part: Locator) -> bool:
    return any(_changes(page, part) for _ in range(10))


def test_no_tile_fetches_an_original_or_plays(visit: Visit, mixed: Mixed, gallery: Gallery) -> None:
    """Whatever was sent as a preview, and from the top of the gallery to its end. The viewer shows the original."""
    fetched: list[str] = []

    def log(page: Page) -> None:
        page.on("request", lambda request: fetched.append(request.url))

    page = visit(prepare=log)
    expect(_tile(page, mixed.with_preview).locator("img.is-shown")).to_be_visible()
    for image_id in (*mixed.without, *mixed.moving, mixed.missing):
        drawn = _tile(page, image_id)
        expect(drawn.locator(".tile-title")).to_contain_text(image_id[-6:])
        expect(drawn.locator("img")).to_have_count(0)
    for image_id, kind in zip(mixed.without, ("JPEG", "GIF", "GIF"), strict=True):
        expect(_tile(page, image_id).locator(".tile-format")).to_have_text(kind)
    for image_id in mixed.all:
        assert _rests(page, _tile(page, image_id))
    for _ in range(4):
        page.mouse.wheel(0, 900)
        page.wait_for_timeout(100)
    assert _rests(page, page.locator("#grid"))
    page.keyboard.press("Home")
    paths = [unquote(urlsplit(url).path) for url in fetched if url.startswith(gallery.s3_url)]
    assert [path for path in paths if "/images/" in path] == []
    assert sum(path.endswith(mixed.with_preview) for path in paths) == 1

    _tile(page, mixed.without[1]).locator("a").first.click()
    shown = page.locator('.pswp__item[aria-hidden="false"] .pswp__img')
    expect(shown).to_have_js_property("naturalWidth", SIZE[0])
    assert _plays(page, shown)
    assert any("/images/" in unquote(url) for url in fetched)


def test_a_picture_that_was_just_added_shows_the_preview_that_the_page_made(
    visit: Visit, gallery: Gallery, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Also an animation: one frame of it, not the file."""
    fetched: list[str] = []
    page = visit(prepare=lambda page: page.on("request", lambda request: fetched.append(request.url)))
    file = tmp_path_factory.mktemp("own") / f"own {time.time_ns()}.gif"
    file.write_bytes(animation("GIF", SIZE))
    page.set_input_files("#file-input", file)
    tile = page.locator(".tile").filter(has=page.get_by_role("link", name=f"Open {file.name}", exact=True))
    expect(tile.locator("img.is-shown")).to_be_visible(timeout=20_000)
    page.locator("#tray-close").click()
    assert _rests(page, tile)
    paths = [unquote(urlsplit(url).path) for url in fetched if url.startswith(gallery.s3_url)]
    assert [path for path in paths if "/images/" in path] == []
