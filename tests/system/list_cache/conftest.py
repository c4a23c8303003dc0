"""Readers of one list cache with the real Redis, and a fake S3."""

from collections.abc import Callable, Iterator

import pytest
import redis

from common.cache.client import Cache as Client
from common.cache.generations import ListInvalidator
from tests.support.cache import Cache
from tests.system.list_cache.readers import PATIENT_MS, SOON_SECONDS, Change, Gallery, Reader, changing


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait longer, so that a busy machine is not mistaken for an S3 that is away."""
    monkeypatch.setattr("catalog.cache.list_cache.MAX_WAIT_SECONDS", SOON_SECONDS)


@pytest.fixture
def clients() -> Iterator[list[Client]]:
    """Clients of the cache that disconnect after the test."""
    opened: list[Client] = []
    yield opened
    for client in opened:
        client.close()


@pytest.fixture
def gallery() -> Gallery:
    return Gallery()


@pytest.fixture
def new_reader(cache: Cache, gallery: Gallery, clients: list[Client]) -> Callable[[str], Reader]:
    """Makes readers that request a page with that name."""
    return lambda name: Reader(cache, gallery, clients, name)


@pytest.fixture
def reader(new_reader: Callable[[str], Reader]) -> Reader:
    return new_reader("page")


@pytest.fixture
def other(new_reader: Callable[[str], Reader]) -> Reader:
    return new_reader("page")


@pytest.fixture
def client(cache: Cache) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(cache.url) as connected:
        yield connected


@pytest.fixture
def change(cache: Cache, gallery: Gallery, clients: list[Client]) -> Change:
    client = Client(cache.url, timeout_ms=PATIENT_MS)
    clients.append(client)
    return changing(gallery, ListInvalidator(client))
