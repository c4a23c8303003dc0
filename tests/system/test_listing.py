"""The list with the real store and cache: order, pages, freshness, and the cost of losing the cache."""

import secrets
import time
from datetime import UTC, datetime
from typing import Any

import pytest
import redis

from common.cache.generations import CHANGES, DELETES
from tests.support.cache import Cache
from tests.support.pictures import picture
from tests.support.services import Services, running_services
from tests.support.store import Store
from tests.system.planting import ids, plant


def walk(services: Services, limit: int, start: str = "") -> list[str]:
    """All ids on the pages from ``start`` on."""
    found, cursor = [], ""
    while cursor is not None:
        page = services.listed(f"?limit={limit}&" + (f"cursor={cursor}" if cursor else start))
        found += ids(page)
        cursor = page["next_cursor"]
    return found


def sample(services: Services, name: str) -> float:
    """The value of a metric of the catalog."""
    lines = services.catalog.get("/metrics").text.splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith((f"{name} ", f"{name}{{")))


def test_newest_first_and_pages_neither_repeat_nor_skip(services: Services, store: Store) -> None:
    planted = [plant(store, 10**8 + 60 * step, place=step % 3) for step in range(25)]
    start = "before=" + datetime.fromtimestamp(time.time() - 10**8 + 60, UTC).isoformat()[:19] + "Z"
    oldest = walk(services, 7, start)
    assert [image_id for image_id in oldest if image_id in planted] == planted
    assert oldest == sorted(oldest)


def test_pages_stay_whole_while_pictures_come_and_go(services: Services, store: Store) -> None:
    """A picture that exists during the whole walk is seen exactly once."""
    planted = [plant(store, 2 * 10**8 + step) for step in range(12)]
    start = datetime.fromtimestamp(time.time() - 2 * 10**8 + 60, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    first = services.listed(f"?limit=5&before={start}")
    services.publish(picture())
    admin = store.client("admin")
    last = first["next_cursor"]
    (entry,) = admin.list_objects_v2(Bucket=store.bucket, Prefix=f"images/{last}~")["Contents"]
    admin.delete_object(Bucket=store.bucket, Key=entry["Key"])
    second = services.listed(f"?limit=7&cursor={last}")
    assert ids(first) + ids(second) == planted


def test_the_far_end_of_a_span_ends_the_list(services: Services, store: Store) -> None:
    planted = [plant(store, 3 * 10**8 + 10 * step) for step in range(6)]
    now = time.time()
    before = datetime.fromtimestamp(now - 3 * 10**8 + 5, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    after = datetime.fromtimestamp(now - 3 * 10**8 - 25, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    page = services.listed(f"?before={before}&after={after}")
    assert (ids(page), page["next_cursor"]) == (planted[:3], None)


def test_keys_of_nobody_are_skipped(services: Services, store: Store) -> None:
    admin = store.client("admin")
    for name in ("0", "zz-not-ours.jpg", "00000000000000000000000000~rubbish"):
        admin.put_object(Bucket=store.bucket, Key=f"images/{name}", Body=b"x")
    image = services.publish(picture())
    skipped = sample(services, "vitrine_unreadable_keys_total")
    assert image["id"] in ids(services.listed("?limit=1", **{"Cache-Control": "no-cache"})) + walk(services, 200)
    assert sample(services, "vitrine_unreadable_keys_total") >= skipped + 3
    for name in ("0", "zz-not-ours.jpg", "00000000000000000000000000~rubbish"):
        admin.delete_object(Bucket=store.bucket, Key=f"images/{name}")


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=1000000000", "limit=-1", "limit=x", "limit=٣", "limit=1e2", "limit=201",
        "cursor=rubbish", "cursor=", "cursor=../../x", "before=yesterday", "before=2026-01-01",
        "before=2026-01-01T00:00:00", "before=0001-01-01T00:00:00Z",
        "cursor=00000000000000000000000000&before=2026-01-01T00:00:00Z", "colour=red",
    ],
)  # fmt: skip
def test_a_bad_question_is_refused(services: Services, query: str) -> None:
    answer = services.catalog.get(f"/api/images?{query}")
    assert (answer.status_code, answer.content_type) == (400, "application/problem+json")
    assert answer.json["detail"]


@pytest.mark.parametrize("path", ["/api/images", "/api/images?before=2020-01-01T00:00:00Z", "/api/timeline", "one"])
def test_an_etag_saves_the_body(services: Services, path: str) -> None:
    """Also in a list of tags and as a weak tag; another tag, or one from before a change, gets the body."""
    image = services.publish(picture())
    path = f"/api/images/{image['id']}" if path == "one" else path
    first = services.catalog.get(path)
    tag = first.headers["ETag"]
    assert (first.status_code, first.headers["Cache-Control"]) == (200, "private, no-cache")
    for known in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        again = services.catalog.get(path, headers={"If-None-Match": known})
        assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
        assert again.headers["Cache-Control"] == first.headers["Cache-Control"]
    assert services.catalog.get(path, headers={"If-None-Match": '"other"'}).data == first.data


@pytest.mark.parametrize("path", ["/api/images", "/api/timeline", "one"])
def test_head_says_what_get_would_without_the_body(services: Services, path: str) -> None:
    image = services.publish(picture())
    path = f"/api/images/{image['id']}" if path == "one" else path
    got, head = services.catalog.get(path), services.catalog.head(path)
    assert (head.status_code, head.data) == (200, b"")
    for name in ("ETag", "Cache-Control", "Content-Type", "Content-Length"):
        assert head.headers[name] == got.headers[name]
    assert services.catalog.head(f"/api/images/{'0' * 26}").status_code == 404


def test_a_new_picture_changes_the_etag(services: Services) -> None:
    services.publish(picture())
    known = services.catalog.get("/api/images").headers["ETag"]
    image = services.publish(picture())
    answer = services.catalog.get("/api/images", headers={"If-None-Match": known})
    assert (answer.status_code, ids(answer.json)[0]) == (200, image["id"])


class TestCache:
    def test_the_second_look_costs_no_list(self, services: Services, store: Store) -> None:
        """A picture written without the services is not seen: the page came from the cache."""
        services.publish(picture())
        before = services.listed()
        plant(store, 0)
        assert services.listed() == before

    def test_a_publish_is_seen_at_once(self, services: Services) -> None:
        services.listed()
        image = services.publish(picture())
        assert ids(services.listed())[0] == image["id"]

    def test_no_cache_insists(self, services: Services, store: Store) -> None:
        services.listed()
        planted = plant(store, 0)
        assert ids(services.listed(**{"Cache-Control": "no-cache"}))[0] == planted
        assert ids(services.listed())[0] == planted

    def test_a_slow_reader_cannot_plant_a_stale_page(self, services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
        """A publish between a reader's LIST and its write to the cache invalidates what it writes."""
        import catalog.listing

        build, published = catalog.listing.build, []

        def slow(*arguments: Any) -> Any:
            page = build(*arguments)
            monkeypatch.setattr(catalog.listing, "build", build)
            published.append(services.publish(picture())["id"])
            return page

        monkeypatch.setattr(catalog.listing, "build", slow)
        assert published == []
        services.listed()
        assert ids(services.listed())[0] == published[0]

    def test_a_flushed_or_evicted_generation_lets_no_old_page_back(
        self, services: Services, cache: Cache, store: Store
    ) -> None:
        services.listed()
        client = redis.Redis.from_url(cache.url)
        planted = plant(store, 0)
        client.delete(CHANGES, DELETES)
        assert ids(services.listed())[0] == planted

    @pytest.mark.parametrize("rubbish", [b"", b"x", b"\0" * 200, secrets.token_bytes(500)])
    def test_rubbish_is_a_miss(self, services: Services, cache: Cache, store: Store, rubbish: bytes) -> None:
        services.listed()
        client = redis.Redis.from_url(cache.url)
        for key in client.keys("*"):
            client.set(key, rubbish)
        planted = plant(store, 0)
        assert ids(services.listed())[0] == planted

    def test_every_key_has_an_end(self, services: Services, cache: Cache) -> None:
        services.listed()
        services.publish(picture())
        client = redis.Redis.from_url(cache.url)
        assert client.keys("*")
        assert all(client.ttl(key) > 0 for key in client.keys("*"))

    @pytest.mark.parametrize("fault", ["hang", "kill"])
    def test_without_the_cache_everything_works(self, services: Services, cache: Cache, fault: str) -> None:
        services.listed()
        cache.stop() if fault == "hang" else cache.kill()
        image = services.publish(picture())
        assert ids(services.listed())[0] == image["id"]
        began = time.monotonic()
        for _ in range(10):
            services.listed()
        assert time.monotonic() - began < 5
        # A thread of this process announces the change that Redis missed, and counts faults until then.
        cache.ensure_running()
        invalidator = services.upload_app.extensions["vitrine"].invalidator
        while invalidator.has_pending:
            assert time.monotonic() - began < 40, "the change is still owed"
            time.sleep(0.1)

    @pytest.mark.parametrize("fault", ["hang", "kill"])
    def test_no_probe_asks_it(self, services: Services, cache: Cache, fault: str) -> None:
        """Otherwise a Redis that is away would take every replica out of service at once."""
        cache.stop() if fault == "hang" else cache.kill()
        faults = sample(services, "vitrine_cache_faults_total")
        for service in (services.upload, services.catalog, services.download):
            assert [service.get(path).status_code for path in ("/livez", "/readyz")] == [200, 200]
        assert sample(services, "vitrine_cache_faults_total") == faults

    def test_a_redis_that_fails_shows_in_the_metrics_and_so_does_its_return(
        self, services: Services, cache: Cache
    ) -> None:
        """What alerts the engineer on call: the circuit is open, and a change is still to be announced."""
        services.listed()
        faults = sample(services, "vitrine_cache_faults_total")
        cache.stop()
        services.publish(picture())
        services.listed()
        assert sample(services, "vitrine_cache_circuit_open") == 1
        assert sample(services, "vitrine_owed_changes") >= 1
        assert sample(services, "vitrine_cache_faults_total") > faults
        recent = sample(services, 'vitrine_list_lookups_total{outcome="recent"}')
        services.listed()
        services.listed()
        assert sample(services, 'vitrine_list_lookups_total{outcome="recent"}') > recent
        cache.cont()
        deadline = time.monotonic() + 30
        while sample(services, "vitrine_cache_circuit_open") or sample(services, "vitrine_owed_changes"):
            assert time.monotonic() < deadline, "it does not show that Redis is back"
            time.sleep(0.2)
            services.listed()

    def test_a_change_that_redis_missed_is_told_later(self, services: Services, cache: Cache) -> None:
        services.listed()
        value = redis.Redis.from_url(cache.url).get(CHANGES)
        cache.stop()
        services.publish(picture())
        cache.cont()
        deadline = time.monotonic() + 10
        while redis.Redis.from_url(cache.url).get(CHANGES) == value and time.monotonic() < deadline:
            services.upload.get("/readyz")
            time.sleep(0.2)
        assert redis.Redis.from_url(cache.url).get(CHANGES) != value


def test_a_gallery_without_redis_is_complete(store: Store) -> None:
    services = running_services(store, None)
    image = services.publish(picture())
    assert ids(services.listed())[0] == image["id"]
