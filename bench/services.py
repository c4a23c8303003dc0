"""What the services' middleware, logging, metrics and work cost, against an empty Flask view in the same gunicorn."""

import base64
import hashlib
import json
import statistics
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from bench import load
from bench.report import Figure, in_turns, median_ratio
from bench.servers import gunicorn
from common.keys import ImageKey, image_key, make_id
from tests.support.cache import running_cache
from tests.support.services import download_environment, environment, upload_environment
from tests.support.store import Store

PAGE = 60


def measure(store: Store, folder: Path, seconds: float) -> Iterator[Figure]:
    """Upload grant, download batch and catalog hit."""
    refs = [_plant(store, number) for number in range(PAGE)]
    body = folder / "page.json"
    body.write_bytes(b"{}")
    with running_cache(_made(folder / "cache")) as cache, ExitStack() as running:
        catalog = running.enter_context(
            gunicorn("catalog.app:create_app()", environment(store, cache, "catalog"), folder)
        )
        page = load.request(f"/api/images?limit={PAGE}&before=2020-01-01T00:00:00Z")
        body.write_bytes(load.answer(catalog.address, page).partition(b"\r\n\r\n")[2])
        empty = running.enter_context(gunicorn("bench.empty:create_app()", {"BENCH_BODY": str(body)}, folder))
        upload = running.enter_context(gunicorn("upload.app:create_app()", upload_environment(store, cache), folder))
        download = running.enter_context(
            gunicorn("download.app:create_app()", download_environment(store, cache), folder)
        )
        grant = load.request("/api/uploads", method="POST", body=_grant())
        batch = load.request(
            "/api/downloads", method="POST", body=json.dumps({"variant": "thumbnail", "refs": refs}).encode()
        )
        nothing, same = load.request("/"), load.request("/same")
        for what, server, request, yardstick, goal in (
            ("POST /api/uploads, one file / empty view", upload, grant, nothing, 0.70),
            ("POST /api/downloads, 60 thumbnails / empty view", download, batch, nothing, 0.40),
            ("catalog page from Redis / view sending the same bytes", catalog, page, same, 0.45),
        ):
            ours, theirs = in_turns(
                lambda server=server, request=request: server.rate(request, seconds),
                lambda yardstick=yardstick: empty.rate(yardstick, seconds),
            )
            by_time = median_ratio([rate.per_second for rate in ours], [rate.per_second for rate in theirs])
            by_cpu = median_ratio([rate.per_cpu_second for rate in ours], [rate.per_cpu_second for rate in theirs])
            rates = [statistics.median(rate.per_second for rate in side) for side in (ours, theirs)]
            detail = f"{rates[0]:,.0f}/s : {rates[1]:,.0f}/s, by processor time {by_cpu:.2f}"
            yield Figure(what, by_time, goal, detail=detail)


def _plant(store: Store, number: int) -> str:
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


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
