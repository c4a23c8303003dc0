"""One gallery for all chaos tests. Each test repairs what it broke; the others would see anything left behind."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.rig import Rig, running_rig


@pytest.fixture(scope="session")
def rig(short_folder: Path) -> Iterator[Rig]:
    """The whole system, started like `make up`, with two replicas of each service."""
    with running_rig(short_folder / "chaos") as running:
        yield running
