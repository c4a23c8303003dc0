"""A real gateway before three stand-in services, shared by the tests of a file."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.nginx import Gateway, running_gateway
from tests.support.toy import Toy


@pytest.fixture
def folder(short_folder: Path) -> Path:
    """A new folder with a short path, for sockets."""
    return Path(tempfile.mkdtemp(dir=short_folder, prefix="g"))


@pytest.fixture(scope="module")
def _toys(short_folder: Path) -> Iterator[dict[str, Toy]]:
    folder = Path(tempfile.mkdtemp(dir=short_folder, prefix="t"))
    toys = {name: Toy(folder / f"{name}.sock", name) for name in ("upload", "catalog", "download")}
    yield toys
    for toy in toys.values():
        toy.stop()


@pytest.fixture
def toys(_toys: dict[str, Toy]) -> dict[str, Toy]:
    """The three services' stand-ins, by name, each as new."""
    for toy in _toys.values():
        toy.reset()
    return _toys


@pytest.fixture(scope="module")
def _gateway(short_folder: Path, _toys: dict[str, Toy]) -> Iterator[Gateway]:
    folder = Path(tempfile.mkdtemp(dir=short_folder, prefix="s"))
    with running_gateway(folder, {name: [toy.path] for name, toy in _toys.items()}) as running:
        yield running


@pytest.fixture
def gateway(_gateway: Gateway, toys: dict[str, Toy]) -> Gateway:
    """A running gateway before the toys. It remembers lists and counts requests: see `fresh_gateway`."""
    return _gateway


@pytest.fixture
def fresh_gateway(folder: Path, toys: dict[str, Toy]) -> Iterator[Gateway]:
    """A gateway of the test's own, which has seen nothing yet."""
    with running_gateway(folder, {name: [toy.path] for name, toy in toys.items()}) as running:
        yield running
