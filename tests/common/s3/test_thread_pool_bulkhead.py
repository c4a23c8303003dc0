"""Look-ups with a deadline: which calls wait, which fail at once, and when S3 is tried again."""

import threading
from collections.abc import Iterator

import pytest

from common.circuit_breaker import CircuitBreaker
from common.s3.errors import StorageUnavailable
from common.s3.thread_pool_bulkhead import FAILURES, ThreadPoolBulkhead

SOON = 10


@pytest.fixture
def hanging() -> Iterator[threading.Event]:
    """An event that fake S3 calls wait for. Set at the end, so that no thread is left."""
    event = threading.Event()
    yield event
    event.set()


def test_no_more_calls_wait_than_could_be_served_in_time(hanging: threading.Event) -> None:
    """Four calls per thread may wait. Further calls fail at once, and succeed again later."""
    bulkhead = ThreadPoolBulkhead(threads=2)
    waiting = [bulkhead.submit(lambda: hanging.wait(SOON)) for _ in range(8)]
    with pytest.raises(StorageUnavailable):
        bulkhead.submit(lambda: True)
    hanging.set()
    assert all(future.result(SOON) for future in waiting)
    assert bulkhead.call(lambda: True)


def test_after_some_that_were_not_answered_nobody_waits(hanging: threading.Event) -> None:
    bulkhead = ThreadPoolBulkhead()
    called = []
    for _ in range(FAILURES):
        with pytest.raises(StorageUnavailable):
            bulkhead.call(lambda: hanging.wait(SOON), seconds=0.01)
    with pytest.raises(StorageUnavailable):
        bulkhead.call(lambda: called.append(1))
    assert called == []


def test_one_is_let_through_after_a_time_and_its_success_lets_all_through() -> None:
    now = 0.0
    circuit = CircuitBreaker(failures=2, open_seconds=3, clock=lambda: now)
    assert not circuit.failed()
    circuit.succeeded()
    assert not circuit.failed()  # only consecutive failures count
    assert circuit.failed()
    assert not circuit.may_call()
    now = 3.5
    assert [circuit.may_call() for _ in range(3)] == [True, False, False]
    circuit.failed()
    now = 6.0
    assert not circuit.may_call()
    now = 7.0
    assert circuit.may_call()
    circuit.succeeded()
    assert all(circuit.may_call() for _ in range(3))
