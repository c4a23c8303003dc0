"""Which uploads the reconciler handles in a turn, and in what order; no upload keeps it from the rest."""

from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY

import upload.reconciler
from common.domain.keys import image_prefix, make_id, preview_key, staging_cancel_key, staging_key
from common.s3.errors import StorageUnavailable
from common.s3.multipart import MultipartStorage
from common.settings import Settings
from tests.common.test_settings import GOOD
from tests.support.one_picture import CLAIMS, PICTURE
from tests.support.s3_model import Client, Held, Refusal
from upload.expiry import Expiry
from upload.lifecycle.executor import Executor
from upload.lifecycle.metadata import metadata_for
from upload.lifecycle.states import UploadState, tombstone
from upload.reconciler import REPAIR_AGE, Reconciler
from upload.settings import MIN_STAGING_HOURS

NOW = 1_800_000_000
METADATA = tuple(sorted({**metadata_for(CLAIMS), "preview": "-"}.items()))


class Store(Client):
    """The S3 model, with keys that cannot be read, and a count of calls."""

    def __init__(self) -> None:
        super().__init__(NOW)
        self.broken: set[str] = set()
        self.calls: list[str] = []

    def __getattr__(self, call: str) -> Any:
        ask = super().__getattr__(call)

        def asked(**arguments: Any) -> Any:
            self.calls.append(call)
            if call == "get_object" and arguments["Key"] in self.broken:
                raise Refusal(503, "SlowDown").error()
            return ask(**arguments)

        return asked

    def send(self, number: int, age: int, body: bytes = PICTURE) -> str:
        """PUT a picture like a browser did that many seconds ago; return its id."""
        image_id = make_id((NOW - age) * 1000, 0, number)
        self.bucket = {**self.bucket, staging_key(image_id): Held(body, METADATA, modified=NOW - age)}
        return image_id

    def published(self) -> list[str]:
        """The ids of the pictures in the gallery."""
        return [key[7:33] for key in self.bucket if key.startswith("images/")]

    def staged(self) -> list[str]:
        """The ids of the files that await publishing."""
        return [key[8:] for key, held in self.bucket.items() if key.startswith("staging/") and held.body]


class Nobody:
    """Replaces the lists, which no test here reads."""

    def invalidate(self, *, deletes: bool) -> None:
        """Do nothing."""


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def reconciler(store: Store) -> Reconciler:
    storage = MultipartStorage(Settings.load(GOOD), client=store)  # type: ignore[arg-type]
    return Reconciler(storage, Executor(storage, Nobody()))  # type: ignore[arg-type]


def metric(name: str) -> float:
    return REGISTRY.get_sample_value(f"vitrine_reconciler_{name}") or 0.0


def test_it_takes_the_oldest_first_and_no_more_than_a_turn_s_work(
    store: Store, reconciler: Reconciler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload.reconciler, "MAX_PER_TURN", 3)
    sent = [store.send(number, 100 + number) for number in range(8)]
    oldest_first = sent[::-1]
    seen = []
    while len(seen) < 8:
        assert reconciler.run_once() == min(3, 8 - len(seen))
        seen += [image_id for image_id in store.published() if image_id not in seen]
        assert sorted(seen) == sorted(oldest_first[: len(seen)])
        assert reconciler.has_more_due is (len(seen) < 8)
    assert reconciler.run_once() == 0


def test_young_and_expired_uploads_are_left_alone(store: Store, reconciler: Reconciler) -> None:
    store.send(1, 59)
    store.send(2, 6 * 24 * 3600 + 60)
    due = store.send(3, 61)
    assert reconciler.run_once() == 1
    assert store.published() == [due]
    assert (metric("waiting"), metric("oldest_seconds")) == (3, 6 * 24 * 3600 + 60)


def expire(store: Store) -> None:
    """Take one turn of expiry, as with the shortest STAGING_HOURS."""
    storage = MultipartStorage(Settings.load(GOOD), client=store)  # type: ignore[arg-type]
    Expiry(storage, Executor(storage, Nobody()), timedelta(hours=MIN_STAGING_HOURS)).run_once()  # type: ignore[arg-type]


def test_after_an_outage_expiry_leaves_what_the_reconciler_has_not_tried(
    store: Store, reconciler: Reconciler, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One turn publishes some of the files that wait longer than STAGING_HOURS. The others stay until theirs."""
    monkeypatch.setattr(upload.reconciler, "MAX_PER_TURN", 3)
    sent = [store.send(number, (MIN_STAGING_HOURS + 100) * 3600 + number) for number in range(8)]
    while reconciler.has_more_due or not store.published():
        reconciler.run_once()
        expire(store)
    assert sorted(store.published()) == sorted(sent)


def test_expiry_leaves_what_cannot_be_published_for_now(store: Store, reconciler: Reconciler) -> None:
    """For example, because storage fails to read or copy it. After six days nothing may publish it, so it goes."""
    waiting = [store.send(number, 6 * 24 * 3600 - number) for number in range(2)]
    late = [store.send(number, 6 * 24 * 3600 + number) for number in range(5, 7)]
    store.broken = {staging_key(image_id) for image_id in waiting}
    assert sorted(store.staged()) == sorted([*waiting, *late])
    reconciler.run_once()
    expire(store)
    assert sorted(store.staged()) == sorted(waiting)
    store.broken = set()
    assert reconciler.run_once() == 2


def test_previews_notes_and_strangers_are_no_uploads(store: Store, reconciler: Reconciler) -> None:
    key = staging_key(store.send(1, 100, b""))
    others = {f"{key}.t": Held(b"x", modified=NOW - 100), f"{key}.pabc-1": Held(b"{}"), "staging/readme": Held(b"x")}
    store.bucket = {**store.bucket, **others}
    assert reconciler.run_once() == 0
    assert metric("waiting") == 0


def test_what_was_joined_beside_a_cancel_is_cancelled_when_both_died(store: Store, reconciler: Reconciler) -> None:
    """The embedded store may join parts over the tombstone of a cancel; the cancel's mark is still there."""
    image_id = store.send(1, 100)
    mark = {staging_cancel_key(image_id): Held(b"", modified=NOW - 100)}
    store.bucket = {**store.bucket, **mark}
    assert reconciler.run_once() == 0
    assert store.published() == []
    assert store.bucket[staging_key(image_id)].body == b""


def test_one_that_cannot_be_read_keeps_nobody_else_waiting(
    store: Store, reconciler: Reconciler, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Although it is the oldest: it is tried again after all others."""
    monkeypatch.setattr(upload.reconciler, "MAX_PER_TURN", 2)
    bad = [store.send(number, 500 + number) for number in range(2)]
    store.broken = {staging_key(image_id) for image_id in bad}
    good = [store.send(number, 100 + number) for number in range(5, 9)]
    failed = metric("failed_total")
    assert [reconciler.run_once() for _ in range(4)] == [0, 2, 2, 0]
    assert sorted(store.published()) == sorted(good)
    assert metric("failed_total") - failed == 4
    store.broken = set()
    assert reconciler.run_once() == 2


def test_with_storage_away_a_turn_ends_early(store: Store, reconciler: Reconciler) -> None:
    store.broken = {staging_key(store.send(number, 100)) for number in range(20)}
    with pytest.raises(StorageUnavailable):
        reconciler.run_once()
    assert store.calls.count("get_object") == upload.reconciler.FAILURES_IN_A_ROW


def test_a_fault_of_ours_on_one_stops_nothing(
    store: Store, reconciler: Reconciler, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = store.send(1, 200), store.send(2, 100)
    publish = reconciler._lifecycle.publish

    def trip(image_id: str, claims: Any) -> Any:
        return 1 // 0 if image_id == bad else publish(image_id, claims)

    monkeypatch.setattr(reconciler._lifecycle, "publish", trip)
    assert reconciler.run_once() == 1
    assert store.published() == [good]


def test_a_long_staging_is_looked_through_in_several_turns(
    store: Store, reconciler: Reconciler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload.reconciler, "MAX_PAGES", 2)
    held = Held(b"", tuple(tombstone(UploadState.PUBLISHED).items()), modified=NOW - 10**6)
    store.bucket = {staging_key(make_id(NOW * 1000, 0, number)): held for number in range(4500)}
    last = store.send(1, 4000)
    for turn in range(3):
        store.calls.clear()
        assert reconciler.run_once() == (turn == 2)
        assert store.calls.count("list_objects_v2") <= 2 + 2
        assert reconciler.has_more_due is (turn < 2)
    assert store.published() == [last]


@pytest.mark.parametrize("state", [UploadState.CANCELLED, UploadState.REFUSED, UploadState.DELETED])
def test_what_came_back_is_taken_away(store: Store, reconciler: Reconciler, state: UploadState) -> None:
    """Storage carried out a copy after its publisher had died: the result is inspected once, not in each turn."""
    image_id = store.send(1, 100)
    reconciler.run_once()
    assert store.published() == [image_id]
    late = {key: held for key, held in store.bucket.items() if key.startswith("images/")}
    held = Held(b"", tuple(sorted(tombstone(state).items())), modified=NOW - 100)
    store.bucket = {staging_key(image_id): held, preview_key(image_id): Held(b"preview"), **late}
    mended = metric("mended_total")
    reconciler.run_once()
    left = {key for key in store.bucket if not key.startswith(("staging/", "trash/"))}
    assert (left, metric("mended_total") - mended) == (set(), 1)
    assert any(key.startswith(f"trash/{image_id}~") for key in store.bucket) is (state is UploadState.DELETED)
    store.calls.clear()
    reconciler.run_once()
    assert store.calls == ["list_objects_v2"]


def test_what_was_settled_long_ago_is_not_looked_at(store: Store, reconciler: Reconciler) -> None:
    age = int(REPAIR_AGE.total_seconds()) + 1
    image_id = store.send(1, age)
    held = Held(b"", tuple(sorted(tombstone(UploadState.PUBLISHED).items())), modified=NOW - age)
    store.bucket = {staging_key(image_id): held}
    reconciler.run_once()
    assert store.calls == ["list_objects_v2"]


def test_a_picture_that_was_restored_is_not_taken_away(store: Store, reconciler: Reconciler) -> None:
    image_id = store.send(1, 100)
    reconciler.run_once()
    held = Held(b"", tuple(sorted(tombstone(UploadState.PUBLISHED).items())), modified=NOW - 100)
    store.bucket = {**store.bucket, staging_key(image_id): held}
    reconciler.run_once()
    assert store.published() == [image_id]
    assert MultipartStorage(Settings.load(GOOD), client=store).first(image_prefix(image_id))  # type: ignore[arg-type]
