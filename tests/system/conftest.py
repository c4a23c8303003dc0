"""Starts real servers for the tests, once in each session, on free ports."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cache import Cache, running_cache
from tests.support.services import Services, running_services
from tests.support.store import Store, running_store
from tests.system.planting import remove_strangers


@pytest.fixture(scope="session")
def store(short_folder: Path) -> Iterator[Store]:
    """The real store with its bucket, CORS and identities. Use fresh ids: the tests share it."""
    folder = short_folder / "store"
    folder.mkdir()
    with running_store(folder) as running:
        yield running


@pytest.fixture(scope="session")
def _cache(short_folder: Path) -> Iterator[Cache]:
    folder = short_folder / "cache"
    folder.mkdir()
    with running_cache(folder) as running:
        yield running


@pytest.fixture
def cache(_cache: Cache) -> Iterator[Cache]:
    """The real cache, running and empty for each test, and repaired after each test."""
    _cache.ensure_running()
    _cache.flush()
    yield _cache
    _cache.ensure_running()


@pytest.fixture
def services(store: Store, cache: Cache) -> Services:
    """The three services in this process, with the real store and an empty cache."""
    return running_services(store, cache)


@pytest.fixture(scope="module", autouse=True)
def no_strangers(store: Store) -> None:
    """Remove unreadable keys that other tests left below images/.

    A page of the list counts such keys, so it would hold fewer pictures than requested. Which test files share a
    process, and so a store, differs between runs.
    """
    remove_strangers(store)
