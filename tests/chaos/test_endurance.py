"""Ten minutes of mixed load: memory, open files, keys in Redis and staged bytes do not grow."""

import os
import random
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from tests.chaos.ledger import Fate
from tests.chaos.load import under_load
from tests.chaos.rig import REPLICAS, Rig, running_rig
from tests.chaos.rows import leaked, lost_pictures
from tests.chaos.visitor import Rules

MINUTES = float(os.environ.get("ENDURANCE_MINUTES", "10"))
"""Ten minutes are promised, and the store's first hiccups come before them; shorter runs are for trials."""
WARM_UP = 0.3
"""The share of the time in which caches, pools and the interpreters' own heaps still fill."""
SAMPLE_SECONDS = 5.0
HICCUPS, HICCUP_SECONDS = 4, 1.5
"""How often and how long the store pauses before the measuring begins.

Requests pile up then, and each takes a thread and a connection. So the pools have reached that size before the first
sample, and do not grow by chance at the end.
"""
HICCUP_EVERY = 12
"""Number of samples between two later pauses: full pools stay as they are, but a leak adds up."""

MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Limit:
    """How much a series may grow from the warm-up to the end: a share of its mean, and at least `least`."""

    share: float
    least: float


LIMITS = {
    "memory": Limit(0.12, 8 * MEGABYTE),
    # It holds an index of all objects, and Go takes memory in large steps and returns it late.
    "memory of the store": Limit(0.5, 120 * MEGABYTE),
    "open files": Limit(0.25, 12),
    "keys in Redis": Limit(0.25, 25),
    "bytes in Redis": Limit(0.25, 2 * MEGABYTE),
    "staged bytes": Limit(0.5, 256 * 1024),
}


def growth(values: Sequence[float]) -> float:
    """How much a series grew after its warm-up, by linear regression."""
    kept = values[int(len(values) * WARM_UP) :]
    count = len(kept)
    if count < 2:
        return 0.0
    middle, mean = (count - 1) / 2, sum(kept) / count
    slope = sum((place - middle) * (value - mean) for place, value in enumerate(kept)) / sum(
        (place - middle) ** 2 for place in range(count)
    )
    return slope * (count - 1)


def grows(values: Sequence[float], limit: Limit) -> bool:
    """Whether it grew by more than the limit allows."""
    kept = values[int(len(values) * WARM_UP) :]
    return growth(values) > max(limit.least, limit.share * sum(kept) / max(1, len(kept)))


@dataclass
class Samples:
    """Series, by quantity and process."""

    series: dict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))

    def take(self, rig: Rig) -> None:
        """Measure everything once."""
        parts = {"store": "all", "cache": "first", "gateway": "workers", "reconciler": "first"}
        for part in (*REPLICAS, *parts):
            memory = files = 0.0
            for pid in rig.pids(part, parts.get(part, "all")):
                with suppress(psutil.Error):
                    process = psutil.Process(pid)
                    memory += process.memory_info().rss
                    files += process.num_fds()
            self.series["memory of the store" if part == "store" else "memory", part].append(memory)
            self.series["open files", part].append(files)
        with rig.redis() as client:
            self.series["keys in Redis", "cache"].append(client.dbsize())
            self.series["bytes in Redis", "cache"].append(client.info("memory")["used_memory"])
        self.series["staged bytes", "store"].append(sum(rig.staged().values()))

    def growing(self) -> Mapping[str, float]:
        """The series that grow by more than their limits."""
        return {
            f"{what} of {whom}": growth(values)
            for (what, whom), values in self.series.items()
            if grows(values, LIMITS[what])
        }

    def __str__(self) -> str:
        lines = []
        for (what, whom), values in self.series.items():
            kept = values[int(len(values) * WARM_UP) :]
            lines.append(f"{what:20} {whom:12} {sum(kept) / len(kept):14,.0f} {growth(values):+14,.0f}")
        return "\n".join(lines)


@pytest.mark.parametrize(
    ("values", "leaks"),
    [
        ([90 * MEGABYTE] * 100, False),
        ([(40 + min(each, 30)) * MEGABYTE for each in range(100)], False),
        ([(90 + each % 7) * MEGABYTE for each in range(100)], False),
        ([(90 + each / 4) * MEGABYTE for each in range(100)], True),
    ],
    ids=["flat", "warms up", "wavers", "leaks"],
)
def test_a_leak_is_told_from_a_warm_up(values: list[float], leaks: bool) -> None:
    assert grows(values, LIMITS["memory"]) is leaks


@pytest.mark.long
@pytest.mark.timeout(MINUTES * 90 + 300)
def test_ten_minutes_of_load_leave_everything_as_it_was(short_folder: Path) -> None:
    """No request leaves anything behind: no memory, no files, no keys, no bytes in staging."""
    samples = Samples()
    with running_rig(short_folder / "endurance") as rig:
        with under_load(rig.gallery.port, rig.ledger, seed=10) as load:
            # Otherwise each page after a new picture would be one more key, for a day or until Redis evicts it.
            load.rules = Rules(pages=20, stale_seconds=10)
            for _ in range(HICCUPS):
                _hiccup(rig)
            end, number = time.monotonic() + MINUTES * 60, 0
            while time.monotonic() < end:
                if number % HICCUP_EVERY == 0:
                    _hiccup(rig)
                time.sleep(SAMPLE_SECONDS)
                samples.take(rig)
                number += 1
            seconds, sent = load.seconds, load.sent["gateway"]
        rig.wait_until_well()
        print(f"{sent} requests in {seconds:.0f} s, {len(load.mishaps)} mishaps")
        print(samples)
        assert load.wrong == []
        assert [mishap for mishap in load.mishaps if not mishap.explained] == []
        assert samples.growing() == {}
        everything = rig.ledger.all(Fate.PUBLISHED)
        assert lost_pictures(rig, everything[-300:], random.Random(10)) == []
        assert leaked(rig) == []


def _hiccup(rig: Rig) -> None:
    """Let requests pile up while the store is stopped, and wait until they are done before the next sample."""
    with rig.hung("store"):
        time.sleep(HICCUP_SECONDS)
    time.sleep(SAMPLE_SECONDS)
