"""One client of the load: uploads, cancels, walks away, lists and fetches, and checks every answer."""

import hashlib
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.chaos.ledger import Fate, Ledger, Upload
from tests.chaos.wire import Answer, Wire, half_to_store, to_store
from tests.support.client import FRESH
from tests.support.pictures import picture
from tests.support.services import bearer, describe, digest


class Disappointed(Exception):
    """An answer was not the expected one. It is already counted; the rest of the visit makes no sense."""


@dataclass(frozen=True)
class Rules:
    """What a client may expect now, and how often it walks away from an upload (weight of each way; uploads: 10)."""

    stale_seconds: float = 3.0
    """How old a list may be. The gateway caches it for a second, counts whole seconds, and a request takes time."""
    leavers: int = 1
    pages: int | None = None
    """From how many places clients scroll on; None: from any picture. Each page is a key in Redis for a day."""


Note = Callable[[str, str, Answer, str], None]
"""Receives the server (gateway, store), the call, the answer, and what is wrong with it ("" for nothing)."""


class Visitor:
    """One client. `pace` is called before each request to the gateway; `rules` returns the current rules."""

    def __init__(
        self, wire: Wire, ledger: Ledger, note: Note, pace: Callable[[], None], rules: Callable[[], Rules], seed: int
    ) -> None:
        self._wire = wire
        self._ledger = ledger
        self._note = note
        self._pace = pace
        self._rules = rules
        self._random = random.Random(seed)

    def visit(self) -> None:
        """Do one thing, and report any failure."""
        activities: list[tuple[int, Callable[[], None]]] = [
            (10, self.upload),
            (2, self.cancel),
            (self._rules().leavers, self.walk_away),
            (self._rules().leavers, self.walk_away_half_way),
            (2, self.delete_and_restore),
            (22, self.look),
            (6, self.scroll),
            (14, self.fetch),
            (6, self.batch),
            (6, self.configure),
        ]
        weights, doings = zip(*activities, strict=True)
        try:
            self._random.choices(doings, weights)[0]()
        except Disappointed:
            return

    # Writing

    def upload(self) -> None:
        """Upload a picture and publish it; from then on everyone can see it."""
        upload, content, granted = self._grant(with_preview=self._random.random() < 0.3)
        self._put(upload, granted, content)
        self._complete(upload)
        self._list("", FRESH)
        self._one(upload)

    def cancel(self) -> None:
        """Start an upload and cancel it, before or after it was sent; it must never come back."""
        upload, content, granted = self._grant()
        if self._random.random() < 0.5:
            self._put(upload, granted, content)
        with self._changing(upload):
            self._ask("cancel", "DELETE", f"/api/uploads/{upload.id}", (204,), bearer(upload.token))
            self._ledger.settle(upload, Fate.CANCELLED)
        # 202: many wait, and the result is not known yet
        self._ask("complete", "POST", f"/api/uploads/{upload.id}/complete", (410, 202), bearer(upload.token))

    def walk_away(self) -> None:
        """Send a picture and never complete it: the reconciler publishes it."""
        upload, content, granted = self._grant()
        self._put(upload, granted, content)

    def walk_away_half_way(self) -> None:
        """Stop in the middle of the bytes: no picture may come of it."""
        upload, content, granted = self._grant()
        half_to_store(granted["put"]["url"], granted["put"]["headers"], content)
        self._ledger.settle(upload, Fate.HALF_SENT)

    def delete_and_restore(self) -> None:
        """Delete one of the client's own pictures, and restore half of them."""
        upload, content, granted = self._grant()
        upload.kept = False
        self._put(upload, granted, content)
        self._complete(upload)
        rights = bearer(upload.token)
        with self._changing(upload):
            self._ask("delete", "DELETE", f"/api/images/{upload.id}", (204,), rights)
            self._ledger.settle(upload, Fate.DELETED)
        self._list("", FRESH)
        self._ask("link", "GET", f"/api/images/{upload.id}/original", (404,))
        if self._random.random() < 0.5:
            with self._changing(upload):
                self._ask("restore", "POST", f"/api/images/{upload.id}/restore", (200,), rights)
                self._ledger.settle(upload, Fate.PUBLISHED)
            self._list("", FRESH)

    # Reading

    def look(self) -> None:
        """Request the head of the list, like a page that was just opened."""
        self._list("", {})

    def scroll(self) -> None:
        """Request a later page."""
        if (known := self._known(self._rules().pages)) is not None:
            self._list(known.id, {})

    def fetch(self) -> None:
        """Fetch a picture: the redirect, then the bytes from the store."""
        known = self._known()
        if known is None:
            return
        answer = self._ask("link", "GET", f"/api/images/{known.id}/download", (302,))
        self._fetch(known, answer.header("location"))

    def batch(self) -> None:
        """Request links for several pictures at once."""
        known = [upload for upload in (self._known() for _ in range(5)) if upload is not None]
        ids = sorted({upload.id for upload in known})
        if not ids:
            return
        answer = self._ask("batch", "POST", "/api/downloads", (200,), body={"variant": "original", "ids": ids})
        if sorted(answer.json()["urls"]) != ids:
            self._wrong("batch", answer, "a published picture has no link")

    def configure(self) -> None:
        """Request the configuration, like a page that is starting."""
        answer = self._ask("config", "GET", "/api/config", (200,))
        if not answer.json()["allowed_types"]:
            self._wrong("config", answer, "an empty configuration")

    # Steps

    def _grant(self, *, with_preview: bool = False) -> tuple[Upload, bytes, dict[str, Any]]:
        content = picture()
        preview = picture() if with_preview else b""
        extra = (
            {"thumbnail": {"content_type": "image/jpeg", "size": len(preview), "sha256": digest(preview)}}
            if preview
            else {}
        )
        answer = self._ask("grant", "POST", "/api/uploads", (201,), body={"files": [describe(content, **extra)]})
        granted = answer.json()["uploads"][0]
        upload = self._ledger.granted(granted["id"], granted["token"], content)
        if preview:
            put = granted["thumbnail"]["put"]
            self._to_store("put preview", "PUT", put["url"], (200,), put["headers"], preview)
        return upload, content, granted

    def _put(self, upload: Upload, granted: Mapping[str, Any], content: bytes) -> None:
        put = granted["put"]
        with self._changing(upload):
            self._to_store("put", "PUT", put["url"], (200,), put["headers"], content)
            self._ledger.settle(upload, Fate.SENT)

    def _complete(self, upload: Upload) -> None:
        # 200: a replica died after publishing, and another one was asked; 202: publishing goes on in the background
        answer = self._ask(
            "complete", "POST", f"/api/uploads/{upload.id}/complete", (200, 201, 202), bearer(upload.token)
        )
        if answer.status == 202:
            raise Disappointed
        image = answer.json()
        if (image["id"], image["size"]) != (upload.id, upload.size):
            self._wrong("complete", answer, "another picture")
        self._ledger.settle(upload, Fate.PUBLISHED)

    def _one(self, upload: Upload) -> None:
        answer = self._ask("one", "GET", f"/api/images/{upload.id}", (200,), FRESH)
        if answer.json()["id"] != upload.id:
            self._wrong("one", answer, "another picture")

    def _fetch(self, known: Upload, url: str) -> None:
        answer = self._to_store("get", "GET", url, (200,))
        if hashlib.sha256(answer.body).hexdigest() != known.sha256:
            self._wrong("get", answer, f"{known.id} has other bytes")

    def _list(self, start: str, headers: Mapping[str, str]) -> None:
        """Request the page after the id `start`, and compare its pictures with the ledger."""
        query = f"?cursor={start}" if start else ""
        what = "page" if start else "list"
        answer = self._ask(what, "GET", f"/api/images{query}", (200,), headers, check=False)
        page, as_of = answer.json(), _as_of(answer)
        promised = answer.asked_at - (0 if headers else self._rules().stale_seconds)
        faults = self._ledger.faults_of_page(page, start, answer.asked_at, promised)
        if faults and as_of < promised:
            honest = self._ledger.faults_of_page(page, start, as_of, as_of)
            self._note("gateway", "old list", answer, "; ".join(honest[:3]))
        else:
            self._note("gateway", what, answer, "; ".join(faults[:3]))

    def _known(self, among: int | None = None) -> Upload | None:
        """Any published picture that nobody deletes, among the first `pages` if that is set."""
        return self._ledger.any_kept(self._random, among)

    def _ask(
        self,
        what: str,
        method: str,
        path: str,
        expected: tuple[int, ...],
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        *,
        check: bool = True,
    ) -> Answer:
        """Send one request to the gateway. Raises Disappointed for an unexpected status."""
        self._pace()
        answer = self._wire.ask(method, path, headers, body)
        if check or answer.status not in expected:
            self._judge("gateway", what, answer, expected)
        return answer

    def _to_store(
        self,
        what: str,
        method: str,
        url: str,
        expected: tuple[int, ...],
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> Answer:
        answer = to_store(method, url, headers, content)
        self._judge("store", what, answer, expected)
        return answer

    def _judge(self, who: str, what: str, answer: Answer, expected: tuple[int, ...]) -> None:
        if answer.status in expected:
            self._note(who, what, answer, "")
            return
        # A refusal may be justified, so it counts as an error; an answer that contradicts the ledger is wrong.
        untrue = who == "gateway" and 200 <= answer.status < 500 and answer.status != 429
        self._note(who, what, answer, f"{answer.status} instead of {expected[0]}" if untrue else "")
        raise Disappointed

    def _wrong(self, what: str, answer: Answer, why: str) -> None:
        self._note("", what, answer, why)

    @contextmanager
    def _changing(self, upload: Upload) -> Iterator[None]:
        """Wrap a call that decides an upload's state; without an answer the state is unknown."""
        self._ledger.changes(upload)
        try:
            yield
        except Disappointed:
            self._ledger.settle(upload, Fate.UNKNOWN)
            raise


def _as_of(answer: Answer) -> float:
    return datetime.fromisoformat(answer.header("x-as-of")).timestamp()
