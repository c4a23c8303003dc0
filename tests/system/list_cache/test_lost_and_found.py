"""Lost, invalid or missed data in Redis makes a list more expensive, never wrong; Redis's memory is bounded."""

import secrets
from collections.abc import Callable

import pytest
import redis

from common.cache.client import OPEN_SECONDS, CacheUnavailable
from common.cache.client import Cache as Client
from common.cache.generations import CHANGES, ListInvalidator
from tests.support.cache import Cache
from tests.system.list_cache.readers import Change, Gallery, Reader, until


def test_an_evicted_generation_never_lets_an_old_page_back(
    gallery: Gallery, reader: Reader, client: redis.Redis
) -> None:
    """Not even a page that survived: a new generation is a new random value, never an earlier one."""
    reader.read()
    (page,) = client.keys("*:page:*")
    for forget in (lambda: client.delete(CHANGES), client.flushall):
        kept = client.get(page)
        forget()
        client.set(page, kept or b"")
        gallery.pictures.append(secrets.token_hex(4))
        assert gallery.pictures[-1].encode() in reader.read()


def test_rubbish_of_another_type_heals(reader: Reader, client: redis.Redis) -> None:
    """Redis answers nil when text is requested and the value is a list, and SET NX does not replace it."""
    client.lpush(CHANGES, "rubbish")
    reader.read()
    assert len(client.get(CHANGES)) == 16
    assert reader.read()
    assert reader.gallery.lists == 1


def test_what_another_version_wrote_is_neither_read_nor_touched(reader: Reader, client: redis.Redis) -> None:
    """All names that this version uses have its own prefix."""
    reader.read()
    mine = set(client.keys("*"))
    assert all(key.startswith(b"vitrine:1:") for key in mine)
    for key in mine:
        client.rename(key, key.replace(b"vitrine:1:", b"vitrine:0:"))
    reader.read()
    assert reader.gallery.lists == 2


def test_a_change_that_redis_missed_is_told_at_first_contact(
    cache: Cache, client: redis.Redis, clients: list[Client]
) -> None:
    """By the process that owes it, without any request to that process."""
    clients.append(Client(cache.url))
    invalidator = ListInvalidator(clients[-1], retry_seconds=0.2)
    invalidator.invalidate(deletes=False)
    until(lambda: not invalidator.has_pending)
    told = client.get(CHANGES)
    cache.stop()
    invalidator.invalidate(deletes=False)
    assert invalidator.has_pending
    cache.cont()
    until(lambda: not invalidator.has_pending)
    assert client.get(CHANGES) != told


def test_while_redis_hangs_one_call_in_some_seconds_waits_for_it(cache: Cache, clients: list[Client]) -> None:
    """All other calls are told at once; the first answer from Redis ends that."""
    now = 0.0
    client = Client(cache.url, timeout_ms=300, clock=lambda: now)
    clients.append(client)
    assert client.call(lambda redis: redis.ping())
    cache.stop()
    tried = []
    for _ in range(50):
        with pytest.raises(CacheUnavailable):
            client.call(lambda redis: tried.append(1) or redis.ping())
    assert len(tried) == 1
    now += OPEN_SECONDS
    with pytest.raises(CacheUnavailable):
        client.call(lambda redis: tried.append(1) or redis.ping())
    assert len(tried) == 2
    cache.cont()
    now += OPEN_SECONDS
    assert client.call(lambda redis: redis.ping())
    assert client.call(lambda redis: redis.ping())


def test_memory_is_bounded_and_lists_stay_right_when_pages_are_evicted(
    gallery: Gallery, new_reader: Callable[[str], Reader], client: redis.Redis
) -> None:
    client.config_set("maxmemory", "8mb")
    try:
        gallery.pictures = ["x" * 40_000]
        reader = new_reader("")
        for number in range(400):
            reader.name = f"page-{number}"
            assert b"xxxx" in reader.read()
        assert client.info("memory")["used_memory"] < 9_000_000
        assert client.info("stats")["evicted_keys"] > 0
    finally:
        client.config_set("maxmemory", "64mb")


def test_deep_pages_are_hit_while_the_gallery_changes(
    gallery: Gallery, new_reader: Callable[[str], Reader], change: Change
) -> None:
    """An upload between any two requests, and more than 95 % of the requests for settled pages cost no LIST."""
    gallery.settled = True
    reader = new_reader("")
    for look in range(600):
        if look % 10 == 0:
            change(f"new {look}")
        reader.name = f"deep-{look % 10}"
        reader.read()
    assert gallery.lists < 600 * 0.05
