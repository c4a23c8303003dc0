"""Background work outlasts its request and runs once however many ask, up to a limit."""

import threading
from collections.abc import Callable

import pytest

from common.http.problems import Conflict, Unavailable
from upload.background import Background, WorkResult

LONG = 30.0


def held(release: threading.Event, runs: list[int]) -> Callable[[], str]:
    """Work that waits for its release and counts its runs."""

    def work() -> str:
        runs.append(1)
        assert release.wait(LONG)
        return "done"

    return work


def test_what_is_done_in_time_is_answered() -> None:
    background: Background[str] = Background()
    assert background.run("a", lambda: "done") == WorkResult("done", joined=False)


def test_what_takes_longer_goes_on_and_whoever_asks_again_meets_it() -> None:
    release, runs = threading.Event(), list[int]()
    background: Background[str] = Background(wait_seconds=0.05)
    assert background.run("a", held(release, runs)) is None
    assert background.run("a", held(release, runs)) is None
    background.wait_seconds = LONG
    release.set()
    outcome = background.run("a", held(release, runs))
    assert outcome is not None
    assert outcome.value == "done"
    assert len(runs) - (not outcome.joined) == 1


def test_after_the_end_the_next_one_works_anew() -> None:
    background: Background[int] = Background()
    assert [background.run("a", lambda: 1), background.run("a", lambda: 2)] == [
        WorkResult(1, False),
        WorkResult(2, False),
    ]


def test_the_works_own_error_is_raised() -> None:
    def work() -> str:
        raise Conflict("not yet")

    background: Background[str] = Background()
    for _ in range(2):
        with pytest.raises(Conflict):
            background.run("a", work)


def test_a_fault_that_nobody_waits_for_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    release = threading.Event()

    def work() -> str:
        assert release.wait(LONG)
        raise ZeroDivisionError

    background: Background[str] = Background(wait_seconds=0.01)
    assert background.run("a", work) is None
    background.wait_seconds = LONG
    release.set()
    with pytest.raises(ZeroDivisionError):
        background.run("a", work)
    assert "publishing failed" in caplog.text


def test_more_than_may_run_is_refused_for_now_and_then_taken() -> None:
    release, runs = threading.Event(), list[int]()
    background: Background[str] = Background(wait_seconds=0.05, max_running=1)
    assert background.run("a", held(release, runs)) is None
    with pytest.raises(Unavailable) as refused:
        background.run("b", held(release, runs))
    assert int(refused.value.headers["Retry-After"]) > 0
    background.wait_seconds = LONG
    release.set()
    background.run("a", held(release, runs))
    assert background.run("b", held(release, runs)) == WorkResult("done", joined=False)


def test_who_finds_no_seat_is_told_at_once_to_ask_again() -> None:
    release, runs = threading.Event(), list[int]()
    background: Background[str] = Background(wait_seconds=LONG, max_waiting=1)
    seated = threading.Thread(target=background.run, args=("a", held(release, runs)))
    seated.start()
    while not runs:
        seated.join(0.01)
    assert background.run("b", held(release, runs)) is None
    release.set()
    seated.join(LONG)
    assert background.run("c", lambda: "done") == WorkResult("done", joined=False)
