"""The services' rates, with middleware, logs and metrics, compared with an empty Flask view in the same gunicorn."""

import base64
import hashlib
import json
from collections.abc import Iterator
from contextlib import ExitStack

from bench import load
from bench.report import Result
from bench.run import Run
from bench.servers import compare, gunicorn, ratio
from common.domain.keys import ImageKey, image_key, make_id
from tests.support.cache import Cache
from tests.support.services import download_environment, environment, upload_environment
from tests.support.store import Store

PAGE = 60
DEEP_PAGE = f"/api/images?limit={PAGE}&before=2020-01-01T00:00:00Z"


def measure(run: Run) -> Iterator[Result]:
    """Measure an upload grant, a batch of downloads and a list page from the cache."""
    store, cache, folder = run.store, run.cache, run.folder("services")
    refs = [plant(store, number) for number in range(PAGE)]
    body = folder / "page.json"
    body.write_bytes(b"{}")
    with ExitStack() as running:
        catalog = running.enter_context(
            gunicorn("catalog.app:create_app()", environment(store, cache, "catalog"), folder)
        )
        page = load.request(DEEP_PAGE)
        body.write_bytes(load.answer(catalog.address, page).partition(b"\r\n\r\n")[2])
        empty = running.enter_context(gunicorn("bench.empty:create_app()", {"BENCH_BODY": str(body)}, folder))
        upload = running.enter_context(gunicorn("upload.app:create_app()", granting(store, cache), folder))
        download = running.enter_context(
            gunicorn("download.app:create_app()", download_environment(store, cache), folder)
        )
        batch = load.request(
            "/api/downloads", method="POST", body=json.dumps({"variant": "thumbnail", "refs": refs}).encode()
        )
        nothing, same = load.request("/"), load.request("/same")
        for what, server, request, yardstick, goal in (
            ("POST /api/uploads, one file / empty view", upload, GRANT, nothing, 0.65),
            ("POST /api/downloads, 60 thumbnails / empty view", download, batch, nothing, 0.45),
            ("catalog page from Redis / view sending the same bytes", catalog, page, same, 0.45),
        ):
            ours, theirs = compare(run, (server, request), (empty, yardstick))
            yield ratio(what, goal, ours, theirs)


def granting(store: Store, cache: Cache) -> dict[str, str]:
    """Return the upload service's variables, with a budget of bytes that no load here uses up.

    Redis is called as often as with the default: once for a lease of 128 MiB (services/upload/budget/ledger.py).
    """
    return {**upload_environment(store, cache), "UPLOAD_BUDGET": str(4 * 1024**4)}


def plant(store: Store, number: int) -> str:
    """Put a published picture into the store; return its ref."""
    key = ImageKey(
        make_id(1_500_000_000_000 + number * 1000, 0, number),
        4000,
        3000,
        "1QcSHQRnh493V4dIh4eXh1h4kJUI",
        True,
        f"IMG_{number:04}.jpg",
    )
    store.client("admin").put_object(Bucket=store.bucket, Key=image_key(key), Body=b"x")
    return key.tail


def _grant() -> bytes:
    digest = base64.b64encode(hashlib.sha256(b"x").digest()).decode()
    file = {"filename": "IMG_0001.jpg", "content_type": "image/jpeg", "size": 4_000_000, "sha256": digest}
    return json.dumps({"files": [file]}).encode()


GRANT = load.request("/api/uploads", method="POST", body=_grant(), X_Request_ID="0123456789abcdef0123456789abcdef")
"""Asks for permission to upload one file."""
