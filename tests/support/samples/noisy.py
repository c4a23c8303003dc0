"""Tests that fail at first and would pass when run again. tests/test_noisy.py runs them in a pytest of its own."""

import os
from pathlib import Path

import pytest

from tests.support.noisy import TooSlow


def _passes_the_second_time(name: str, error: type[Exception]) -> None:
    seen = Path(os.environ["NOISY_SAMPLES"]) / name
    first = not seen.exists()
    seen.touch()
    if first:
        raise error


@pytest.mark.noisy("an example")
def test_marked() -> None:
    _passes_the_second_time("marked", TooSlow)


@pytest.mark.noisy("an example")
def test_marked_with_another_fault() -> None:
    _passes_the_second_time("another fault", AssertionError)


def test_not_marked() -> None:
    _passes_the_second_time("not marked", TooSlow)
