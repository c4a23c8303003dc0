"""The gateway, Redis and the reconciler are killed and hung: only requests in flight at that moment fail."""

import time

import pytest

from tests.chaos.load import Mishap
from tests.chaos.rig import Rig
from tests.chaos.rows import running_row

pytestmark = [pytest.mark.long, pytest.mark.quiet, pytest.mark.timeout(400)]


CUT = {
    "BadStatusLine",
    "BrokenPipeError",
    "ConnectionAbortedError",
    "ConnectionRefusedError",
    "ConnectionResetError",
    "IncompleteRead",
    "OSError",
    "RemoteDisconnected",
}
"""No time-out in this list: a time-out would be a gateway that hangs."""
UNTIL_NOTICED = 5
"""Seconds until each client has used its kept connection again: it sends about one request a second."""
HUNG_SECONDS = 4


def cut(mishap: Mishap) -> bool:
    """The connection ended: it belonged to a killed process of the gateway, or nobody listened."""
    return mishap.who == "gateway" and mishap.status == 0 and mishap.fault in CUT


def test_what_is_killed_comes_back_and_what_hung_goes_on(rig: Rig) -> None:
    """A worker of the gateway, its master (which leaves its workers behind), Redis, the reconciler."""
    with running_row(rig, "other-parts") as row:
        for at, part, which in (
            (0.05, "cache", "all"),
            (0.12, "gateway", "workers"),
            (0.22, "reconciler", "all"),
            (0.3, "gateway", "first"),
            (0.45, "gateway", "all"),
            (0.6, "cache", "all"),
        ):
            row.until(at)
            before = rig.gallery.pids[part]
            # A client notices that its kept connection is cut only when it sends again.
            with row.excusing(cut if part == "gateway" else lambda _: False, afterwards=UNTIL_NOTICED):
                rig.kill(part, which)
                if which != "workers":
                    rig.wait(f"{part} back", lambda part=part, before=before: rig.gallery.pids[part] not in (0, before))
                    rig.wait(f"{part} up", lambda part=part: rig.gallery.states[part].state == "RUNNING")
        row.until(0.72)
        with rig.hung("reconciler"), rig.hung("gateway", only="worker process"):
            time.sleep(HUNG_SECONDS)  # the fault itself
        row.until(0.95)
        row.times = "6 kills, 2 hung"
    assert row.load.slowest["gateway"][0] > HUNG_SECONDS - 1, "nobody noticed that a worker hung"
    lost = [mishap for mishap in row.load.mishaps if cut(mishap)]
    print(f"{len(lost)} connections were cut")
    assert rig.gallery.process is not None
    assert rig.gallery.process.poll() is None, "nothing of it may end all the rest"
