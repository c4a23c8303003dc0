"""Replicas and whole services die, hang and restart under load, uploads included."""

import signal
import time
from contextlib import ExitStack

import pytest

from local.processes import SERVICES
from tests.chaos.rig import REPLICAS, Rig, random_times
from tests.chaos.rows import SECONDS, running_row, told_to_come_back

pytestmark = [pytest.mark.long, pytest.mark.quiet, pytest.mark.timeout(400)]


def test_replicas_killed_at_random_times_cost_nobody_a_request(rig: Rig) -> None:
    """Sometimes the worker, sometimes its arbiter, sometimes both; never both replicas of a service at once."""
    kills = 0
    with running_row(rig, "replicas-killed") as row:
        for at in random_times(row.choice, SECONDS - 4, 1.0, 3.0):
            row.until(at / SECONDS)
            service = row.choice.choice(SERVICES)
            victim = f"{service}-{row.choice.randrange(2)}"
            which = row.choice.choice(("first", "workers", "all"))
            if all(rig.is_ready(f"{service}-{number}") for number in (0, 1)):
                print(f"{row.load.seconds:.1f} s: {victim} {which}")
                rig.kill(victim, which)
                kills += 1
        row.times = f"{kills} times"
    assert kills >= 10 * min(1, SECONDS / 60)


def test_a_replica_that_hangs_costs_nobody_a_request(rig: Rig) -> None:
    """It hangs for longer than the gateway waits. A worker that hangs for good is replaced automatically.

    Two calls are too expensive to be repeated after a time-out: those get 503 with Retry-After. No other call fails.
    """
    with (
        running_row(rig, "replicas-hung") as row,
        row.excusing(lambda mishap: told_to_come_back(mishap) and mishap.what in ("grant", "batch")),
    ):
        for number, service in enumerate(SERVICES):
            row.until(0.05 + 0.3 * number)
            if service == "download":
                victim = f"{service}-1"
                (hung,) = rig.pids(victim, "workers")
                rig.send(victim, signal.SIGSTOP, "workers")
                continue
            with rig.hung(f"{service}-{number}"):
                row.until(0.3 + 0.3 * number)
        row.until(1)
        rig.wait("the hung worker replaced", lambda: hung not in rig.pids("download-1", "workers"), 60)


def test_a_rolling_restart_and_a_reload_of_the_gateway_cost_nobody_a_request(rig: Rig) -> None:
    """Each replica is stopped and started again; the next one is stopped only when the first is ready."""
    restarts = reloads = 0
    with running_row(rig, "rolling-restart") as row:
        while row.load.seconds < SECONDS - 8:
            for replica in REPLICAS:
                if row.load.seconds > SECONDS - 8:
                    break
                rig.restart(replica)
                restarts += 1
            rig.send("gateway", signal.SIGHUP, "first")
            reloads += 1
            time.sleep(1)
        row.times = f"{restarts} replicas, {reloads} reloads"
    assert restarts >= len(REPLICAS) * min(1, SECONDS / 60)


def test_with_all_of_one_service_down_the_others_work(rig: Rig) -> None:
    """Its own calls get a 503 at once; all others are answered, including the last known lists."""
    calls = {
        "upload": {"grant", "complete", "cancel", "delete", "restore", "config"},
        "catalog": {"list", "page", "one"},
        "download": {"link", "batch"},
    }
    with running_row(rig, "service-down") as row:
        for number, service in enumerate(SERVICES):
            row.until(0.05 + 0.3 * number)
            with ExitStack() as stack:
                stack.enter_context(
                    row.excusing(lambda mishap, own=calls[service]: told_to_come_back(mishap) and mishap.what in own)
                )
                stack.enter_context(rig.down(f"{service}-0", f"{service}-1"))
                row.until(0.25 + 0.3 * number)
            rig.wait(f"{service} back", lambda service=service: rig.is_ready(f"{service}-0"))
    slowest = max(m.seconds for m in row.load.mishaps)
    print(f"slowest refusal {slowest:.2f} s")
    assert slowest < 5, "who cannot be served is told so at once"
