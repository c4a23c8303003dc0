"""Without Redis each process counts alone: no longer than it must, and for a bounded number of clients."""

import pytest

from common.cache.client import Cache
from upload.budget import ledger
from upload.budget.arithmetic import HOUR_US, SECOND_US
from upload.budget.ledger import ByteBudget

BUDGET = 1000


class Clock:
    """Seconds that only a test moves."""

    def __init__(self) -> None:
        self.now = 5.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def alone(clock: Clock, budget: int = BUDGET) -> ByteBudget:
    """One process without a Redis."""
    return ByteBudget(Cache(""), budget, clock=clock)


def test_each_client_has_a_budget_of_its_own_and_it_comes_back(clock: Clock) -> None:
    budget = alone(clock)
    assert budget.take("a", [600, 400]) == [0, 0]
    assert budget.take("a", [100]) == [HOUR_US // 10]
    assert budget.take("b", [1000]) == [0]
    clock.now += 359
    assert budget.take("a", [100]) == [SECOND_US]
    clock.now += 1
    assert budget.take("a", [100, 1]) == [0, 3_600_000]


def test_what_is_refused_changes_nothing(clock: Clock) -> None:
    budget = alone(clock)
    budget.take("a", [900])
    for _ in range(3):
        assert budget.take("a", [101]) == [3_600_000]
    assert budget.take("a", [100]) == [0]


def test_zero_limits_nothing(clock: Clock) -> None:
    assert alone(clock, 0).take("a", [10**12] * 3) == [0, 0, 0]


def test_a_request_without_a_valid_file_counts_nothing(clock: Clock) -> None:
    assert alone(clock).take("a", []) == []


def test_the_number_of_clients_is_bounded_and_the_latest_are_remembered(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "MAX_CLIENTS", 3)
    budget = alone(clock)
    for client in "abcd":
        budget.take(client, [BUDGET])
    assert len(budget._free_at) == 3
    assert [bool(budget.take(client, [1])[0]) for client in "bcd"] == [True, True, True]
    assert budget.take("a", [1]) == [0]


def test_a_permission_is_first_once(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "MAX_CLIENTS", 3)
    budget = alone(clock)
    assert [budget.is_first(name) for name in "abab"] == [True, True, False, False]
    assert [budget.is_first(name) for name in "cde"] == [True] * 3
    assert len(budget._begun) == 3
