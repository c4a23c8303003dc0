"""How figures are taken and shown."""

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

ROUNDS = 5

T = TypeVar("T")


@dataclass(frozen=True)
class Figure:
    """A ratio beside its goal."""

    what: str
    value: float
    goal: float
    at_least: bool = True
    """Whether the goal is a lower bound; otherwise an upper one."""
    detail: str = ""
    unit: str = ""

    @property
    def reached(self) -> bool:
        return self.value >= self.goal if self.at_least else self.value <= self.goal

    def line(self) -> str:
        mark = "ok  " if self.reached else "MISS"
        sign = "≥" if self.at_least else "≤"
        value, goal = f"{self.value:.2f}{self.unit}", f"{sign} {self.goal:g}{self.unit}"
        return f"{mark} {self.what:<62} {value:>9}  goal {goal:<9} {self.detail}"


def in_turns(*measures: Callable[[], T], rounds: int = ROUNDS) -> list[list[T]]:
    """Each measure's results, taken in turns, so that a busy moment of the machine hits all of them."""
    results: list[list[T]] = [[] for _ in measures]
    for _ in range(rounds):
        for result, measure in zip(results, measures, strict=True):
            result.append(measure())
    return results


def median_ratio(ours: list[float], theirs: list[float]) -> float:
    """The median of the rounds' ratios."""
    return statistics.median(our / their for our, their in zip(ours, theirs, strict=True))


def rates(ours: list[float], theirs: list[float]) -> str:
    """Both medians, for the reader's feeling."""
    return f"{statistics.median(ours):,.0f}/s against {statistics.median(theirs):,.0f}/s"
