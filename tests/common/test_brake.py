"""A store that does not answer takes no more than some threads, and is tried again by one for all."""

from contextlib import ExitStack

import pytest

from common.brake import FAILURES, OPEN_SECONDS, OVERDUE_SECONDS, Brake, StoppedError


class Silence(Exception):
    """No answer came."""


class Clock:
    """Time that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def brake(clock: Clock) -> Brake:
    return Brake(most=2, clock=clock)


def fail(brake: Brake, error: type[Exception]) -> None:
    with pytest.raises(error), brake.call(Silence):
        raise error


def test_some_silences_in_a_row_spare_the_store_until_one_call_is_answered(brake: Brake, clock: Clock) -> None:
    for _ in range(FAILURES):
        fail(brake, Silence)
    with pytest.raises(StoppedError), brake.call(Silence):
        pass
    clock.now += OPEN_SECONDS
    with brake.call(Silence), pytest.raises(StoppedError), brake.call(Silence):
        pass
    with brake.call(Silence):
        pass


def test_an_error_that_the_store_answers_is_an_answer(brake: Brake) -> None:
    for _ in range(FAILURES - 1):
        fail(brake, Silence)
    fail(brake, KeyError)
    for _ in range(FAILURES - 1):
        fail(brake, Silence)
    with brake.call(Silence):
        pass


def test_as_many_as_like_may_be_under_way_while_none_is_overdue(brake: Brake) -> None:
    with ExitStack() as stack:
        for _ in range(5):
            stack.enter_context(brake.call(Silence))


def test_while_one_is_overdue_only_some_may_be_under_way(brake: Brake, clock: Clock) -> None:
    with brake.call(Silence):
        with brake.call(Silence):
            clock.now += OVERDUE_SECONDS + 0.1
            with pytest.raises(StoppedError), brake.call(Silence):
                pass
        with brake.call(Silence):
            pass


def test_one_that_may_last_is_not_overdue(brake: Brake, clock: Clock) -> None:
    with brake.call(Silence, lasting=True), brake.call(Silence, lasting=True):
        clock.now += OVERDUE_SECONDS + 0.1
        with brake.call(Silence), brake.call(Silence), brake.call(Silence):
            pass
