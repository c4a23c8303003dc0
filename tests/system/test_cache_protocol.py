"""The list cache's rules, one by one, before the real cache: who is handed which page, and what it costs."""

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import redis

from catalog.list_cache import ListCache
from catalog.pages import Page, finish
from catalog.shelf import LOCK_SECONDS, Shelf, _lock_key
from common.cache import Cache as Client
from common.generations import CHANGES, Announcer, Generations
from common.guard import Guard
from common.storage import StorageUnavailable
from tests.support.cache import Cache

_clients: list[Client] = []


class Gallery:
    """Stands for S3: what a LIST of it says, how long it takes, and how often it was asked."""

    def __init__(self) -> None:
        self.pictures = ["one"]
        self.lists = 0
        self.seconds = 0.0
        self.away = False
        self.listed = threading.Event()
        self.deep = False
        self.ahead = 0.0
        """Seconds that have passed for everyone: how a page grows old in a test."""

    def build(self) -> Page:
        self.lists += 1
        items = list(self.pictures)
        self.listed.set()
        time.sleep(self.seconds)
        if self.away:
            raise StorageUnavailable
        return finish({"items": items}, datetime.now(UTC) + timedelta(seconds=self.ahead), deep=self.deep)


class Reader:
    """One catalog process: a client, a circuit, flights and a clock of its own."""

    def __init__(self, cache: Cache, gallery: Gallery, name: str = "page") -> None:
        self.skew = 0.0
        """Seconds by which its clock is ahead of the store's."""
        self.gallery = gallery
        self.name = name
        client = Client(cache.url)
        _clients.append(client)
        shelf = Shelf(client, lambda: time.time() + gallery.ahead + self.skew)
        self.pages = ListCache(shelf, Guard())

    def read(self, *, renew: bool = False) -> bytes:
        return self.pages.page(self.name, self.gallery.build, renew=renew).body


@pytest.fixture(autouse=True)
def hang_up() -> Iterator[None]:
    yield
    while _clients:
        _clients.pop().close()


@pytest.fixture
def gallery() -> Gallery:
    return Gallery()


@pytest.fixture
def reader(cache: Cache, gallery: Gallery) -> Reader:
    return Reader(cache, gallery)


@pytest.fixture
def other(cache: Cache, gallery: Gallery) -> Reader:
    return Reader(cache, gallery)


@pytest.fixture
def client(cache: Cache) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(cache.url) as connected:
        yield connected


@pytest.fixture
def change(cache: Cache, gallery: Gallery) -> Callable[..., None]:
    announcer = announcing(cache)

    def make(picture: str | None = None, *, deletes: bool = False) -> None:
        gallery.pictures = [*gallery.pictures, picture] if picture else gallery.pictures[1:]
        announcer.announce(deletes=deletes or picture is None)

    return make


def announcing(cache: Cache, **options: float) -> Announcer:
    client = Client(cache.url)
    _clients.append(client)
    return Announcer(client, **options)


def at_once(count: int, *readers: Reader) -> list[bytes]:
    """What `count` readers get who ask at the same time, spread over these processes."""
    barrier = threading.Barrier(count)

    def ask(number: int) -> bytes:
        barrier.wait()
        return readers[number % len(readers)].read()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(ask, range(count)))


class TestSingleFlight:
    def test_all_who_miss_together_cost_one_list(self, gallery: Gallery, reader: Reader, other: Reader) -> None:
        """In one process and across two."""
        gallery.seconds = 0.2
        assert len(set(at_once(60, reader, other))) == 1
        assert gallery.lists == 1

    def test_without_redis_a_process_still_lists_once(self, cache: Cache, gallery: Gallery, reader: Reader) -> None:
        """For all who ask together, and for those of the next second; then anew."""
        cache.kill()
        gallery.seconds = 0.2
        assert len(set(at_once(40, reader))) == 1
        reader.read()
        assert gallery.lists == 1
        time.sleep(0.9)
        gallery.pictures.append("two")
        assert b"two" in reader.read()
        assert gallery.lists == 2

    def test_who_knows_of_a_change_does_not_join_a_list_from_before_it(
        self, gallery: Gallery, reader: Reader, change: Callable[..., None]
    ) -> None:
        gallery.seconds = 0.3
        with ThreadPoolExecutor(2) as pool:
            early = pool.submit(reader.read)
            gallery.listed.wait(5)
            change("two")
            late = pool.submit(reader.read)
            assert b"two" in late.result()
            assert b"two" not in early.result()

    def test_a_slow_reader_cannot_plant_a_stale_page(
        self, gallery: Gallery, reader: Reader, other: Reader, change: Callable[..., None]
    ) -> None:
        gallery.seconds = 0.3
        with ThreadPoolExecutor(1) as pool:
            slow = pool.submit(reader.read)
            gallery.listed.wait(5)
            change("two")
            slow.result()
        assert b"two" in other.read()

    def test_no_cache_looks_after_the_question(self, gallery: Gallery, reader: Reader) -> None:
        """Also when somebody is listing already: that list may be from before a change that Redis never heard of."""
        gallery.seconds = 0.3
        with ThreadPoolExecutor(12) as pool:
            early = pool.submit(lambda: reader.read(renew=True))
            gallery.listed.wait(5)
            gallery.pictures.append("two")
            late = [pool.submit(lambda: reader.read(renew=True)) for _ in range(10)]
            assert all(b"two" in future.result() for future in late)
            early.result()
        assert gallery.lists <= 3  # not one each

    def test_a_dead_holder_s_lock_ends(self, gallery: Gallery, reader: Reader, client: redis.Redis) -> None:
        generations = generations_of(reader)
        client.set(_lock_key("page", generations), b"of a dead one", px=600)
        began = time.monotonic()
        assert b"one" in reader.read()
        assert 0.5 < time.monotonic() - began < 2
        assert gallery.lists == 1

    def test_every_lock_has_an_end(self, gallery: Gallery, reader: Reader, client: redis.Redis) -> None:
        gallery.seconds = 0.3
        with ThreadPoolExecutor(1) as pool:
            reading = pool.submit(reader.read)
            gallery.listed.wait(5)
            (lock,) = client.keys("*:lock:*")
            assert 0 < client.pttl(lock) <= LOCK_SECONDS * 1000
            reading.result()
        assert client.keys("*:lock:*") == []

    def test_nobody_takes_away_another_s_lock(self, reader: Reader, client: redis.Redis) -> None:
        generations = generations_of(reader)
        key = _lock_key("page", generations)
        client.set(key, b"another's", px=5000)
        reader.pages._shelf.release("page", generations, b"ours")
        assert client.get(key) == b"another's"

    def test_a_failed_list_lets_the_next_one_try(self, gallery: Gallery, reader: Reader, client: redis.Redis) -> None:
        gallery.away = True
        with pytest.raises(StorageUnavailable):
            reader.read()
        assert client.keys("*:lock:*") == []
        gallery.away = False
        assert b"one" in reader.read()


class TestAge:
    @pytest.mark.parametrize(("deep", "usable"), [(False, 29), (True, 59)])
    def test_past_its_age_a_page_is_served_while_one_renews_it(
        self, gallery: Gallery, reader: Reader, other: Reader, deep: bool, usable: int
    ) -> None:
        gallery.deep = deep
        old = reader.read()
        gallery.pictures.append("two")
        gallery.seconds = 0.4
        gallery.ahead = usable - 1
        answers = at_once(20, reader, other)
        assert gallery.lists == 2
        assert answers.count(old) >= 17  # those who did not renew; the renewers' flights bring the new one
        assert any(b"two" in answer for answer in answers)

    @pytest.mark.parametrize(("deep", "too_old"), [(False, 31), (True, 61)])
    def test_a_page_that_is_too_old_is_served_to_nobody(
        self, gallery: Gallery, reader: Reader, other: Reader, deep: bool, too_old: int
    ) -> None:
        gallery.deep = deep
        reader.read()
        gallery.pictures.append("two")
        gallery.seconds = 0.2
        gallery.ahead = too_old
        assert all(b"two" in answer for answer in at_once(20, reader, other))
        assert gallery.lists == 2

    @pytest.mark.parametrize("skew", [-3600, -30, 31, 3600])
    def test_a_clock_that_is_off_costs_one_list_and_freezes_no_page(
        self, gallery: Gallery, reader: Reader, other: Reader, skew: int
    ) -> None:
        """It is off against the store's, which every answer of the store shows."""
        reader.skew = skew
        other.read()
        reader.read()
        before = gallery.lists
        for _ in range(5):
            reader.read()
            other.read()
        assert gallery.lists == before
        gallery.pictures.append("two")
        gallery.ahead = 31
        assert b"two" in reader.read()

    def test_only_a_deletion_or_late_publish_ends_a_deep_page(
        self, gallery: Gallery, reader: Reader, change: Callable[..., None]
    ) -> None:
        gallery.deep = True
        old = reader.read()
        change("two")
        assert reader.read() == old
        change("late", deletes=True)
        assert b"late" in reader.read()

    def test_a_page_of_an_older_generation_is_not_served_while_one_renews(
        self, gallery: Gallery, reader: Reader, other: Reader, change: Callable[..., None]
    ) -> None:
        reader.read()
        change("two")
        gallery.seconds = 0.2
        assert all(b"two" in answer for answer in at_once(20, reader, other))


class TestS3Away:
    def test_the_last_page_is_served_whatever_its_age_and_changes(
        self, gallery: Gallery, reader: Reader, change: Callable[..., None]
    ) -> None:
        old = reader.read()
        change("two")
        gallery.away = True
        gallery.ahead = 3600
        assert reader.read() == old

    def test_but_not_after_a_deletion(self, gallery: Gallery, reader: Reader, change: Callable[..., None]) -> None:
        reader.read()
        change()
        gallery.away = True
        with pytest.raises(StorageUnavailable):
            reader.read()

    def test_a_slow_s3_is_not_waited_for_long_when_a_page_is_known(
        self, gallery: Gallery, reader: Reader, change: Callable[..., None]
    ) -> None:
        old = reader.read()
        change("two")
        gallery.seconds = 2.5
        began = time.monotonic()
        assert reader.read() == old
        assert time.monotonic() - began < 1.5


class TestLostAndFound:
    def test_an_evicted_generation_never_lets_an_old_page_back(
        self, gallery: Gallery, reader: Reader, client: redis.Redis
    ) -> None:
        """Not even one that survived: a new generation is a new random value, not one that was there before."""
        reader.read()
        (page,) = client.keys("*:page:*")
        for forget in (lambda: client.delete(CHANGES), client.flushall):
            kept = client.get(page)
            forget()
            client.set(page, kept or b"")
            gallery.pictures.append(secrets.token_hex(4))
            assert gallery.pictures[-1].encode() in reader.read()

    def test_rubbish_of_another_type_heals(self, reader: Reader, client: redis.Redis) -> None:
        """Redis answers nil for a list where text is asked for, and SET NX does not replace it."""
        client.lpush(CHANGES, "rubbish")
        reader.read()
        assert len(client.get(CHANGES)) == 16
        assert reader.read()
        assert reader.gallery.lists == 1

    def test_a_page_of_another_version_is_not_read(self, reader: Reader, client: redis.Redis) -> None:
        reader.read()
        assert all(key.startswith(b"vitrine:1:") for key in client.keys("*"))

    def test_a_change_that_redis_missed_is_told_at_first_contact(self, cache: Cache, client: redis.Redis) -> None:
        """By the process that owes it, without anybody asking that process for anything."""
        announcer = announcing(cache, retry_seconds=0.2)
        announcer.announce(deletes=False)
        told = client.get(CHANGES)
        cache.stop()
        announcer.announce(deletes=False)
        assert announcer.owes
        cache.cont()
        deadline = time.monotonic() + 8
        while announcer.owes and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not announcer.owes
        assert client.get(CHANGES) != told

    def test_memory_is_bounded_and_lists_stay_right_when_pages_are_evicted(
        self, cache: Cache, gallery: Gallery, client: redis.Redis
    ) -> None:
        client.config_set("maxmemory", "8mb")
        try:
            gallery.pictures = ["x" * 40_000]
            readers = [Reader(cache, gallery, f"page-{number}") for number in range(4)]
            for number in range(400):
                readers[number % 4].name = f"page-{number}"
                assert b"xxxx" in readers[number % 4].read()
            assert client.info("memory")["used_memory"] < 9_000_000
            assert client.info("stats")["evicted_keys"] > 0
        finally:
            client.config_set("maxmemory", "64mb")

    def test_deep_pages_are_hit_while_the_gallery_is_busy(
        self, cache: Cache, gallery: Gallery, change: Callable[..., None]
    ) -> None:
        """20 uploads a second, and more than 95 % of the looks at settled pages cost no LIST."""
        gallery.deep = True
        reader, looks = Reader(cache, gallery), 0
        until = time.monotonic() + 3
        while time.monotonic() < until:
            change(f"new {looks}")
            for page in range(10):
                reader.name = f"deep-{page}"
                reader.read()
                looks += 1
            time.sleep(0.05)
        assert looks > 200
        assert gallery.lists < looks * 0.05


def generations_of(reader: Reader) -> Generations:
    found = reader.pages._shelf.find("nothing").generations
    assert found is not None
    return found
