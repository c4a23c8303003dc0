"""A catalog of any size, answered in the browser's place: what would take an hour to upload."""

import base64
import json
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, Route

from common.domain.images import rfc3339
from common.domain.keys import first_id_at_or_before, id_time_ms, make_id
from tests.browser.photos import pixel

_ORIGINAL_PATH = "/mocked-original"
_ORIGINAL = base64.b64decode("R0lGODlhAQABAIAAAHx8hAAAACH5BAAAAAAALAAAAAABAAEAAAICRAEAOw==")
_PREVIEW_PATH = "/mocked-preview"
_PREVIEW = pixel((124, 124, 132))
_SHAPES = ((1600, 1067), (1067, 1600), (1200, 1200), (2000, 900), (1600, 1200))


NO_PICKER = "delete window.showSaveFilePicker"
"""A browser without a dialog for files to write."""
NO_WORKER = f"{NO_PICKER}; Object.defineProperty(navigator, 'serviceWorker', {{ get: () => undefined }})"
NO_WORKER += "; delete Navigator.prototype.serviceWorker; delete navigator.serviceWorker"
"""Nor with service workers: a page without a secure context."""


class Catalog:
    """Pictures by their times, newest first, listed as the catalog service lists them."""

    def __init__(self, times_ms: Sequence[int], name: str = "picture") -> None:
        self.ids = [make_id(time, 0, 0) for time in times_ms]
        assert self.ids == sorted(set(self.ids))
        self.numbers = {image_id: index + 1 for index, image_id in enumerate(self.ids)}
        self.name = name
        self.lists = 0
        self.gone: set[str] = set()
        self.shapes: Sequence[tuple[int, int]] = _SHAPES
        self.sizes: dict[str, int] = {}
        """Bytes of those that are to have others than usual."""
        self.types: dict[str, str] = {}
        """Media types of those that are to have another than JPEG."""
        self.filenames: dict[str, str] = {}
        """Of those that are to have another than their number."""
        self.without_preview: set[str] = set()
        self.hashes: dict[str, str] = {}
        """The thumbhashes of those that have one."""
        self.originals: list[str] = []
        """Those whose original the page has asked for."""
        self.addresses: dict[str, str] = {}
        """Of originals that are to be had elsewhere than usual."""
        self.age = 0
        self.failing: int | None = None
        """A status with which the list is answered instead."""

    def add(self, time_ms: int) -> None:
        """Publish a picture that is newer than all; its number is 0."""
        image_id = make_id(time_ms, 0, 0)
        assert image_id < self.ids[0]
        self.ids.insert(0, image_id)
        self.numbers[image_id] = 0

    def picture(self, image_id: str) -> dict[str, Any]:
        """One picture; its name has its place from the newest in it, from 1."""
        number = self.numbers[image_id]
        width, height = self.shapes[number % len(self.shapes)]
        return {
            "id": image_id,
            "ref": image_id,
            "filename": self.filenames.get(image_id, f"{self.name} {number}.jpg"),
            "content_type": self.types.get(image_id, "image/jpeg"),
            "size": self.sizes.get(image_id, 1000 + number),
            "width": width,
            "height": height,
            "thumbhash": self.hashes.get(image_id),
            "thumbnail": image_id not in self.without_preview,
            "uploaded_at": rfc3339(id_time_ms(image_id) / 1000),
        }

    def page(self, query: dict[str, str]) -> dict[str, Any]:
        """One page of the list."""
        limit = int(query.get("limit", "60"))
        start = 0
        if "cursor" in query:
            start = bisect_right(self.ids, query["cursor"])
        elif "before" in query:
            start = bisect_left(self.ids, first_id_at_or_before(_ms(query["before"])))
        found: list[str] = []
        index = start
        while index < len(self.ids) and len(found) < limit:
            if self.ids[index] not in self.gone:
                found.append(self.ids[index])
            index += 1
        floor = _ms(query["after"]) if "after" in query else 0
        kept = [image_id for image_id in found if id_time_ms(image_id) >= floor]
        more = index < len(self.ids) and len(kept) == len(found) and bool(kept)
        return {"items": [self.picture(each) for each in kept], "next_cursor": kept[-1] if more else None}

    def timeline(self) -> dict[str, Any]:
        """The months."""
        times = [id_time_ms(image_id) / 1000 for image_id in self.ids]
        if not times:
            return {"newest": None, "oldest": None, "months": []}
        months = dict.fromkeys(f"{datetime.fromtimestamp(time, UTC):%Y-%m}" for time in times)
        return {"newest": rfc3339(times[0]), "oldest": rfc3339(times[-1]), "months": list(months)}

    def serve(self, page: Page) -> "Catalog":
        """Answer the page's questions instead of the services."""
        page.route("**/api/images?*", self._list)
        page.route("**/api/timeline", lambda route: route.fulfill(json=self.timeline()))
        page.route("**/api/downloads", self._downloads)
        page.route("**/api/images/*", self._one)
        page.route(f"**{_PREVIEW_PATH}", lambda route: route.fulfill(body=_PREVIEW, content_type="image/webp"))
        page.route(f"**{_ORIGINAL_PATH}", _original)
        return self

    def _list(self, route: Route) -> None:
        self.lists += 1
        if self.failing is not None:
            route.fulfill(status=self.failing, json={"status": self.failing, "title": "No"})
            return
        query = {name: values[0] for name, values in parse_qs(urlsplit(route.request.url).query).items()}
        route.fulfill(json=self.page(query), headers={"age": str(self.age)})

    def _one(self, route: Route) -> None:
        image_id = urlsplit(route.request.url).path.rsplit("/", 1)[-1]
        if route.request.method == "DELETE":
            self.gone.add(image_id)
            route.fulfill(status=204)
        elif image_id in self.numbers and image_id not in self.gone:
            route.fulfill(json=self.picture(image_id))
        else:
            route.fulfill(status=404, json={"status": 404, "title": "Not Found"})

    def _downloads(self, route: Route) -> None:
        asked = json.loads(route.request.post_data or "{}")
        refs = asked["refs"]
        addresses = dict.fromkeys(refs, _PREVIEW_PATH)
        if asked["variant"] == "original":
            self.originals += refs
            addresses = {ref: self.addresses.get(ref, _ORIGINAL_PATH) for ref in refs}
        urls = {ref: {"url": url, "expires_at": "2099-01-01T00:00:00Z"} for ref, url in addresses.items()}
        route.fulfill(json={"urls": urls, "missing": []})


def _original(route: Route) -> None:
    """A part of it is asked for by the details."""
    status = 206 if "range" in route.request.headers else 200
    route.fulfill(status=status, body=_ORIGINAL, content_type="image/gif")


def _ms(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)
