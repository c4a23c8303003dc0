"""How results are collected and shown."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Figure:
    """A measured value with its goal."""

    what: str
    value: float
    goal: float | None
    """None: the value is shown for comparison only."""
    at_least: bool = True
    """Whether the goal is a lower bound; if not, it is an upper bound."""
    detail: str = ""
    unit: str = ""

    @property
    def reached(self) -> bool:
        """Whether the value reaches its goal."""
        if self.goal is None:
            return True
        return self.value >= self.goal if self.at_least else self.value <= self.goal

    @property
    def shown(self) -> str:
        """The value as text."""
        return f"{self.value:.2f}{self.unit}"

    @property
    def shown_goal(self) -> str:
        """The goal as text."""
        return "–" if self.goal is None else f"{'≥' if self.at_least else '≤'} {self.goal:g}{self.unit}"

    def line(self) -> str:
        """What the terminal shows."""
        mark = "    " if self.goal is None else "ok  " if self.reached else "MISS"
        return f"{mark} {self.what:<64} {self.shown:>10}  goal {self.shown_goal:<10} {self.detail}"


@dataclass(frozen=True)
class Table:
    """Measurements without a goal."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]

    def line(self) -> str:
        """What the terminal shows."""
        return "\n".join(
            [self.title, *("  " + "  ".join(f"{cell:>20}" for cell in row) for row in (self.head, *self.rows))]
        )


Result = Figure | Table


def in_turns(*measures: Callable[[], T], rounds: int) -> list[list[T]]:
    """Measure in turns, so that a busy moment of the machine affects all; return the results of each."""
    results: list[list[T]] = [[] for _ in measures]
    for _ in range(rounds):
        for result, measure in zip(results, measures, strict=True):
            result.append(measure())
    return results


def median_ratio(ours: list[float], theirs: list[float]) -> float:
    """Return the median of the rounds' ratios."""
    return statistics.median(our / their for our, their in zip(ours, theirs, strict=True))
