"""A real gateway with three fake services, shared by the tests of a file."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.fake_server import FakeServer
from tests.support.nginx import Gateway, running_gateway


@pytest.fixture
def folder(short_folder: Path) -> Path:
    """A new folder with a short path, for sockets."""
    return Path(tempfile.mkdtemp(dir=short_folder, prefix="g"))


@pytest.fixture(scope="module")
def _fakes(short_folder: Path) -> Iterator[dict[str, FakeServer]]:
    folder = Path(tempfile.mkdtemp(dir=short_folder, prefix="t"))
    fakes = {name: FakeServer(folder / f"{name}.sock", name) for name in ("upload", "catalog", "download")}
    yield fakes
    for fake in fakes.values():
        fake.stop()


@pytest.fixture
def fakes(_fakes: dict[str, FakeServer]) -> dict[str, FakeServer]:
    """The three fake services by name, reset for each test."""
    for fake in _fakes.values():
        fake.reset()
    return _fakes


@pytest.fixture(scope="module")
def _gateway(short_folder: Path, _fakes: dict[str, FakeServer]) -> Iterator[Gateway]:
    folder = Path(tempfile.mkdtemp(dir=short_folder, prefix="s"))
    with running_gateway(folder, {name: [fake.path] for name, fake in _fakes.items()}) as running:
        yield running


@pytest.fixture
def gateway(_gateway: Gateway, fakes: dict[str, FakeServer]) -> Gateway:
    """A running gateway in front of the fake services. It caches lists and counts requests: see `fresh_gateway`."""
    return _gateway


@pytest.fixture
def fresh_gateway(folder: Path, fakes: dict[str, FakeServer]) -> Iterator[Gateway]:
    """A gateway for one test only, which has seen no request yet."""
    with running_gateway(folder, {name: [fake.path] for name, fake in fakes.items()}) as running:
        yield running
