"""Thousands of uploads wait after a long outage: two reconcilers at once publish each of them exactly once."""

import secrets
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import upload.reconciler
from common.cache.client import Cache
from common.cache.generations import ListInvalidator
from common.domain.keys import make_id
from common.s3.multipart import MultipartStorage
from tests.support.pictures import picture
from tests.support.services import upload_environment
from tests.support.store import Store, running_store
from tests.system.planting import stage
from upload.lifecycle.executor import Executor
from upload.reconciler import MAX_PER_TURN, Reconciler
from upload.settings import UploadSettings

MANY = 2_000
BAD = 100
"""Number of files that are not pictures."""


@pytest.fixture
def own_store(short_folder: Path) -> Iterator[Store]:
    """A store of its own: other tests do not expect so many pictures."""
    folder = short_folder / "many"
    folder.mkdir()
    with running_store(folder) as running:
        yield running


def _send(store: Store, number: int, content: bytes) -> str:
    image_id = make_id(int(time.time() * 1000), number % 100, secrets.randbits(64))
    stage(store, image_id, content, f"{number}.jpg")
    return image_id


def _all(store: Store, prefix: str) -> list[dict[str, Any]]:
    pages = store.client("admin").get_paginator("list_objects_v2").paginate(Bucket=store.bucket, Prefix=prefix)
    return [entry for page in pages for entry in page.get("Contents", [])]


@pytest.mark.long
@pytest.mark.timeout(900)
def test_thousands_are_published_once_each_by_two_at_once(own_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload.reconciler, "MIN_AGE", timedelta(seconds=-5))
    monkeypatch.setattr(upload.reconciler, "REPAIR_AGE", timedelta(seconds=-5))  # settled ones are not inspected again
    content = picture(size=(16, 16))
    with ThreadPoolExecutor(8) as browsers:
        bodies = [b"<html>" if number < BAD else content for number in range(MANY)]
        sent = list(browsers.map(lambda number: _send(own_store, number, bodies[number]), range(MANY)))
    settings = UploadSettings.load(upload_environment(own_store, None))
    storage = MultipartStorage(settings)
    turns: Counter[str] = Counter()
    most = 0
    faults: list[BaseException] = []

    def reconcile(name: str) -> None:
        nonlocal most
        reconciler = Reconciler(storage, Executor(storage, ListInvalidator(Cache(settings.redis_url))))
        try:
            while True:
                published = reconciler.run_once()
                most = max(most, published)
                turns[name] += published
                if not reconciler.has_more_due:
                    return
        except BaseException as fault:
            faults.append(fault)
            raise

    workers = [threading.Thread(target=reconcile, args=(name,)) for name in ("first", "second")]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not faults
    shown = [entry["Key"][len("images/") :][:26] for entry in _all(own_store, "images/")]
    assert sorted(shown) == sorted(sent[BAD:])
    assert turns.total() == MANY - BAD, f"each counts for one of the two alone: {turns}"
    assert most <= MAX_PER_TURN
    assert {entry["Size"] for entry in _all(own_store, "staging/")} == {0}
