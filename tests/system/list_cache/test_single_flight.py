"""Shared lists and their cost: one LIST however many ask, and never a list from before a change."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import redis

from catalog.cache.page_cache import LOCK_SECONDS, _lock_key
from catalog.cache.recent_pages import SECONDS
from common.s3.errors import StorageUnavailable
from tests.support.cache import Cache
from tests.system.list_cache.readers import SOON_SECONDS, Change, Gallery, Reader, at_once, until


def test_all_who_miss_together_cost_one_list(gallery: Gallery, reader: Reader, other: Reader) -> None:
    """In one process and across two."""
    assert len(set(at_once(60, reader, other, while_held=gallery))) == 1
    assert gallery.lists == 1


def test_without_redis_a_process_still_lists_once(cache: Cache, gallery: Gallery, reader: Reader) -> None:
    """For all requests at once, and for those of the next second; then again."""
    now = 100.0
    reader.pages._recent.clock = lambda: now
    cache.kill()
    assert len(set(at_once(40, reader, while_held=gallery))) == 1
    now += SECONDS * 0.9
    reader.read()
    assert gallery.lists == 1
    now += SECONDS * 0.2
    gallery.pictures.append("two")
    assert b"two" in reader.read()
    assert gallery.lists == 2


def test_who_knows_of_a_change_does_not_join_a_list_from_before_it(
    gallery: Gallery, reader: Reader, change: Change
) -> None:
    with ThreadPoolExecutor(2) as pool:
        with gallery.answering_late():
            early = pool.submit(reader.read)
            assert gallery.listed.wait(SOON_SECONDS)
            change("two")
            late = pool.submit(reader.read)
            until(lambda: gallery.lists == 2)
        assert b"two" in late.result()
        assert b"two" not in early.result()


def test_a_slow_reader_cannot_plant_a_stale_page(
    gallery: Gallery, reader: Reader, other: Reader, change: Change
) -> None:
    with ThreadPoolExecutor(1) as pool:
        with gallery.answering_late():
            slow = pool.submit(reader.read)
            assert gallery.listed.wait(SOON_SECONDS)
            change("two")
        assert b"two" not in slow.result()
    assert b"two" in other.read()


def test_no_cache_looks_after_the_question(gallery: Gallery, reader: Reader) -> None:
    """Even when a LIST is in progress: it may be from before a change that never reached Redis."""
    waiting = reader.count_waiters()
    with ThreadPoolExecutor(12) as pool:
        with gallery.answering_late():
            early = pool.submit(lambda: reader.read(renew=True))
            assert gallery.listed.wait(SOON_SECONDS)
            gallery.pictures.append("two")
            late = [pool.submit(lambda: reader.read(renew=True)) for _ in range(10)]
            until(lambda: waiting() == 11)
        assert all(b"two" in future.result() for future in late)
        assert b"two" not in early.result()
    assert gallery.lists == 2  # not one for each


def test_a_dead_holder_s_lock_ends(gallery: Gallery, reader: Reader, client: redis.Redis) -> None:
    """Until then nobody makes a LIST; after that, the waiting process does."""
    key = _lock_key("page", reader.generations())
    client.set(key, b"of a dead one", px=1500)
    assert b"one" in reader.read()
    assert gallery.lists == 1
    assert client.get(key) is None


def test_while_another_holds_the_lock_nobody_lists(
    gallery: Gallery, reader: Reader, other: Reader, client: redis.Redis
) -> None:
    """They take its page once it is there."""
    key = _lock_key("page", reader.generations())
    client.set(key, b"another's", px=3000)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(reader.read)
        page = gallery.build()
        other.pages._page_cache.store("page", page, other.generations())
        assert waiting.result() == page.body
    assert gallery.lists == 1


def test_every_lock_has_an_end(gallery: Gallery, reader: Reader, client: redis.Redis) -> None:
    with ThreadPoolExecutor(1) as pool:
        with gallery.answering_late():
            reading = pool.submit(reader.read)
            assert gallery.listed.wait(SOON_SECONDS)
            (lock,) = client.keys("*:lock:*")
            assert 0 < client.pttl(lock) <= LOCK_SECONDS * 1000
        reading.result()
    until(lambda: client.keys("*:lock:*") == [])


def test_nobody_takes_away_another_s_lock(reader: Reader, client: redis.Redis) -> None:
    generations = reader.generations()
    key = _lock_key("page", generations)
    client.set(key, b"another's", px=60_000)
    reader.pages._page_cache.release("page", generations, b"ours")
    assert client.get(key) == b"another's"


def test_a_failed_list_lets_the_next_one_try(gallery: Gallery, reader: Reader, client: redis.Redis) -> None:
    gallery.away = True
    with pytest.raises(StorageUnavailable):
        reader.read()
    until(lambda: client.keys("*:lock:*") == [])
    gallery.away = False
    assert b"one" in reader.read()
