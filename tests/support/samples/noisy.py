"""Two tests that fail at first and would pass when run again. tests/test_noisy.py runs them in a pytest of its own."""

import os
from pathlib import Path

import pytest


def _passes_the_second_time(name: str) -> None:
    seen = Path(os.environ["NOISY_SAMPLES"]) / name
    first = not seen.exists()
    seen.touch()
    assert not first


@pytest.mark.noisy("an example")
def test_marked() -> None:
    _passes_the_second_time("marked")


def test_not_marked() -> None:
    _passes_the_second_time("not marked")
