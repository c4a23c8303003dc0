"""The download service while S3 is slow or away: bounded time and 503; requests without a look-up still work."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from common.domain.keys import make_id
from tests.support.replicas import Replica, running_replicas
from tests.support.services import download_environment
from tests.support.store import Store
from tests.support.tap import Tap
from tests.system.planting import plant


@pytest.fixture(scope="module")
def tap(store: Store) -> Iterator[Tap]:
    tap = Tap(store.endpoint_url)
    yield tap
    tap.close()


@pytest.fixture(scope="module")
def download(store: Store, tap: Tap, short_folder: Path) -> Iterator[Replica]:
    variables = {**download_environment(store, None), "S3_ENDPOINT_URL": tap.url}
    with running_replicas("download", variables, short_folder / "download", count=1) as (replica,):
        yield replica


@pytest.mark.parametrize("fault", ["hung", "refusing"])
def test_look_ups_end_in_bounded_time_and_the_rest_goes_on(
    download: Replica, tap: Tap, store: Store, fault: str
) -> None:
    image_id = plant(store, 90)
    path = f"/api/images/{image_id}/original"
    assert download.ask(path).status == 302
    tap.flowing.clear() if fault == "hung" else tap.refuse()
    with ThreadPoolExecutor(24) as pool:
        first = list(pool.map(lambda _: download.ask(path), range(24)))
    assert {reply.status for reply in first} == {503}
    assert all(int(reply.headers["Retry-After"]) > 0 for reply in first)
    assert max(reply.seconds for reply in first) < 8
    batch = download.ask("/api/downloads", "POST", body={"variant": "original", "ids": [image_id] * 100})
    assert (batch.status, batch.seconds < 8) == (503, True)
    preview = download.ask(f"/api/images/{image_id}/thumbnail")
    assert (preview.status, preview.seconds < 1.5) == (302, True)
    tap.reset()
    deadline = time.monotonic() + 30
    while download.ask(path).status != 302:
        assert time.monotonic() < deadline, "it does not recover"
        time.sleep(0.2)


def test_a_hundred_ids_cost_a_list_each_and_are_found(download: Replica, tap: Tap, store: Store) -> None:
    tap.reset()
    known = [plant(store, 100 + number) for number in range(5)]
    asked = known + [make_id(number, 0, 0) for number in range(94)] + ["rubbish"]
    reply = download.ask("/api/downloads", "POST", body={"variant": "original", "ids": asked})
    assert (reply.status, list(reply.json()["urls"])) == (200, known)
    assert len(reply.json()["missing"]) == 95
    assert tap.lists == [1] * 99


def test_refs_cost_no_list(download: Replica, tap: Tap) -> None:
    tap.reset()
    ref = f"{make_id(5, 0, 0)}~40x30~-~t~a.jpg"
    reply = download.ask("/api/downloads", "POST", body={"variant": "thumbnail", "refs": [ref]})
    assert (reply.status, list(reply.json()["urls"]), tap.lists) == (200, [ref], [])
