"""A replica with a wrong clock: small offsets are corrected, large ones reported, and nothing wrong is published."""

import pytest

from local.processes import SERVICES
from tests.chaos.load import Mishap
from tests.chaos.rig import Rig
from tests.chaos.rows import running_row, told_to_come_back

pytestmark = [pytest.mark.long, pytest.mark.quiet, pytest.mark.timeout(400)]

MINUTES = 60


def refused_for_its_date(mishap: Mishap) -> bool:
    """A signature with another time: the store refuses it, to a browser (403) or to the service, which answers 503."""
    return told_to_come_back(mishap) or (mishap.who == "store" and mishap.status in (400, 403))


def set_clocks(rig: Rig, seconds: float | None) -> None:
    """Give one replica of each service another clock."""
    for service in SERVICES:
        rig.seam(service, "clock", None if seconds is None else str(seconds))
        rig.restart(f"{service}-0")
        rig.seam(service, "clock", None)


def test_a_wrong_clock_publishes_nothing_wrong_and_freezes_no_list(rig: Rig) -> None:
    """One replica of each service is four minutes fast, then four slow, then two hours off either way."""
    with running_row(rig, "clock") as row:
        for place, minutes in enumerate((4, -4, 120, -120)):
            row.until(0.02 + 0.23 * place)
            if abs(minutes) > 15:
                with row.excusing(refused_for_its_date):
                    set_clocks(rig, minutes * MINUTES)
                    row.until(0.2 + 0.23 * place)
                    set_clocks(rig, None)
            else:
                set_clocks(rig, minutes * MINUTES)
        row.times = "4 minutes and 2 hours, both ways"
