"""Two catalogs under load while Redis misbehaves and pictures are published: every answer is compared item by item.

`make test` runs a short form of each fault; `make test-all` runs each for half a minute.
"""

import bisect
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import redis

from common.cache.generations import CHANGES, DELETES, ListInvalidator
from common.domain.keys import make_id
from tests.support.cache import Cache
from tests.support.noisy import TooSlow
from tests.support.replicas import Replica, Reply, running_replicas
from tests.support.services import environment
from tests.support.store import Store
from tests.system.planting import ids, list_invalidator, put

RATE = 60
"""Requests in a second, over both processes."""
LIMIT = 30
PATIENT_MS = 500
"""The publisher's time-out for Redis, so that a busy machine is not mistaken for a Redis that is away."""


class Control:
    """Measures the machine, S3 and the services' own HTTP without lists, to compare lists with.

    Other processes share the cores; a list is not to blame when everything is slow.
    """

    def __init__(self, fleet: list[Replica], store: Store) -> None:
        self._fleet = fleet
        self._store = store
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._measure)
        self.seconds: list[float] = []

    def __enter__(self) -> "Control":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _measure(self) -> None:
        client = self._store.client("catalog")
        turn = 0
        while not self._over.wait(0.05):
            began = time.monotonic()
            self._fleet[turn % 2].ask("/livez")
            client.list_objects_v2(Bucket=self._store.bucket, Prefix="images/", MaxKeys=LIMIT)
            self.seconds.append(time.monotonic() - began)
            turn += 1

    def quantile(self, share: float) -> float:
        """The time in seconds within which this share of the measurements lies."""
        return sorted(self.seconds)[min(len(self.seconds) - 1, int(len(self.seconds) * share))]


@dataclass
class History:
    """What was published when: `told[i]` is the time by which the picture `published[i]` had been announced."""

    published: list[str] = field(default_factory=list)
    begun: list[float] = field(default_factory=list)
    told: list[float] = field(default_factory=list)

    def publish(self, store: Store, invalidator: ListInvalidator) -> None:
        image_id = make_id(time.time_ns() // 1_000_000, 0, time.time_ns() & 0xFFFF)
        self.begun.append(time.monotonic())
        self.published.append(image_id)
        put(store, image_id)
        invalidator.invalidate(deletes=False)
        self.told.append(time.monotonic())

    def staleness(self, reply: Reply, asked_at: float, before: list[str]) -> float:
        """How long the answer had been out of date when it was requested, in seconds; otherwise it must be exact.

        The answer shows the first n published pictures, so it was correct until picture n + 1 was announced.
        """
        shown = ids(reply.json())
        known = list(reversed(self.published)) + before
        n = self.published.index(shown[0]) + 1 if shown[0] in self.published else 0
        assert shown == known[len(self.published) - n :][: len(shown)], "not any state that the gallery was in"
        assert len(shown) == LIMIT
        assert n <= bisect.bisect(self.begun, asked_at + reply.seconds)
        return max(0.0, asked_at - self.told[n]) if n < len(self.told) else 0.0


@contextmanager
def nothing(cache: Cache) -> Iterator[None]:
    yield


@contextmanager
def gone(cache: Cache) -> Iterator[None]:
    cache.kill()
    yield
    cache.start()


@contextmanager
def hung(cache: Cache) -> Iterator[None]:
    cache.stop()
    yield
    cache.cont()


@contextmanager
def refusing(cache: Cache) -> Iterator[None]:
    """A server that accepts connections and refuses every command."""
    with redis.Redis.from_url(cache.url) as client:
        client.config_set("requirepass", "another")
        client.client_kill_filter(_type="normal")
    try:
        yield
    finally:
        with redis.Redis(port=cache.port, password="another") as client:
            client.config_set("requirepass", cache.password)


@contextmanager
def again_and_again(cache: Cache, harm: Callable[[redis.Redis], None]) -> Iterator[None]:
    over = threading.Event()

    def repeat() -> None:
        with redis.Redis.from_url(cache.url) as client:
            while not over.wait(0.05):
                harm(client)

    thread = threading.Thread(target=repeat)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def flushed(cache: Cache) -> AbstractContextManager[None]:
    return again_and_again(cache, lambda client: client.flushall())


def rubbish(cache: Cache) -> AbstractContextManager[None]:
    def harm(client: redis.Redis) -> None:
        for number, key in enumerate(client.keys("*")):
            if number % 2:
                client.set(key, b"\xff rubbish", ex=60)
            else:
                with client.pipeline(transaction=True) as at_once:
                    at_once.delete(key).rpush(key, "a list where text belongs").expire(key, 60).execute()

    return again_and_again(cache, harm)


def another_version(cache: Cache) -> AbstractContextManager[None]:
    """Values with other lengths and layouts under the same names, as another version would write them."""

    def harm(client: redis.Redis) -> None:
        client.set(CHANGES, b"7", ex=60)
        client.set(DELETES, b"2:abcdef", ex=60)
        for key in client.keys("*:page:*"):
            client.set(key, b'{"version":2,"items":[]}', ex=60)

    return again_and_again(cache, harm)


FAULTS = [nothing, gone, hung, refusing, flushed, rubbish, another_version]
TOLD = "it compares what a list takes with what S3 and HTTP take meanwhile, while other processes come and go"


@pytest.fixture(scope="module")
def fleet(store: Store, _cache: Cache, short_folder: Path) -> Iterator[list[Replica]]:
    variables = {**environment(store, _cache, "catalog"), "REDIS_TIMEOUT_MS": ""}  # the default
    with running_replicas("catalog", variables, short_folder / "fleet") as replicas:
        yield replicas


@pytest.fixture
def invalidator(cache: Cache) -> Iterator[ListInvalidator]:
    with list_invalidator(cache, timeout_ms=PATIENT_MS, retry_seconds=0.2) as made:
        yield made


@pytest.mark.noisy(TOLD)
@pytest.mark.parametrize(
    ("fault", "seconds"),
    [(fault, 3.5) for fault in FAULTS]
    + [pytest.param(fault, 32, marks=pytest.mark.long) for fault in FAULTS if fault is not nothing],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_no_error_and_no_lie_whatever_redis_does(
    fleet: list[Replica],
    store: Store,
    cache: Cache,
    invalidator: ListInvalidator,
    fault: Callable[[Cache], AbstractContextManager[None]],
    seconds: float,
) -> None:
    history = History()
    for _ in range(LIMIT):
        put(store, make_id(time.time_ns() // 1_000_000, 0, 0))
    invalidator.invalidate(deletes=True)
    before = ids(fleet[0].ask(f"/api/images?limit={LIMIT * 2}", headers={"Cache-Control": "no-cache"}).json())
    over = threading.Event()

    def publish() -> None:
        while not over.wait(0.4):
            history.publish(store, invalidator)

    publisher = threading.Thread(target=publish)
    publisher.start()
    try:
        calm = load(fleet, 1)
        with ExitStack() as faulty:
            faulty.enter_context(fault(cache))
            control = faulty.enter_context(Control(fleet, store))
            broken_at = time.monotonic()
            broken = load(fleet, seconds)
        after = load(fleet, 4)
    finally:
        over.set()
        publisher.join()
    answers = [*calm, *broken, *after]
    assert {reply.status for _, reply in answers} == {200}
    stale = [history.staleness(reply, asked_at, before) for asked_at, reply in answers]
    # While Redis is away, a process lists once a second, and requests share a list in progress. A change that Redis
    # missed is announced when it is back; until then the page's age limits the delay.
    assert max(stale[: len(calm) + len(broken)]) < 1.25 + max(reply.seconds for _, reply in [*calm, *broken])
    assert max(stale) < 10.5
    settled = sorted(reply.seconds for asked_at, reply in broken if asked_at - broken_at > 0.5)
    # S3's time plus 100 ms. A list is scheduled more often than a measurement, so that cost counts several times.
    limits = {
        0.5: 3 * control.quantile(0.5) + 0.1,
        0.97: 4 * control.quantile(0.97) + 0.25,
        1.0: 4 * control.quantile(1) + 1,  # no time-out of the services is this long
    }
    for share, limit in limits.items():
        taken = settled[min(len(settled) - 1, int(len(settled) * share))]
        if taken >= limit:
            raise TooSlow(f"{share:.0%} of the lists took up to {taken:.3f} s; the limit was {limit:.3f} s")
    assert_hits_again(fleet)


def load(fleet: list[Replica], seconds: float) -> list[tuple[float, Reply]]:
    """Request the head of the list at a fixed rate: (time, answer)."""

    def ask(number: int) -> tuple[float, Reply]:
        at = time.monotonic()
        return at, fleet[number % 2].ask(f"/api/images?limit={LIMIT}")

    asked: list[Future[tuple[float, Reply]]] = []
    with ThreadPoolExecutor(32) as pool:
        began = time.monotonic()
        for number in range(int(RATE * seconds)):
            time.sleep(max(0.0, began + number / RATE - time.monotonic()))
            asked.append(pool.submit(ask, number))
    return [future.result() for future in asked]


def assert_hits_again(fleet: list[Replica]) -> None:
    """The circuits close by themselves: pages come from Redis again."""
    hits = 'vitrine_list_lookups_total{outcome="hit"}'
    deadline = time.monotonic() + 20
    for replica in fleet:
        before = replica.metric(hits)
        while replica.metric(hits) < before + 3:
            assert time.monotonic() < deadline, "no page comes from Redis"
            replica.ask(f"/api/images?limit={LIMIT}&before=2020-01-01T00:00:00Z")
