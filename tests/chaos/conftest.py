"""One gallery with its seams for all rows: each mends what it broke, and what one left behind the others would see."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.rig import Rig, running_rig


@pytest.fixture(scope="session")
def rig(short_folder: Path) -> Iterator[Rig]:
    """The whole system, started by the machinery of `make up`, with two replicas of each service."""
    with running_rig(short_folder / "chaos") as running:
        yield running
