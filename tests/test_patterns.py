"""No pattern takes quadratic time on any text: requests, names and headers are other people's text."""

import importlib
import itertools
import pkgutil
import re
import time
from collections.abc import Callable, Iterator
from types import BuiltinMethodType, ModuleType
from typing import Any

import pytest

import catalog
import common
import download
import local
import upload

PACKAGES = (catalog, common, download, local, upload)
SHORT, LONG = 2_000, 16_000
MOST = 24
"""How much longer the long text may take: eight times is linear, and 64 times would be quadratic."""
NOISE_SECONDS = 0.002
"""Less than this is not compared: the clock and other programs weigh more."""


def patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    """Each pattern that a module keeps, itself or as one of its methods."""
    for module in modules():
        for name, value in vars(module).items():
            pattern = value.__self__ if isinstance(value, BuiltinMethodType) else value
            if isinstance(pattern, re.Pattern):
                yield f"{module.__name__}.{name}", pattern


def modules() -> Iterator[ModuleType]:
    for package in PACKAGES:
        for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            if not found.name.endswith("__main__"):
                yield importlib.import_module(found.name)


def worst_texts(pattern: str, length: int) -> Iterator[str]:
    """Long runs of what the pattern names, alone and in pairs, that end in something which fits nothing."""
    named = sorted({*re.sub(r"\\[a-zA-Z]", "", pattern), *"a0A ."} & set(map(chr, range(32, 127))))
    for pump in (*named, *map("".join, itertools.combinations(named, 2))):
        yield "x" + pump * (length // len(pump)) + "\0"


def is_linear(work: Callable[[str], object], short: str, long: str) -> bool:
    """Whether the time grows about as the text does."""
    took = seconds(work, long)
    return took < NOISE_SECONDS or took < MOST * seconds(work, short)


def seconds(work: Callable[[str], object], text: str) -> float:
    """The quickest of three: other programs only add to it."""
    return min(_once(work, text) for _ in range(3))


def _once(work: Callable[[str], object], text: str) -> float:
    began = time.thread_time()
    work(text)
    return time.thread_time() - began


PATTERNS = list(patterns())


@pytest.mark.parametrize(("name", "pattern"), PATTERNS, ids=[name for name, _ in PATTERNS])
def test_a_pattern_takes_linear_time(name: str, pattern: re.Pattern[Any]) -> None:
    for short, long in zip(worst_texts(pattern.pattern, SHORT), worst_texts(pattern.pattern, LONG), strict=True):
        for work in (pattern.search, pattern.fullmatch):
            assert is_linear(work, short, long), f"{name} on {long[:10]!r}…"


def test_a_quadratic_pattern_would_be_noticed() -> None:
    quadratic = re.compile(r"[\s.]+\Z")
    assert not is_linear(quadratic.search, "x" + "." * 500 + "y", "x" + "." * 4_000 + "y")
