"""The gallery in containers, where an engine answers and the base images can be had."""

import os
from collections.abc import Iterator

import pytest

from tests.support.client import Client
from tests.support.stack import Stack, why_not


@pytest.fixture(scope="session")
def engine() -> None:
    """Skip where containers cannot be run."""
    if reason := why_not():
        pytest.skip(reason)


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
