"""Old objects are removed from the bucket, new ones stay: on the real store, with ages in seconds, not days."""

import os
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY

import upload.expiry
from common.cache.client import Cache
from common.cache.generations import ListInvalidator
from common.domain.keys import make_id, staging_cancel_key, staging_key, staging_notes_prefix, staging_preview_key
from common.s3.multipart import MultipartStorage
from common.s3.objects import Entry
from tests.support.in_parts import MIB
from tests.support.pictures import picture
from tests.support.processes import end, start
from tests.support.services import bearer, describe, digest, environment, send, upload_environment
from tests.support.store import Store, running_store
from upload.app import create_app
from upload.expiry import Expiry
from upload.lifecycle.executor import Executor
from upload.settings import UploadSettings

AGE = timedelta(seconds=8)
PART = bytes(8 * MIB)
SERVICES = Path(__file__).parents[2] / "services"


@pytest.fixture(scope="module")
def own_store(short_folder: Path) -> Iterator[Store]:
    """A store of its own: objects of the other tests must not vanish."""
    folder = short_folder / "expiry"
    folder.mkdir()
    with running_store(folder) as running:
        yield running


@pytest.fixture
def bucket(own_store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator["Bucket"]:
    for name in ("STAGING_AGE", "TRASH_AGE", "FILES_AGE", "PARTS_AGE"):
        monkeypatch.setattr(upload.expiry, name, AGE)
    found = Bucket(own_store)
    yield found
    found.clear()


class Bucket:
    """The bucket as its administrator sees it."""

    def __init__(self, store: Store) -> None:
        self._s3 = store.client("admin")
        self._name = store.bucket

    def put(self, *keys: str) -> None:
        """Write an object at each key."""
        for key in keys:
            self._s3.put_object(Bucket=self._name, Key=key, Body=b"" if key.startswith("staging/") else b"x")

    def begin(self, key: str) -> str:
        """Start an upload in parts, with one part."""
        upload_id = self._s3.create_multipart_upload(Bucket=self._name, Key=key)["UploadId"]
        self._s3.upload_part(Bucket=self._name, Key=key, UploadId=upload_id, PartNumber=1, Body=b"x")
        return upload_id

    def keys(self) -> set[str]:
        """All keys."""
        return {entry["Key"] for entry in self._s3.list_objects_v2(Bucket=self._name).get("Contents", [])}

    def begun(self) -> set[str]:
        """The ids of all uploads in parts."""
        found = self._s3.list_multipart_uploads(Bucket=self._name).get("Uploads", [])
        return {one["UploadId"] for one in found}

    def clear(self) -> None:
        """Remove everything."""
        for key in self.keys():
            self._s3.delete_object(Bucket=self._name, Key=key)
        for one in self._s3.list_multipart_uploads(Bucket=self._name).get("Uploads", []):
            self._s3.abort_multipart_upload(Bucket=self._name, Key=one["Key"], UploadId=one["UploadId"])


def expiry(store: Store, **changes: str) -> Expiry:
    storage = MultipartStorage(UploadSettings.load({**upload_environment(store, None), **changes}))
    return Expiry(storage, Executor(storage, ListInvalidator(Cache(""))), AGE)


def grow_old() -> None:
    """Wait until every object is older than AGE by storage's clock, which counts whole seconds."""
    time.sleep(AGE.total_seconds() + 2)


def an_id(age: float, number: int = 1) -> str:
    return make_id(int((time.time() - age) * 1000), 0, number)


def failed(kind: str) -> float:
    return REGISTRY.get_sample_value("vitrine_reconciler_expiry_failed_total", {"kind": kind}) or 0.0


def removed(kind: str) -> float:
    return REGISTRY.get_sample_value("vitrine_reconciler_expired_total", {"kind": kind}) or 0.0


def staged(image_id: str) -> list[str]:
    """All keys that an upload may have in staging."""
    note = f"{staging_notes_prefix(image_id, 'upload')}1-x"
    return [staging_key(image_id), staging_preview_key(image_id), staging_cancel_key(image_id), note]


def test_old_objects_go_and_young_ones_stay(own_store: Store, bucket: Bucket) -> None:
    old, rewritten, published = (an_id(20, number) for number in (1, 2, 3))
    bucket.put(*staged(old), staging_key(rewritten))
    bucket.put(
        f"trash/{old}~1x1~-~t~a.jpg", f"trash/thumbs/{old}", f"images/{published}~1x1~-~t~a.jpg", f"thumbs/{published}"
    )
    begun = {key: bucket.begin(key) for key in (f"staging/{old}", f"images/{published}")}
    grow_old()
    young = an_id(0)
    # A picture from long ago that was deleted just now: its tombstone keeps it from coming back.
    stay = {staging_key(rewritten), *staged(young), f"trash/{young}~1x1~-~-~b.jpg", f"trash/thumbs/{young}"}
    stay |= {f"images/{published}~1x1~-~t~a.jpg", f"thumbs/{published}"}
    bucket.put(*stay - {f"images/{published}~1x1~-~t~a.jpg", f"thumbs/{published}"})
    kept = bucket.begin(f"staging/{young}")
    before = {kind: removed(kind) for kind in ("staging", "trash", "parts")}
    expiry(own_store).run_once()
    assert bucket.keys() == stay
    assert bucket.begun() == {kept, begun[f"images/{published}"]}
    assert {kind: removed(kind) - count for kind, count in before.items()} == {"staging": 4, "trash": 2, "parts": 1}


def test_unfinished_uploads_expire_and_what_goes_on_stays(
    own_store: Store, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that arrived is cancelled, so nothing can publish it later; one in parts stays while parts arrive."""
    monkeypatch.setattr(upload.expiry, "STAGING_AGE", timedelta(hours=1))
    monkeypatch.setattr(upload.expiry, "PARTS_AGE", timedelta(hours=1))
    client, content = create_app(upload_environment(own_store, None)).test_client(), picture()

    def grant(size: int) -> Any:
        answer = client.post("/api/uploads", json={"files": [describe(content, size=size)]})
        return answer.json["uploads"][0]

    def complete(upload: dict[str, Any]) -> int:
        done = client.post(f"/api/uploads/{upload['id']}/complete", headers=bearer(upload["token"]))
        return int(done.status_code)

    def send_part(upload: dict[str, Any], number: int, upload_id: str | None = None) -> str:
        body = {"parts": [{"part_number": number, "sha256": digest(PART)}], "upload_id": upload_id}
        signed = client.post(f"/api/uploads/{upload['id']}/parts", json=body, headers=bearer(upload["token"])).json
        assert send(signed["parts"][0], PART).status_code == 200
        return str(signed["upload_id"])

    arrived, published, young = (grant(len(content)) for _ in range(3))
    abandoned, going_on = grant(2 * len(PART)), grant(2 * len(PART))
    for one in (arrived, published):
        assert send(one["put"], content).status_code == 200
    ids = {one["id"]: send_part(one, 1) for one in (abandoned, going_on)}
    grow_old()
    assert send(young["put"], content).status_code == 200
    send_part(going_on, 2, ids[going_on["id"]])
    assert (
        client.post(f"/api/uploads/{published['id']}/complete", headers=bearer(published["token"])).status_code == 201
    )
    before = {kind: removed(kind) for kind in ("unfinished", "parts", "staging")}
    expiry(own_store).run_once()
    assert bucket.begun() == {ids[going_on["id"]]}
    assert {kind: removed(kind) - count for kind, count in before.items()} == {
        "unfinished": 1,
        "parts": 1,
        "staging": 0,
    }
    assert [complete(one) for one in (arrived, published, young)] == [410, 200, 201]
    assert send(arrived["put"], content).status_code == 412, "nothing of it can come back"
    # After seven days it ends even if parts go on arriving. AWS waits for as long.
    monkeypatch.setattr(upload.expiry, "PARTS_AGE", AGE)
    expiry(own_store).run_once()
    assert bucket.begun() == set()


def test_more_than_a_turn_s_work_is_done_in_the_turns_after(
    own_store: Store, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("MAX_STEPS", 2), ("KEYS_A_PAGE", 2), ("UPLOADS_A_PAGE", 1)):
        monkeypatch.setattr(upload.expiry, name, value)
    ids = [an_id(60, number) for number in range(5)]
    bucket.put(*(staging_key(image_id) for image_id in ids))
    bucket.put(*(f"trash/{image_id}~1x1~-~t~a.jpg" for image_id in ids[:3]))
    bucket.put(*(f"trash/thumbs/{image_id}" for image_id in ids))
    for image_id in ids[:3]:
        bucket.begin(staging_key(image_id))
    grow_old()
    some = expiry(own_store)
    left = []
    for _ in range(3):
        some.run_once()
        keys = bucket.keys()
        left.append((sum(key.startswith("staging/") for key in keys), len(keys), len(bucket.begun())))
    assert left == [(1, 1 + 4, 1), (0, 0, 0), (0, 0, 0)]


def test_missing_rights_and_a_store_that_is_away_raise_nothing(
    own_store: Store, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They do not stop the reconciler's other work."""
    monkeypatch.setattr(upload.expiry, "STAGING_AGE", timedelta(seconds=-5))
    key = staging_key(an_id(60))
    bucket.put(key)
    for other in (environment(own_store, None, "catalog"), {"S3_ENDPOINT_URL": "http://127.0.0.1:9"}):
        before = failed("staging")
        expiry(own_store, **other).run_once()
        assert failed("staging") == before + 1
    assert bucket.keys() == {key}
    expiry(own_store).run_once()
    assert bucket.keys() == set(), "with the right it would have gone"


def test_the_copy_of_a_restored_picture_stays_in_the_trash(own_store: Store, bucket: Bucket) -> None:
    """The next deletion may overwrite it between the LIST and the removal; the copy would then be the only picture."""
    back, gone = an_id(20), an_id(20, 2)
    bucket.put(f"trash/{back}~1x1~-~t~a.jpg", f"trash/thumbs/{back}", f"images/{back}~1x1~-~t~a.jpg")
    bucket.put(f"trash/{gone}~1x1~-~t~a.jpg", f"trash/thumbs/{gone}", "trash/what we never wrote")
    stay = {f"trash/{back}~1x1~-~t~a.jpg", f"trash/thumbs/{back}", f"images/{back}~1x1~-~t~a.jpg"}
    grow_old()
    expiry(own_store).run_once()
    assert bucket.keys() == stay


def test_a_copy_that_a_deletion_renews_after_the_list_stays(
    own_store: Store, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = f"trash/{an_id(20)}~1x1~-~-~a.jpg"
    bucket.put(key)
    grow_old()
    first = MultipartStorage.first

    def renew_then_look(storage: MultipartStorage, prefix: str) -> Entry | None:
        bucket.put(key)
        return first(storage, prefix)

    monkeypatch.setattr(MultipartStorage, "first", renew_then_look)
    expiry(own_store).run_once()
    assert bucket.keys() == {key}


def test_the_reconciler_does_it(own_store: Store, bucket: Bucket, short_folder: Path) -> None:
    bucket.put(staging_key(an_id(60)), f"trash/thumbs/{an_id(60)}")
    shifted = "; ".join(
        (
            "import upload.expiry, datetime",
            "upload.expiry.STAGING_AGE = upload.expiry.TRASH_AGE = datetime.timedelta(seconds=-5)",
            "from upload.reconciler import main",
            "main()",
        )
    )
    process = start(
        [sys.executable, "-c", shifted],
        short_folder / "reconciler.log",
        {**upload_environment(own_store, None), "PATH": os.defpath},
        SERVICES,
    )
    try:
        deadline = time.monotonic() + 20
        while bucket.keys():
            assert time.monotonic() < deadline
            assert process.poll() is None
            time.sleep(0.1)
    finally:
        end(process)
    lines = (short_folder / "reconciler.log").read_text().splitlines()
    assert sum('"staging":1' in line.replace(" ", "") and '"trash":1' in line.replace(" ", "") for line in lines) == 1
