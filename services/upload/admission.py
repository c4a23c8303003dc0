"""Decides whether there is room for more uploads: on the store's disk, and in the budget of the client's address."""

import logging
from collections.abc import Sequence
from itertools import compress
from operator import not_

from prometheus_client import Counter

from upload.budget.arithmetic import seconds
from upload.budget.ledger import ByteBudget
from upload.errors import DiskNearlyFull, OverBudget
from upload.store_space import StoreSpace, fitting

log = logging.getLogger(__name__)

REFUSED = Counter(
    "vitrine_grants_refused_total",
    "Files that were refused because a client's hourly budget was used up, or the store's disk nearly full.",
    ["reason"],
)


class Admission:
    """Admits files. Bytes count towards the client's budget once they are admitted, never again after that."""

    def __init__(self, budget: ByteBudget, space: StoreSpace) -> None:
        self._budget = budget
        self._space = space

    def admit(self, client: str, sizes: Sequence[int]) -> list[OverBudget | DiskNearlyFull | None]:
        """Admit each file that fits, in this order. Return a problem for each that does not, and None for the others.

        ``client``: see budget/client_address.py; ``sizes`` in bytes, each of a file with its preview.
        """
        fits = fitting(self._space.room(), sizes)
        asked = list(compress(sizes, fits))
        waits = [seconds(wait) for wait in self._budget.take(client, asked)]
        _report(client, "disk", list(compress(sizes, map(not_, fits))), 0)
        _report(client, "budget", list(compress(asked, waits)), max(waits, default=0))
        left = iter(waits)
        return [_refusal(next(left)) if fit else DiskNearlyFull() for fit in fits]

    def admit_parts(self, client: str, image_id: str, size: int) -> OverBudget | DiskNearlyFull | None:
        """Admit one more multipart upload for a permission. The first was admitted with the permission itself."""
        if self._budget.is_first(image_id):
            return None
        (refusal,) = self.admit(client, [size])
        return refusal


def _refusal(wait: int) -> OverBudget | None:
    return OverBudget(wait) if wait else None


def _report(client: str, reason: str, sizes: Sequence[int], wait: int) -> None:
    """Count the files that were refused, and log whose they are.

    ``wait``: seconds until the last of them fits, or 0 if that is not known.
    """
    if sizes:
        REFUSED.labels(reason).inc(len(sizes))
        said = {"client": client, "reason": reason, "files": len(sizes), "bytes": sum(sizes), "wait_seconds": wait}
        log.info("files refused", extra=said)
