"""A hung store occupies only a limited number of threads, and a single trial call finds out when it answers again."""

from contextlib import ExitStack

import pytest

from common.s3.overdue_bulkhead import (
    FAILURES,
    OPEN_SECONDS,
    OVERDUE_SECONDS,
    CallNotPermittedError,
    OverdueBulkhead,
)


class TimedOut(Exception):
    """The store did not answer."""


class Clock:
    """A clock that only moves when a test sets it."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def bulkhead(clock: Clock) -> OverdueBulkhead:
    return OverdueBulkhead(max_concurrent=2, clock=clock)


def fail(bulkhead: OverdueBulkhead, error: type[Exception]) -> None:
    with pytest.raises(error), bulkhead.call(TimedOut):
        raise error


def test_some_silences_in_a_row_spare_the_store_until_one_call_is_answered(
    bulkhead: OverdueBulkhead, clock: Clock
) -> None:
    for _ in range(FAILURES):
        fail(bulkhead, TimedOut)
    with pytest.raises(CallNotPermittedError), bulkhead.call(TimedOut):
        pass
    clock.now += OPEN_SECONDS
    with bulkhead.call(TimedOut), pytest.raises(CallNotPermittedError), bulkhead.call(TimedOut):
        pass
    with bulkhead.call(TimedOut):
        pass


def test_an_error_that_the_store_answers_is_an_answer(bulkhead: OverdueBulkhead) -> None:
    for _ in range(FAILURES - 1):
        fail(bulkhead, TimedOut)
    fail(bulkhead, KeyError)
    for _ in range(FAILURES - 1):
        fail(bulkhead, TimedOut)
    with bulkhead.call(TimedOut):
        pass


def test_as_many_as_like_may_be_under_way_while_none_is_overdue(bulkhead: OverdueBulkhead) -> None:
    with ExitStack() as stack:
        for _ in range(5):
            stack.enter_context(bulkhead.call(TimedOut))


def test_while_one_is_overdue_only_some_may_be_under_way(bulkhead: OverdueBulkhead, clock: Clock) -> None:
    with bulkhead.call(TimedOut):
        with bulkhead.call(TimedOut):
            clock.now += OVERDUE_SECONDS + 0.1
            with pytest.raises(CallNotPermittedError), bulkhead.call(TimedOut):
                pass
        with bulkhead.call(TimedOut):
            pass


def test_one_that_may_last_is_not_overdue(bulkhead: OverdueBulkhead, clock: Clock) -> None:
    with bulkhead.call(TimedOut, size_dependent=True), bulkhead.call(TimedOut, size_dependent=True):
        clock.now += OVERDUE_SECONDS + 0.1
        with bulkhead.call(TimedOut), bulkhead.call(TimedOut), bulkhead.call(TimedOut):
            pass
