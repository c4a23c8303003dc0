"""Redis fails in every way under load: no client gets an error, and no list is older than promised."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
import redis

from tests.chaos.rig import Rig
from tests.chaos.rows import running_row
from tests.chaos.visitor import Rules

pytestmark = [pytest.mark.long, pytest.mark.quiet, pytest.mark.timeout(400)]

STALE_SECONDS = 13.0
"""A change that Redis missed shows once the page is 10 s old; the usual delay comes on top."""


@contextmanager
def again_and_again(rig: Rig, harm: "Callable[[redis.Redis], object]") -> Iterator[None]:
    """Damage the contents of Redis twenty times a second until the block ends."""
    over = threading.Event()

    def repeat() -> None:
        with rig.redis() as client:
            while not over.wait(0.05):
                with suppress(redis.RedisError):
                    harm(client)

    thread = threading.Thread(target=repeat)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def fill_with_rubbish(client: "redis.Redis") -> None:
    """Write text that is no page, and values of another type, under the names that the service reads."""
    for number, key in enumerate(client.keys("*")):
        client.delete(key)
        if number % 2:
            client.set(key, b"\xff rubbish", ex=60)
        else:
            client.rpush(key, b"no text at all")
            client.expire(key, 60)


def test_whatever_redis_does_costs_nobody_an_error(rig: Rig) -> None:
    """Down, hung, flushed and full of invalid data, a quarter of a minute each."""
    with running_row(rig, "redis") as row:
        row.load.rules = Rules(stale_seconds=STALE_SECONDS)
        row.until(0.03)
        with rig.down("cache"):
            row.until(0.25)
        row.until(0.3)
        with rig.hung("cache"):
            row.until(0.5)
        row.until(0.53)
        with again_and_again(rig, lambda client: client.flushall()):
            row.until(0.73)
        with again_and_again(rig, fill_with_rubbish):
            row.until(0.95)
    with rig.redis() as client:
        client.ping()


def test_killed_redis_comes_back_by_itself(rig: Rig) -> None:
    """Also soon: the supervisor starts it again, and the catalog uses it again."""
    rig.kill("cache")
    rig.wait("Redis back", lambda: rig.gallery.states["cache"].state == "RUNNING")
    deadline = time.monotonic() + 20
    with rig.redis() as client:
        while True:
            with suppress(redis.RedisError):
                client.ping()
                break
            assert time.monotonic() < deadline
            time.sleep(0.1)
