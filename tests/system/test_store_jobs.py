"""The embedded store's job that walks every key never runs, and its other jobs do."""

import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.store import Store, running_store

WITH_ADMINISTRATION = ("-admin.ui=true", "-disableHttp=false")
"""The store's administration page, to ask for its scheduler's state. The installation runs without it."""


def enabled(folder: Path, *, prepared: bool) -> dict[str, bool]:
    """The jobs that a store's scheduler would run."""
    folder.mkdir(exist_ok=True)
    with running_store(folder, options=WITH_ADMINISTRATION, prepared=prepared) as store:
        deadline = time.monotonic() + 20
        while True:  # its worker reports the jobs a moment after the start
            jobs = _states(store)
            if {"s3_lifecycle", "vacuum"} <= jobs.keys() and all("detector_worker_id" in job for job in jobs.values()):
                return {name: job["enabled"] for name, job in jobs.items()}
            assert time.monotonic() < deadline, jobs
            time.sleep(0.1)


def _states(store: Store) -> dict[str, Any]:
    with suppress(requests.ConnectionError):
        answer = requests.get(f"http://127.0.0.1:{store.ports.admin}/api/plugin/scheduler-states", timeout=5)
        return {state["job_type"]: state for state in answer.json() or ()}
    return {}


@pytest.mark.parametrize("ran_before", [False, True], ids=["new", "ran before"])
def test_it_is_off_in_a_new_store_and_in_one_that_had_it_on(short_folder: Path, ran_before: bool) -> None:
    folder = short_folder / f"jobs-{ran_before}"
    others = {}
    if ran_before:
        others = enabled(folder, prepared=False)
        assert others.pop("s3_lifecycle"), "the store's own default"
    for _ in range(2):  # the store does not change it either
        found = enabled(folder, prepared=True)
        assert found.pop("s3_lifecycle") is False
        assert found["vacuum"] is True
        assert found == (others or found)
