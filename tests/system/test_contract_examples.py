"""The examples in each OpenAPI document work: the running service answers with a success that fits its schema."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
import requests
import schemathesis
from flask.testing import FlaskClient

from local.contract import SERVICES
from local.settings import ROOT
from tests.support.in_parts import MIB, InParts, large_picture
from tests.support.pictures import picture
from tests.support.services import Services, bearer, send
from tests.system.contracts import CHECKS

Real = Mapping[str, str]
"""Real values for the ids and tokens in the examples, by the name of a parameter or member."""

Documents = {name: json.loads((ROOT / f"services/{name}/openapi.json").read_bytes()) for name in SERVICES}
OPERATIONS = [
    pytest.param(name, path, method, id=described["operationId"])
    for name, document in Documents.items()
    for path, item in document["paths"].items()
    for method, described in item.items()
]


def published(services: Services) -> Real:
    content = picture()
    granted = services.grant(content)
    assert send(granted["put"], content).status_code == 200
    image = services.complete(granted).json
    return {"image_id": image["id"], "refs": image["ref"], "token": granted["token"]}


def deleted(services: Services) -> Real:
    real = published(services)
    path = f"/api/images/{real['image_id']}"
    assert services.upload.delete(path, headers=bearer(real["token"])).status_code == 204
    return real


def shared(services: Services) -> Real:
    image_id = published(services)["image_id"]
    path = services.download.post(f"/api/images/{image_id}/links", json={"expires_in": 60}).json["path"]
    return {"link": path.rpartition("/")[2]}


def granted(services: Services) -> Real:
    permission = services.grant(picture())
    return {"image_id": permission["id"], "token": permission["token"]}


def sent_in_parts(services: Services) -> Real:
    def ask(method: str, path: str, headers: dict[str, str], body: Any) -> tuple[int, Any]:
        answer = services.upload.open(path, method=method, headers=headers, json=body)
        return answer.status_code, answer.json

    content = large_picture(17 * MIB)
    permission = services.grant(content)
    upload = InParts(ask, permission, content)
    upload.send(range(1, upload.count + 1))
    return {"image_id": permission["id"], "token": permission["token"], "upload_id": upload.upload_id or ""}


def begun_by_uppy(services: Services, size: int = 5) -> Real:
    wanted = {"filename": "x.jpg", "type": "image/jpeg", "metadata": {"size": size}}
    begun = services.upload.post("/s3/multipart", json=wanted).json
    return {"upload_id": begun["uploadId"], "key": begun["key"]}


def sent_by_uppy(services: Services) -> Real:
    content = picture()
    real = begun_by_uppy(services, len(content))
    signed = services.upload.get(f"/s3/multipart/{real['upload_id']}/1", query_string={"key": real["key"]}).json
    etag = requests.put(signed["url"], data=content, timeout=20).headers["ETag"]
    return {**real, "ETag": etag.strip('"')}


def nothing(_: Services) -> Real:
    return {}


STATES: Mapping[str, Callable[[Services], Real]] = {
    "getConfig": nothing,
    "createUploads": nothing,
    "signAgain": granted,
    "signParts": sent_in_parts,
    "listParts": sent_in_parts,
    "completeUpload": sent_in_parts,
    "cancelUpload": sent_in_parts,
    "deleteImage": published,
    "restoreImage": deleted,
    "companionCreate": nothing,
    "companionSign": begun_by_uppy,
    "companionList": sent_by_uppy,
    "companionComplete": sent_by_uppy,
    "companionAbort": begun_by_uppy,
    "companionParams": nothing,
    "companionSts": nothing,
    "listImages": nothing,
    "getImage": published,
    "getTimeline": nothing,
    "getThumbnail": published,
    "getOriginal": published,
    "getDownload": published,
    "createDownloads": published,
    "createLink": published,
    "followLink": shared,
}
"""Prepares what an operation needs before its example can succeed."""

REFUSES = {"companionParams", "companionSts"}
"""Operations that only answer with what to do instead."""


@pytest.mark.parametrize(("service", "path", "method"), OPERATIONS)
def test_an_example_gets_the_success_that_the_document_promises(
    services: Services, service: str, path: str, method: str
) -> None:
    described = Documents[service]["paths"][path][method]
    promised = {int(status) for status in described["responses"] if int(status) < 400}
    if described["operationId"] in REFUSES:
        promised = {400}
    client: FlaskClient = getattr(services, service)
    operation = schemathesis.openapi.from_wsgi("/openapi.json", client.application)[path][method.upper()]
    for query in queries(described):
        real = STATES[described["operationId"]](services)
        case = operation.Case(
            path_parameters=replaced(parameters(described, "path"), real),
            query=replaced(query, real),
            headers=bearer(real["token"]) if "security" in described else {},
            **body_of(described, real),
        )
        answer = case.call()
        assert answer.status_code in promised, (query, answer.text)
        case.validate_response(answer, checks=CHECKS)


def parameters(described: Mapping[str, Any], place: str) -> dict[str, Any]:
    """The required parameters with their examples."""
    found = described.get("parameters", [])
    return {one["name"]: one["example"] for one in found if one["in"] == place and one["required"]}


def queries(described: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The required query parameters alone, and with each optional one that has an example."""
    required = parameters(described, "query")
    yield required
    for one in described.get("parameters", []):
        if one["in"] == "query" and not one["required"] and "example" in one:
            yield {**required, one["name"]: one["example"]}


def body_of(described: Mapping[str, Any], real: Real) -> dict[str, Any]:
    if "requestBody" not in described:
        return {}
    example = described["requestBody"]["content"]["application/json"]["example"]
    return {"body": replaced(example, real), "media_type": "application/json"}


def replaced(value: Any, real: Real) -> Any:
    """``value`` with real values in place of the members with the same names, also in lists."""
    if isinstance(value, list):
        return [replaced(entry, real) for entry in value]
    if not isinstance(value, dict):
        return value
    return {
        name: ([real[name]] if isinstance(member, list) else real[name]) if name in real else replaced(member, real)
        for name, member in value.items()
    }
