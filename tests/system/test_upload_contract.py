"""The upload service follows its OpenAPI document, with the real store, for strangers and for senders."""

from typing import Any

import pytest
from flask import Flask
from hypothesis import strategies as st

from tests.support.in_parts import MIB
from tests.support.pictures import picture
from tests.support.services import ADMIN_TOKEN, bearer, describe, digest, send, upload_environment
from tests.support.store import Store
from tests.system.contracts import assert_documented, assert_kept
from upload.app import create_app


@pytest.fixture(scope="module")
def app(store: Store) -> Flask:
    return create_app(upload_environment(store, None))


@pytest.fixture(scope="module")
def uploads(app: Flask) -> list[dict[str, str]]:
    """Uploads in every state, with the values that a request needs to name one: image_id, token, key, upload_id."""
    client, content = app.test_client(), picture()
    files = [describe(content), describe(content), describe(content), describe(content, size=20 * MIB)]
    granted = client.post("/api/uploads", json={"files": files}).json["uploads"]
    _, arrived, published, in_parts = granted
    for upload in (arrived, published):
        assert send(upload["put"], content).status_code == 200
    complete = f"/api/uploads/{published['id']}/complete"
    assert client.post(complete, headers=bearer(published["token"])).status_code == 201
    parts = {"parts": [{"part_number": 1, "sha256": digest(b"x")}]}
    begun = client.post(f"/api/uploads/{in_parts['id']}/parts", json=parts, headers=bearer(in_parts["token"])).json
    by_uppy = client.post(
        "/s3/multipart", json={"filename": "x.jpg", "type": "image/jpeg", "metadata": {"size": len(picture())}}
    ).json
    known = [{"image_id": g["id"], "token": g["token"], "key": by_uppy["key"]} for g in granted]
    return [{**upload, "upload_id": id_} for upload in known for id_ in (begun["upload_id"], by_uppy["uploadId"])]


def test_every_route_is_documented_and_every_documented_one_is_there(app: Flask) -> None:
    assert_documented(app)


@pytest.mark.timeout(600)  # twenty seconds on a quiet machine; a busy one must not fail it
def test_any_request_gets_an_answer_that_the_document_knows(app: Flask, uploads: list[dict[str, str]]) -> None:
    def admit(case: Any, draw: Any) -> None:
        upload = draw(st.sampled_from(uploads))
        token = draw(st.sampled_from([upload["token"], ADMIN_TOKEN]))
        case.headers = {**dict(case.headers or {}), **bearer(token)}
        for name in set(case.path_parameters or {}) & set(upload):
            case.path_parameters[name] = upload[name]
        case.query = {**dict(case.query or {}), **{n: upload[n] for n in set(case.query or {}) & set(upload)}}
        if isinstance(case.body, dict) and isinstance(case.body.get("upload_id"), str):
            case.body["upload_id"] = upload["upload_id"]

    assert_kept(app, admit)
