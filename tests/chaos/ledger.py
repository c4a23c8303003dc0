"""Records what the gallery has promised so far, to check every answer and the store against. Threads share it."""

import bisect
import hashlib
import random
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any


class Fate(Enum):
    """The state of an upload, as far as its sender knows."""

    GRANTED = auto()
    SENT = auto()
    """The store has confirmed the PUT. If nothing else happens, the reconciler publishes it."""
    HALF_SENT = auto()
    PUBLISHED = auto()
    CANCELLED = auto()
    UNKNOWN = auto()
    """A PUT, a cancel, a delete or a restore got no answer: it may or may not have happened."""
    DELETED = auto()


@dataclass
class Upload:
    """One upload by one client."""

    id: str
    token: str
    sha256: str
    size: int
    fate: Fate = Fate.GRANTED
    since: float = field(default_factory=time.time)
    """When its sender learned of this state."""
    changing: bool = False
    """Whether a call that changes its state is in progress."""
    kept: bool = True
    """Whether its owner leaves it in the gallery."""


class Ledger:
    """All uploads of all clients of one gallery, across all of its faults."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._uploads: dict[str, Upload] = {}
        self._ever_published: list[str] = []  # ids, ascending
        self._kept: list[Upload] = []

    def granted(self, image_id: str, token: str, content: bytes) -> Upload:
        """Record that a client may send this file."""
        upload = Upload(image_id, token, hashlib.sha256(content).hexdigest(), len(content))
        with self._lock:
            self._uploads[image_id] = upload
        return upload

    def changes(self, upload: Upload) -> None:
        """Record that a call which may change its state is sent now."""
        with self._lock:
            upload.changing = True

    def settle(self, upload: Upload, fate: Fate) -> None:
        """Record the answer that its sender received, or that there was none."""
        with self._lock:
            upload.fate, upload.since, upload.changing = fate, time.time(), False
            place = bisect.bisect_left(self._ever_published, upload.id)
            if fate is Fate.PUBLISHED and self._ever_published[place : place + 1] != [upload.id]:
                self._ever_published.insert(place, upload.id)
                if upload.kept:
                    self._kept.append(upload)

    def all(self, *fates: Fate) -> list[Upload]:
        """The uploads in these states."""
        with self._lock:
            return [upload for upload in self._uploads.values() if upload.fate in fates]

    def any_kept(self, choice: random.Random, among: int | None = None) -> Upload | None:
        """Any published picture that nobody deletes (among the first `among`); None while there is none."""
        with self._lock:
            return choice.choice(self._kept[:among]) if self._kept else None

    def faults_of_page(self, page: dict[str, Any], start: str, as_of: float, told_before: float) -> list[str]:
        """What is wrong with a page that begins after the id `start`; `[]` for a correct page.

        The page shows the gallery at `as_of` or later (as `time.time()`). So a picture that was published before
        `told_before` must be on it, and one that was deleted before then must not.
        """
        faults: list[str] = []
        shown = [item["id"] for item in page["items"]]
        if shown != sorted(set(shown)):
            faults.append("not in order, or twice on it")
        if shown and shown[0] <= start:
            faults.append("begins before its start")
        with self._lock:
            for item in page["items"]:
                faults += self._faults_of_item(item, as_of, told_before)
            end = shown[-1] if page["next_cursor"] else "~"
            first, last = (bisect.bisect_right(self._ever_published, at) for at in (start, end))
            for image_id in set(self._ever_published[first:last]).difference(shown):
                upload = self._uploads[image_id]
                if upload.fate is Fate.PUBLISHED and not upload.changing and upload.since < told_before:
                    faults.append(f"{image_id} is missing {as_of - upload.since:.2f} s after it was published")
        return faults

    def _faults_of_item(self, item: dict[str, Any], as_of: float, told_before: float) -> Iterable[str]:
        upload = self._uploads.get(item["id"])
        if upload is None:
            yield f"{item['id']} is nobody's"
        elif upload.fate in (Fate.GRANTED, Fate.HALF_SENT) and not upload.changing:
            yield f"{upload.id} was never sent"
        elif upload.fate in (Fate.CANCELLED, Fate.DELETED) and not upload.changing and upload.since < told_before:
            yield f"{upload.id} shows {as_of - upload.since:.2f} s after it was {upload.fate.name.lower()}"
        elif upload.size != item["size"]:
            yield f"{upload.id} has another size"
