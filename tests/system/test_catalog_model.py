"""Compares the catalog with a simple model in hypothesis: any sequence of changes and walks, on several processes."""

import itertools
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from common.cache.generations import ListInvalidator
from common.domain.keys import MAX_TIME_MS, make_id
from tests.support.cache import Cache
from tests.support.replicas import Replica, running_replicas
from tests.support.services import environment
from tests.support.store import Store
from tests.system.planting import ids, list_invalidator, put

HOUR = 3600
SPAN_HOURS = 6
LONG_AGO_MS = 631_152_000_000  # 1990
FAR_AWAY_MS = MAX_TIME_MS // 4
NO_CACHE = {"Cache-Control": "no-cache"}
T = TypeVar("T")
NUMBERS = st.integers(0, 99)


@dataclass
class Walk:
    """One client that reads through the pages; `must` holds the pictures that existed during the whole walk."""

    limit: int
    must: set[str]
    before: str = ""
    seen: list[str] = field(default_factory=list)
    cursor: str | None = ""


class GalleryMachine(RuleBasedStateMachine):
    """Pictures are added (also late), deleted and restored; clients read through any of the processes.

    The drawn data never depends on the services' answers: hypothesis must be able to replay a run.
    """

    catalogs: ClassVar[list[Replica]]
    store: ClassVar[Store]
    invalidator: ClassVar[ListInvalidator]
    spans: ClassVar[Iterator[int]] = itertools.count()

    @initialize(settled=st.booleans())
    def begin(self, settled: bool) -> None:
        """Use a time range of its own in the shared store, sometimes where the list counts as settled.

        The other ranges lie in the future, where pages are cached like the head of the list.
        """
        number = next(self.spans)
        self.settled = settled
        self.start_ms = (LONG_AGO_MS if self.settled else FAR_AWAY_MS) + number * SPAN_HOURS * HOUR * 1000
        self.there: dict[str, str] = {}
        self.trash: dict[str, str] = {}
        self.walks: list[Walk] = []
        self.clock = 0

    @rule(count=st.integers(1, 4), late=st.none() | st.floats(0, 1, exclude_max=True), noise=st.integers(0, 2**48 - 1))
    def publish(self, count: int, late: float | None, noise: int) -> None:
        """Publish at the front or between existing pictures; in a settled range, announce it like a deletion."""
        for place in range(count):
            self.clock += 1
            at = self.start_ms + int(self.clock * 1000 * (1 if late is None else late))
            image_id = make_id(at, place, noise << 16 | self.clock)
            self.there[image_id] = put(self.store, image_id)
        self.invalidator.invalidate(deletes=self.settled)

    @rule(which=NUMBERS)
    def delete(self, which: int) -> None:
        if self.there:
            image_id = pick(sorted(self.there), which)
            key = self.trash[image_id] = self.there.pop(image_id)
            self.store.client("admin").delete_object(Bucket=self.store.bucket, Key=key)
            self.invalidator.invalidate(deletes=True)
            for walk in self.walks:
                walk.must.discard(image_id)

    @rule(which=NUMBERS)
    def restore(self, which: int) -> None:
        if self.trash:
            image_id = pick(sorted(self.trash), which)
            self.there[image_id] = self.trash.pop(image_id)
            put(self.store, image_id)
            self.invalidator.invalidate(deletes=True)

    @rule(limit=st.integers(1, 5))
    def begin_a_walk(self, limit: int) -> None:
        self.walks.append(Walk(limit, set(self.there), before=self.now_text()))

    @rule(which=NUMBERS, process=st.integers(0, 1), insist=st.booleans())
    def walk_on(self, which: int, process: int, insist: bool) -> None:
        going = [walk for walk in self.walks if walk.cursor is not None]
        if not going:
            return
        walk = pick(going, which)
        start = f"cursor={walk.cursor}" if walk.cursor else f"before={walk.before}"
        page = self.page(process, f"limit={walk.limit}&{start}&after={self.end_text()}", insist)
        shown = ids(page)
        newest_allowed = walk.seen[-1] if walk.seen else ""
        assert shown == self.expected(walk, newest_allowed)[: len(shown)]
        walk.seen += shown
        walk.cursor = page["next_cursor"]
        if walk.cursor is None:
            assert not walk.must - set(walk.seen), "skipped a picture that was there all the time"

    @rule(process=st.integers(0, 1), insist=st.booleans())
    def look(self, process: int, insist: bool) -> None:
        """Any reader sees exactly the current pictures, because Redis is well and every change was announced."""
        page = self.page(process, f"limit=200&before={self.now_text()}&after={self.end_text()}", insist)
        assert ids(page) == sorted(self.there)

    @invariant()
    def nobody_sees_a_picture_twice(self) -> None:
        for walk in getattr(self, "walks", []):
            assert len(set(walk.seen)) == len(walk.seen)
            assert walk.seen == sorted(walk.seen)

    def teardown(self) -> None:
        """Leave nothing at the head of the list, which later tests share."""
        for image_id in getattr(self, "there", {}):
            self.store.client("admin").delete_object(Bucket=self.store.bucket, Key=self.there[image_id])

    def expected(self, walk: Walk, behind: str) -> list[str]:
        return [image_id for image_id in sorted(self.there) if image_id > behind]

    def page(self, process: int, query: str, insist: bool) -> Any:
        reply = self.catalogs[process].ask(f"/api/images?{query}", headers=NO_CACHE if insist else {})
        assert reply.status == 200, reply.body
        return reply.json()

    def now_text(self) -> str:
        return text(self.start_ms + SPAN_HOURS * HOUR * 1000 // 2)

    def end_text(self) -> str:
        return text(self.start_ms - HOUR * 1000)


def pick(choices: Sequence[T], which: int) -> T:
    return choices[which % len(choices)]


def text(time_ms: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time_ms / 1000))


@pytest.fixture
def machine(store: Store, cache: Cache, short_folder: Path) -> Iterator[type[GalleryMachine]]:
    variables = environment(store, cache, "catalog")
    with (
        running_replicas("catalog", variables, short_folder / "model") as replicas,
        list_invalidator(cache) as invalidator,
    ):
        GalleryMachine.catalogs = replicas
        GalleryMachine.store = store
        GalleryMachine.invalidator = invalidator
        yield GalleryMachine


@pytest.mark.parametrize("examples", [12, pytest.param(150, marks=[pytest.mark.long, pytest.mark.timeout(600)])])
def test_the_list_is_what_the_model_says(machine: type[GalleryMachine], examples: int) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
