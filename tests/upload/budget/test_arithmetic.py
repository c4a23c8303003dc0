"""What fits into an hour's budget, and when the rest does."""

from hypothesis import given
from hypothesis import strategies as st

from upload.budget.arithmetic import HOUR_US, SECOND_US, cost_of, seconds, take, waits
from upload.settings import DEFAULT_BUDGET, MAX_BUDGET

NOW = 1_800_000_000 * SECOND_US
BUDGETS = st.integers(1, MAX_BUDGET)


def test_the_whole_budget_fits_at_once_and_not_a_byte_more() -> None:
    budget = 1000
    free_at, fits = take(0, NOW, [cost_of(600, budget), cost_of(401, budget), cost_of(400, budget)])
    assert fits == [True, False, True]
    assert free_at == NOW + HOUR_US


def test_half_an_hour_brings_half_of_it_back() -> None:
    budget = 1000
    free_at, _ = take(0, NOW, [cost_of(1000, budget)])
    later = NOW + HOUR_US // 2
    assert take(free_at, later, [cost_of(501, budget)])[1] == [False]
    assert take(free_at, later, [cost_of(500, budget)])[1] == [True]


def test_an_hour_brings_all_of_it_back_and_no_more_than_that() -> None:
    free_at, _ = take(0, NOW, [HOUR_US])
    for hours in (1, 2, 1000):
        assert take(free_at, NOW + hours * HOUR_US, [HOUR_US, 1])[1] == [True, False]


def test_files_that_wait_wait_one_after_the_other() -> None:
    second = [SECOND_US * 10] * 3
    assert waits(HOUR_US, second, [False] * 3) == [10 * SECOND_US, 20 * SECOND_US, 30 * SECOND_US]
    assert waits(HOUR_US - SECOND_US * 4, second, [False, True, False]) == [6 * SECOND_US, 0, 16 * SECOND_US]


def test_retry_after_is_never_too_short() -> None:
    assert [seconds(wait) for wait in (1, SECOND_US, SECOND_US + 1, HOUR_US)] == [1, 1, 2, 3600]


@given(BUDGETS, st.lists(st.tuples(st.floats(0, 1), st.integers(0, HOUR_US)), max_size=30))
def test_no_hour_grants_more_than_twice_the_budget_and_no_moment_more_than_once(
    budget: int, asked: list[tuple[float, int]]
) -> None:
    """Whatever is asked for, and whenever."""
    free_at, now = 0, NOW
    granted: list[tuple[int, int]] = []
    for share, pause in asked:
        now += pause
        size = int(budget * share)
        free_at, (fits,) = take(free_at, now, [cost_of(size, budget)])
        if fits:
            granted.append((now, size))
    for begin, _ in granted:
        hour = sum(size for at, size in granted if begin <= at <= begin + HOUR_US)
        assert hour <= 2 * budget
        assert sum(size for at, size in granted if at == begin) <= budget


@given(BUDGETS, st.lists(st.floats(0, 1), min_size=1, max_size=20), st.integers(0, HOUR_US))
def test_each_file_fits_once_it_has_waited_as_long_as_it_was_told(budget: int, shares: list[float], used: int) -> None:
    costs = [cost_of(int(budget * share), budget) for share in shares]
    free_at, fits = take(NOW + used, NOW, costs)
    told = waits(free_at - NOW, costs, fits)
    for wait, cost in sorted((wait, cost) for wait, cost, fit in zip(told, costs, fits, strict=True) if not fit):
        assert wait > 0
        assert take(free_at, NOW + wait - 1, [cost])[1] == [False], "it was told to wait too long"
        free_at, (fits_now,) = take(free_at, NOW + wait, [cost])
        assert fits_now


def test_ten_gigabytes_of_photographs_are_far_below_the_default() -> None:
    _, fits = take(0, NOW, [cost_of(5_000_000, DEFAULT_BUDGET)] * 2000)
    assert all(fits)
