"""After all the faults: clients that walked away have lost nothing, and have left nothing behind."""

import time

import pytest

from tests.chaos.ledger import Fate, Upload
from tests.chaos.rig import Rig
from tests.chaos.rows import leaked, lost_pictures, running_row
from tests.chaos.visitor import Rules
from tests.chaos.wire import Wire

pytestmark = [pytest.mark.long, pytest.mark.quiet, pytest.mark.timeout(500)]

RECONCILED_SECONDS = 180
"""An upload is the reconciler's after a minute, and its turns are half a minute apart; it may also be busy."""


def test_what_was_sent_appears_and_what_was_not_leaves_nothing(rig: Rig) -> None:
    """Clients send and never complete, or stop in the middle of the bytes; those of other tests here count too."""
    before = {upload.id for upload in rig.ledger.all(Fate.SENT, Fate.HALF_SENT)}
    with running_row(rig, "clients") as row:
        row.load.rules = Rules(leavers=4)
        row.until(0.95)
        halves = rig.ledger.all(Fate.HALF_SENT)
        gone, within = (
            sum(upload.id not in before for upload in rig.ledger.all(fate)) for fate in (Fate.SENT, Fate.HALF_SENT)
        )
        row.times = f"{gone} after the PUT, {within} during it"
    began = time.monotonic()
    sent = rig.ledger.all(Fate.SENT)
    print(f"{len(sent)} uploads wait for the reconciler")
    wire = Wire(rig.gallery.port)

    def status(upload: Upload) -> int:
        return wire.ask("GET", f"/api/images/{upload.id}").status

    for upload in sent:
        rig.wait(
            f"{upload.id} published",
            lambda upload=upload: status(upload) == 200,
            max(1, began + RECONCILED_SECONDS - time.monotonic()),
        )
        rig.ledger.settle(upload, Fate.PUBLISHED)
    print(f"all there after {time.monotonic() - began:.0f} s")
    assert {status(upload) for upload in halves} <= {404}
    assert lost_pictures(rig, sent, row.choice, older=200) == []
    unsettled = {upload.id for upload in rig.ledger.all(Fate.UNKNOWN)}
    rig.wait("nothing left in staging", lambda: not unsettled & rig.staged().keys(), 120)
    assert leaked(rig) == []
    wire.close()
