"""Two real catalog processes with the real store: the cost of a page, and the behaviour while S3 is away."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from common.cache.generations import ListInvalidator
from tests.support.cache import Cache
from tests.support.replicas import Replica, Reply, running_replicas
from tests.support.services import environment
from tests.support.store import Store
from tests.support.tap import Tap
from tests.system.planting import ids, list_invalidator, plant

YEAR = 365 * 24 * 3600


@pytest.fixture(scope="module")
def tap(store: Store) -> Iterator[Tap]:
    tap = Tap(store.endpoint_url)
    yield tap
    tap.close()


@pytest.fixture(scope="module")
def fleet(store: Store, _cache: Cache, tap: Tap, short_folder: Path) -> Iterator[list[Replica]]:
    variables = {**environment(store, _cache, "catalog"), "S3_ENDPOINT_URL": tap.url, "REDIS_TIMEOUT_MS": "5000"}
    with running_replicas("catalog", variables, short_folder / "catalogs") as replicas:
        yield replicas


@pytest.fixture
def catalogs(fleet: list[Replica], tap: Tap, cache: Cache) -> Iterator[list[Replica]]:
    tap.reset()
    yield fleet
    tap.reset()
    wait_for_s3(fleet)


@pytest.fixture
def invalidator(cache: Cache) -> Iterator[ListInvalidator]:
    with list_invalidator(cache) as made:
        yield made


def wait_for_s3(catalogs: list[Replica], seconds: float = 15) -> None:
    """Wait until each replica lists S3 again."""
    deadline = time.monotonic() + seconds
    for catalog in catalogs:
        while catalog.ask("/api/images?limit=1", headers={"Cache-Control": "no-cache"}).status != 200 or int(
            catalog.ask("/api/images?limit=1").headers["Age"]
        ):
            assert time.monotonic() < deadline, "it does not recover"
            time.sleep(0.1)


def old(years: float, span: int = 100) -> str:
    """`before` and `after` for the pictures planted `years` ago and up to `span` seconds earlier."""
    before = datetime.fromtimestamp(time.time() - years * YEAR + 1, UTC)
    after = datetime.fromtimestamp(time.time() - years * YEAR - span, UTC)
    return f"before={before:%Y-%m-%dT%H:%M:%SZ}&after={after:%Y-%m-%dT%H:%M:%SZ}"


class TestCost:
    def test_200_who_miss_at_once_over_two_processes_cost_one_list(
        self, catalogs: list[Replica], tap: Tap, store: Store
    ) -> None:
        plant(store, 10)
        tap.delay = 0.5
        with ThreadPoolExecutor(200) as pool:
            replies = list(pool.map(lambda number: catalogs[number % 2].ask("/api/images?limit=9"), range(200)))
        assert {reply.status for reply in replies} == {200}
        assert len({reply.body for reply in replies}) == 1
        assert tap.lists == [9]

    @pytest.mark.parametrize("query", ["limit=7", "limit=7&before=2021-01-01T00:00:00Z"])
    def test_a_page_costs_one_list_of_its_size(self, catalogs: list[Replica], tap: Tap, query: str) -> None:
        for _ in range(3):
            assert catalogs[0].ask(f"/api/images?{query}").status == 200
        assert tap.lists == [7]

    def test_one_picture_costs_one_list_of_one_key(self, catalogs: list[Replica], tap: Tap, store: Store) -> None:
        image_id = plant(store, 30)
        assert catalogs[0].ask(f"/api/images/{image_id}").status == 200
        assert tap.lists == [1]

    def test_the_timeline_costs_one_list_a_month_however_full_it_is(
        self, catalogs: list[Replica], tap: Tap, store: Store
    ) -> None:
        for number in range(40):
            plant(store, 6 * YEAR + number)
        timeline = catalogs[0].ask("/api/timeline").json()
        assert f"{datetime.fromtimestamp(time.time() - 6 * YEAR, UTC):%Y-%m}" in timeline["months"]
        assert set(tap.lists) == {1}
        assert len(tap.lists) <= len(timeline["months"]) + 1 + 32
        tap.lists.clear()
        assert catalogs[1].ask("/api/timeline").json() == timeline
        assert tap.lists == []


def test_deep_pages_come_from_redis_while_twenty_pictures_a_second_are_published(
    catalogs: list[Replica], tap: Tap, store: Store, invalidator: ListInvalidator
) -> None:
    """More than 95 % of the requests for old parts of the gallery, on two processes."""
    for number in range(12):
        plant(store, 8 * YEAR + number)
    invalidator.invalidate(deletes=True)
    deep = [f"/api/images?{old(8)}&limit={limit}" for limit in range(1, 7)]
    hits, looks = [replica.metric('vitrine_list_lookups_total{outcome="hit"}') for replica in catalogs], 0
    began, published = time.monotonic(), 0
    with ThreadPoolExecutor(4) as pool:
        while published < 60:
            plant(store, 0)
            invalidator.invalidate(deletes=False)
            published += 1
            replies = list(pool.map(lambda number: catalogs[number % 2].ask(deep[number % 6]), range(looks, looks + 6)))
            assert {reply.status for reply in replies} == {200}
            looks += 6
            time.sleep(max(0.0, began + published / 20 - time.monotonic()))
    gained = sum(
        replica.metric('vitrine_list_lookups_total{outcome="hit"}') - before
        for replica, before in zip(catalogs, hits, strict=True)
    )
    assert gained > looks * 0.95
    assert len(tap.lists) < looks * 0.05


@pytest.mark.parametrize("fault", ["hung", "refusing"])
class TestS3Away:
    def test_last_page_or_503_in_bounded_time_and_back_again(
        self, catalogs: list[Replica], tap: Tap, store: Store, invalidator: ListInvalidator, fault: str
    ) -> None:
        plant(store, 5 * YEAR)
        known, unknown = f"/api/images?{old(5)}", f"/api/images?{old(5)}&limit=3"
        before = catalogs[0].ask(known)
        assert len(ids(before.json())) >= 1
        assert before.headers["X-As-Of"]
        break_store(tap, fault)
        invalidator.invalidate(deletes=False)
        with ThreadPoolExecutor(24) as pool:  # three times as many as the worker has threads
            first = list(pool.map(lambda _: catalogs[0].ask(unknown), range(24)))
        assert {reply.status for reply in first} == {503}
        assert all(int(reply.headers["Retry-After"]) > 0 for reply in first)
        assert max(reply.seconds for reply in first) < 8
        slow = 0
        for _ in range(20):  # the circuit is open: at most its trial requests wait
            reply = catalogs[0].ask(unknown)
            assert reply.status == 503
            slow += reply.seconds > 1
        assert slow <= 3 or fault == "refusing"
        for catalog in catalogs:
            reply = catalog.ask(known)
            assert (reply.status, reply.body) == (200, before.body)
            assert reply.headers["X-As-Of"] == before.headers["X-As-Of"]
            assert int(reply.headers["Age"]) >= int(before.headers["Age"])
            assert reply.seconds < 2.5  # it waits 1 s for S3, not 3 s like a request without a cached page
            assert catalog.ask("/livez").seconds < 1.5
        tap.reset()
        wait_for_s3(catalogs)

    def test_a_page_from_before_a_deletion_is_not_shown(
        self, catalogs: list[Replica], tap: Tap, invalidator: ListInvalidator, fault: str
    ) -> None:
        path = f"/api/images?{old(5)}&limit=4"
        assert catalogs[0].ask(path).status == 200
        break_store(tap, fault)
        invalidator.invalidate(deletes=True)
        assert catalogs[0].ask(path).status == 503

    def test_hits_are_answered_while_others_wait_for_s3(
        self, catalogs: list[Replica], tap: Tap, store: Store, fault: str
    ) -> None:
        """Requests that only need Redis wait at most once, for S3's bounded time."""
        hit = f"/api/images?{old(5)}&limit=5"
        assert catalogs[0].ask(hit).status == 200
        break_store(tap, fault)
        replies: list[Reply] = []
        with ThreadPoolExecutor(16) as pool:
            waiting = [pool.submit(catalogs[0].ask, f"/api/images?limit={number}") for number in range(20, 32)]
            until = time.monotonic() + 5
            while time.monotonic() < until:
                replies.append(catalogs[0].ask(hit))
            assert all(future.result().status == 503 for future in waiting)
        assert {reply.status for reply in replies} == {200}
        assert sum(reply.seconds > 1 for reply in replies) <= 2


def test_a_slow_s3_is_waited_for_within_bounds(catalogs: list[Replica], tap: Tap) -> None:
    tap.delay = 1.2
    reply = catalogs[0].ask("/api/images?limit=33")
    assert (reply.status, reply.seconds >= 1.2) == (200, True)


def test_what_an_on_call_engineer_needs_is_counted(
    catalogs: list[Replica], tap: Tap, invalidator: ListInvalidator, store: Store
) -> None:
    """Where answers came from, what they cost S3, how long they took, and whether S3 is away."""
    catalog = catalogs[0]
    plant(store, 7 * YEAR)
    path = f"/api/images?{old(7)}"
    lookups = 'vitrine_list_lookups_total{outcome="%s"}'
    names = [lookups % "miss", lookups % "hit", "vitrine_list_builds_total"]
    names.append('vitrine_storage_call_seconds_count{operation="list",outcome="ok"}')
    names.append('vitrine_http_request_seconds_count{method="GET",route="/api/images",service="catalog",status="200"}')
    before = [catalog.metric(name) for name in names]
    for _ in range(3):
        catalog.ask(path)
    assert [catalog.metric(name) - then for name, then in zip(names, before, strict=True)] == [1, 2, 1, 1, 3]
    shared, stale, failed = (catalog.metric(lookups % outcome) for outcome in ("shared", "stale", "failed"))
    tap.delay = 0.3
    with ThreadPoolExecutor(5) as pool:
        list(pool.map(lambda _: catalog.ask(f"{path}&limit=44"), range(5)))
    assert catalog.metric(lookups % "shared") == shared + 4
    tap.refuse()
    invalidator.invalidate(deletes=False)
    for _ in range(5):
        catalog.ask(f"{path}&limit=45")
    assert catalog.metric(lookups % "failed") == failed + 5
    assert max(catalog.metric(line) for line in circuit_samples(catalog)) == 1
    head = "/api/images?limit=3"
    tap.reset()
    wait_for_s3(catalogs)
    assert catalog.ask(head).status == 200
    tap.refuse()
    invalidator.invalidate(deletes=False)
    assert catalog.ask(head).status == 200
    assert catalog.metric(lookups % "stale") == stale + 1


def circuit_samples(catalog: Replica) -> list[str]:
    """The samples of the storage circuit's gauge, one for each process."""
    lines = catalog.ask("/metrics").body.decode().splitlines()
    return [line.rpartition(" ")[0] for line in lines if line.startswith("vitrine_storage_circuit_open")]


def break_store(tap: Tap, fault: str) -> None:
    if fault == "hung":
        tap.flowing.clear()
    else:
        tap.refuse()
