"""The gallery in containers, where an engine answers and the base images can be had."""

import os
from collections.abc import Iterator

import pytest

from tests.support.client import Client
from tests.support.outcome import lacking
from tests.support.stack import Stack, why_not

BUILD_SECONDS = 900
"""The first test waits until all images are built, on a new machine from nothing and beside whatever else it does."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "containers" in item.path.parts and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(BUILD_SECONDS))


@pytest.fixture(scope="session")
def engine() -> None:
    """Skip where containers cannot be run."""
    if finding := why_not():
        lacking("CONTAINERS", finding)


@pytest.fixture(scope="session")
def stack(engine: None) -> Iterator[Stack]:
    """The whole gallery in containers. Tests share it: leave it as you found it."""
    running = Stack(f"vitrine-test-{os.getpid()}")
    before = dict(os.environ)
    try:
        running.start()
        yield running
    finally:
        running.end()
        os.environ.clear()
        os.environ.update(before)


@pytest.fixture
def client(stack: Stack) -> Client:
    """A client of the gateway."""
    return Client(stack.url)
