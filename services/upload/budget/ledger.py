"""Counts the bytes that each client was granted: in Redis for all processes, or in memory where Redis does not answer.

A call to Redis costs a sixth of a small grant. So with a small request a process takes a lease: it counts some more
bytes at once, and grants the next small files of the same client from these without a call. A lease is small, and only
taken by requests that are much smaller still, so what idle leases withhold never decides about a large file: at most
1/256 of the budget in each process, for the few seconds that the lease lasts. No lease lets a client have more.

Redis is only a cache. While it does not answer, each process counts alone and starts with nothing counted. What a flush
or an eviction removes is no longer counted. A value that cannot be ours counts as nothing.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from common.cache.client import Cache, CacheUnavailable
from common.cache.generations import SCHEMA
from upload.budget.arithmetic import HOUR_US, SECOND_US, cost_of, take, waits
from upload.limits import UPLOAD_SECONDS

if TYPE_CHECKING:
    import redis

T = TypeVar("T")

MAX_CLIENTS = 10_000
"""How many clients a process remembers, about 3 MB. Beyond that it forgets those that it saw the longest ago."""
LEASE_BYTES = 128 * 1024 * 1024
"""At most this; see also LEASE_SHARE. It is enough for 25 photographs of 5 MB."""
LEASE_SHARE = 256
"""At most this part of the budget."""
WORTH_A_LEASE = 8
"""A lease is taken if it holds at least this many requests like the present one."""

TAKE = f"""
local time = redis.call('TIME')
local now = time[1] * {SECOND_US} + time[2]
local full = now + {HOUR_US}
local found = redis.pcall('GET', KEYS[1])
local free_at = type(found) == 'string' and string.match(found, '^%d+$') and tonumber(found) or now
if free_at > full + {HOUR_US} then free_at = now end
free_at = math.min(math.max(free_at, now), full)
local answer = {{0}}
for number, cost in ipairs(ARGV) do
    local fits = free_at + cost <= full
    if fits then free_at = free_at + cost end
    answer[number + 1] = fits and 1 or 0
end
answer[1] = free_at - now
redis.call('SET', KEYS[1], string.format('%.0f', free_at), 'PX', math.ceil(answer[1] / 1000) + 1)
return answer
"""
"""`arithmetic.take` by the clock of Redis, which all processes share.

The script is sent as a whole with EVAL, so one round trip suffices, also after a restart of Redis. The key expires when
all bytes have come back. A ``free_at`` more than an hour beyond what it can be is not ours; up to there, the clock may
have been set back."""


class _Lease(NamedTuple):
    left: int
    """In microseconds of the budget; see arithmetic.py."""
    ends: int
    """On the clock of this process. By then its bytes have come back, so it counts no more."""


class ByteBudget:
    """The budgets of all clients: ``budget`` bytes an hour each, or no limit if it is 0. Thread-safe.

    ``clock`` returns monotonic seconds.
    """

    def __init__(self, cache: Cache, budget: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._cache = cache
        self._budget = budget
        self._lease = cost_of(min(LEASE_BYTES, budget // LEASE_SHARE), budget) if budget else 0
        self._clock = clock
        self._lock = threading.Lock()
        self._leases: OrderedDict[str, _Lease] = OrderedDict()
        self._free_at: OrderedDict[str, int] = OrderedDict()
        """Counted by this process alone; see `arithmetic.take`."""
        self._begun: OrderedDict[str, bool] = OrderedDict()
        """The permissions that began a multipart upload here while Redis did not answer."""

    def take(self, client: str, sizes: Sequence[int]) -> list[int]:
        """Count the files that fit, in this order. Return how long each has to wait, in microseconds; 0: counted.

        ``sizes`` in bytes. One above the budget, of a file as large as it with a preview, counts as the whole budget.
        Raises nothing.
        """
        if not self._budget or not sizes:
            return [0] * len(sizes)
        costs = [cost_of(min(size, self._budget), self._budget) for size in sizes]
        if self._take_from_lease(client, sum(costs)):
            return [0] * len(sizes)
        try:
            used, fits = self._take_from_redis(client, costs)
        except CacheUnavailable:
            used, fits = self._take_alone(client, costs)
        return waits(used, costs, fits)

    def is_first(self, image_id: str) -> bool:
        """Whether this permission begins its first multipart upload, as far as is known. Raises nothing."""
        key = f"{SCHEMA}:begun:{image_id}"
        try:
            return self._cache.call(lambda redis: redis.set(key, 1, nx=True, ex=UPLOAD_SECONDS)) is not None
        except CacheUnavailable:
            with self._lock:
                known = image_id in self._begun
                _remember(self._begun, image_id, True)
            return not known

    def _take_from_lease(self, client: str, cost: int) -> bool:
        with self._lock:
            lease = self._valid_lease(client)
            if lease.left < cost:
                return False
            self._leases[client] = lease._replace(left=lease.left - cost)
        return True

    def _valid_lease(self, client: str) -> _Lease:
        lease = self._leases.get(client)
        return lease if lease and self._now() < lease.ends else _Lease(0, 0)

    def _take_from_redis(self, client: str, costs: list[int]) -> tuple[int, list[bool]]:
        wanted = [*costs, self._lease] if sum(costs) * WORTH_A_LEASE <= self._lease else costs
        key = f"{SCHEMA}:budget:{client}"
        used, *answers = self._cache.call(lambda redis: _eval(redis, key, wanted))
        fits = [answer == 1 for answer in answers]
        if len(wanted) > len(costs) and fits.pop():
            with self._lock:  # another thread may have taken one meanwhile
                left = self._valid_lease(client).left + self._lease
                _remember(self._leases, client, _Lease(left, self._now() + self._lease))
        return used, fits

    def _take_alone(self, client: str, costs: list[int]) -> tuple[int, list[bool]]:
        with self._lock:
            now = self._now()
            free_at, fits = take(self._free_at.get(client, now), now, costs)
            _remember(self._free_at, client, free_at)
        return free_at - now, fits

    def _now(self) -> int:
        return int(self._clock() * SECOND_US)


def _eval(client: "redis.Redis", key: str, costs: list[int]) -> list[int]:
    answer: list[int] = client.eval(TAKE, 1, key, *costs)
    return answer


def _remember(table: "OrderedDict[str, T]", client: str, value: T) -> None:
    table[client] = value
    table.move_to_end(client)
    if len(table) > MAX_CLIENTS:
        table.popitem(last=False)
