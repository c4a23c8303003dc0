"""Decides whether there is room for more uploads: on the store's disk, and in the budget of the client's address."""

from collections.abc import Sequence

from prometheus_client import Counter

from upload.budget.arithmetic import seconds
from upload.budget.ledger import ByteBudget
from upload.errors import DiskNearlyFull, OverBudget
from upload.store_space import StoreSpace, fitting

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

        ``client``: see budget/client_address.py; ``sizes`` in bytes.
        """
        fits = fitting(self._space.room(), sizes)
        waits = iter(self._budget.take(client, [size for size, fit in zip(sizes, fits, strict=True) if fit]))
        return [_refusal(next(waits)) if fit else _disk_nearly_full() for fit in fits]


def _refusal(wait: int) -> OverBudget | None:
    if not wait:
        return None
    REFUSED.labels("budget").inc()
    return OverBudget(seconds(wait))


def _disk_nearly_full() -> DiskNearlyFull:
    REFUSED.labels("disk").inc()
    return DiskNearlyFull()
