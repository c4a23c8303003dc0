"""Where the store's disk is nearly full, or a client's budget used up, files are refused and nothing else changes."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from prometheus_client import REGISTRY

from common.cache.client import Cache
from tests.support.services import WITHOUT_STORE, describe
from upload.admission import Admission
from upload.app import create_app
from upload.budget.ledger import ByteBudget
from upload.errors import DiskNearlyFull, OverBudget
from upload.store_space import StoreSpace

GIB = 1 << 30
FILE = 4_000_000
BUDGET = 5 * FILE
SAID = ("client", "reason", "files", "bytes", "wait_seconds")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The file of `make up`, of a disk with room for three files beside the reserve."""
    found = tmp_path / "space.json"
    write(found, GIB + 7 * FILE)
    return found


def write(file: Path, free: int) -> None:
    file.write_text(json.dumps({"free_bytes": free, "disk_bytes": 40 * GIB}))


@pytest.fixture
def client(file: Path) -> FlaskClient:
    return create_app({**WITHOUT_STORE, "STORE_SPACE_FILE": str(file), "UPLOAD_BUDGET": str(5 * FILE)}).test_client()


def ask(client: FlaskClient, *sizes: int) -> Any:
    return client.post("/api/uploads", json={"files": [describe(b"x", size=size) for size in sizes]})


def refused(reason: str) -> float:
    return REGISTRY.get_sample_value("vitrine_grants_refused_total", {"reason": reason}) or 0.0


def test_a_file_that_would_fill_the_disk_gets_507(client: FlaskClient) -> None:
    before = refused("disk")
    answer = ask(client, 4 * FILE)
    assert (answer.status_code, answer.content_type) == (507, "application/problem+json")
    assert answer.json["title"] == "Insufficient Storage"
    assert "disk of the gallery is nearly full and has no room for this file" in answer.json["detail"]
    assert "Retry-After" not in answer.headers, "a person has to make space first (RFC 4918 section 11.5)"
    assert refused("disk") == before + 1
    assert ask(client, 3 * FILE).status_code == 201


def test_files_that_fit_go_on_and_what_the_disk_refuses_takes_nothing_from_the_budget(client: FlaskClient) -> None:
    answer = ask(client, 4 * FILE, 2 * FILE, 4 * FILE, FILE)
    assert answer.status_code == 201
    assert [one.get("status") for one in answer.json["uploads"]] == [507, None, 507, None]
    assert ask(client, 2 * FILE).status_code == 201, "five files' worth in all"
    assert ask(client, FILE).status_code == 429


def test_uppy_is_refused_before_anything_begins(client: FlaskClient) -> None:
    """The store is not there, so any call to it would be a 503."""
    wanted = {"filename": "x.jpg", "type": "image/jpeg", "metadata": {"size": 4 * FILE}}
    assert client.post("/s3/multipart", json=wanted).status_code == 507
    assert [ask(client, 3 * FILE).status_code, ask(client, 2 * FILE).status_code] == [201, 201]
    wanted["metadata"] = {"size": FILE}
    answer = client.post("/s3/multipart", json=wanted)
    assert (answer.status_code, int(answer.headers["Retry-After"])) == (429, 720)


def test_what_began_before_the_disk_was_full_can_be_signed_again(client: FlaskClient, file: Path) -> None:
    upload = ask(client, FILE).json["uploads"][0]
    write(file, 0)
    headers = {"Authorization": f"Bearer {upload['token']}"}
    assert client.post(f"/api/uploads/{upload['id']}/sign", headers=headers).status_code == 200


def test_without_the_file_everything_goes_on(client: FlaskClient, file: Path) -> None:
    file.unlink()
    assert ask(client, 5 * FILE).status_code == 201


def test_a_preview_counts_too(tmp_path: Path) -> None:
    """Both towards the budget and on the disk. The largest file may have one, too."""
    thumbnail = {"content_type": "image/webp", "size": 100_000, "sha256": describe(b"x")["sha256"]}

    def grant(client: FlaskClient, *sizes: int) -> list[int | None]:
        files = [describe(b"x", size=size, thumbnail=thumbnail) for size in sizes]
        return [one.get("status") for one in client.post("/api/uploads", json={"files": files}).json["uploads"]]

    client = create_app({**WITHOUT_STORE, "UPLOAD_BUDGET": str(BUDGET)}).test_client()
    assert grant(client, BUDGET - 250_000, 1, 1, 1) == [None, None, 429, 429]
    client = create_app({**WITHOUT_STORE, "UPLOAD_BUDGET": str(BUDGET)}).test_client()
    assert grant(client, BUDGET) == [None]
    space = tmp_path / "space.json"
    write(space, GIB + 500_000)
    client = create_app({**WITHOUT_STORE, "STORE_SPACE_FILE": str(space)}).test_client()
    assert grant(client, 1, 1, 1) == [None, None, 507]


def test_a_refused_request_says_in_one_line_whose_it_was(caplog: pytest.LogCaptureFixture, file: Path) -> None:
    admission = Admission(ByteBudget(Cache(""), 5 * FILE), StoreSpace(str(file)))
    with caplog.at_level("INFO", "upload.admission"):
        for size in (3 * FILE, 2 * FILE):
            admission.admit("192.0.2.7", [size])
        assert caplog.records == [], "nothing was refused"
        admission.admit("192.0.2.7", [FILE, 2 * FILE])
        admission.admit("2001:db8::/64", [4 * FILE, 5 * FILE])
    first, second = ({name: vars(record).get(name) for name in SAID} for record in caplog.records)
    assert first.pop("wait_seconds") in (2159, 2160), "until both fit"
    assert first == {"client": "192.0.2.7", "reason": "budget", "files": 2, "bytes": 3 * FILE}
    assert second == {"client": "2001:db8::/64", "reason": "disk", "files": 2, "bytes": 9 * FILE, "wait_seconds": 0}


def test_each_refusal_is_counted_by_its_reason(file: Path) -> None:
    admission = Admission(ByteBudget(Cache(""), 5 * FILE), StoreSpace(str(file)))
    before = refused("disk"), refused("budget")
    assert [type(one) for one in admission.admit("a", [3 * FILE, FILE])] == [type(None), DiskNearlyFull]
    assert [type(one) for one in admission.admit("a", [3 * FILE])] == [OverBudget]
    assert (refused("disk"), refused("budget")) == (before[0] + 1, before[1] + 1)
