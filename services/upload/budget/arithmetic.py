"""Decides which files fit into a budget of bytes an hour. Pure: the clock is an argument.

What was granted comes back evenly over the hour, so a client that waits goes on with the first file that fits. This is
the generic cell rate algorithm (ITU-T I.371, annex A): the state of an address is one time, at which all that was
granted to it will have come back. A file of n bytes moves this time by n / budget of an hour, and fits as long as the
time is at most an hour ahead. So a client that was granted nothing for an hour may be granted the whole budget at once,
and no client is ever granted more than twice the budget within an hour.

All times are whole microseconds, which Redis's doubles hold exactly.
"""

from collections.abc import Sequence

HOUR_US = 3_600_000_000
SECOND_US = 1_000_000


def cost_of(size: int, budget: int) -> int:
    """Return the time that it takes until ``size`` bytes have come back, rounded up. Both are in bytes."""
    return -(-size * HOUR_US // budget)


def take(free_at: int, now: int, costs: Sequence[int]) -> tuple[int, list[bool]]:
    """Count each cost that fits, in this order. Return the new ``free_at``, and which costs were counted.

    A ``free_at`` in the past stands for an address that was granted nothing.
    """
    free_at = min(max(free_at, now), now + HOUR_US)
    fits = []
    for cost in costs:
        fits.append(free_at + cost <= now + HOUR_US)
        if fits[-1]:
            free_at += cost
    return free_at, fits


def waits(used: int, costs: Sequence[int], fits: Sequence[bool]) -> list[int]:
    """Return how long each cost has to wait, 0 for those that fit; ``used`` is ``free_at - now`` after `take`.

    Each refused file waits for the refused ones before it too, so all of them can be granted if each is asked for again
    after its own wait.
    """
    found = []
    for cost, fit in zip(costs, fits, strict=True):
        used += 0 if fit else cost
        found.append(0 if fit else used - HOUR_US)
    return found


def seconds(wait: int) -> int:
    """Return a wait in whole seconds, rounded up, for Retry-After (RFC 9110 section 10.2.3)."""
    return -(-wait // SECOND_US)
