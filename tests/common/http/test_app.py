"""Routing, reading of request bodies, and responses of the shared app factory."""

import io
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest
from flask.testing import FlaskClient
from gunicorn.http.errors import InvalidChunkSize, InvalidHeader, NoMoreData

import common.http.app
from common.domain.keys import make_id
from common.http.requests import MAX_BODY_BYTES, json_body
from common.settings import Settings


class Body(msgspec.Struct):
    name: str


@pytest.fixture
def client() -> FlaskClient:
    settings = SimpleNamespace(public_origins=("http://localhost:8080",), log_level="INFO")
    app = common.http.app.create("toy", cast("Settings", settings))

    @app.get("/things/first")
    def first() -> dict[str, str]:
        return {"view": "first"}

    @app.route("/things/<name>", methods=["GET", "DELETE"])
    def thing(name: str) -> dict[str, str]:
        return {"view": f"thing {name}"}

    @app.get("/pictures/<id:image_id>")
    def picture(image_id: str) -> dict[str, str]:
        return {"id": image_id}

    @app.get("/things")
    def things() -> tuple[dict[str, str], int]:
        return {"name": "é"}, 200

    @app.post("/things")
    def make() -> tuple[dict[str, str], int]:
        return {"name": json_body(Body).name}, 201

    return app.test_client()


@pytest.mark.parametrize(
    ("method", "path", "view"),
    [
        ("GET", "/things/first", "first"),
        ("GET", "/things/first/", "first"),
        ("GET", "/things/f%69rst", "first"),
        ("GET", "/things/other", "thing other"),
        ("DELETE", "/things/first", "thing first"),
    ],
)
def test_a_route_without_variables_goes_before_the_others_and_hides_none(
    client: FlaskClient, method: str, path: str, view: str
) -> None:
    assert client.open(path, method=method).json == {"view": view}


def test_an_id_in_a_path_is_checked_before_the_view(client: FlaskClient) -> None:
    image_id = make_id(5, 0, 0)
    assert client.get(f"/pictures/{image_id}").json == {"id": image_id}
    for other in (image_id[:-1], image_id.upper(), f"{image_id}0", "none"):
        answer = client.get(f"/pictures/{other}")
        assert (answer.status_code, answer.content_type) == (404, "application/problem+json")
        assert answer.json is not None
        assert answer.json["detail"] == "There is no such upload or picture."


def test_another_method_is_told_which_ones_there_are(client: FlaskClient) -> None:
    answer = client.put("/things", json={})
    assert (answer.status_code, answer.content_type) == (405, "application/problem+json")
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "POST", "OPTIONS"}
    assert client.options("/things").headers["Allow"] == answer.headers["Allow"]
    assert client.get("/nothing").status_code == 404


def test_an_answer_is_json_with_its_status(client: FlaskClient) -> None:
    answer = client.post("/things", json={"name": "é"})
    assert (answer.status_code, answer.content_type) == (201, "application/json")
    assert answer.json == {"name": "é"}


def test_a_doubled_slash_leads_nowhere(client: FlaskClient) -> None:
    """In particular, there is no redirect to the host in the Host header."""
    answer = client.get("/things//first", headers={"Host": "evil.example"})
    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")
    assert "Location" not in answer.headers


def test_of_two_views_for_one_path_the_first_answers(client: FlaskClient) -> None:
    client.application.add_url_rule("/twice", "one", lambda: {"view": "one"})
    client.application.add_url_rule("/twice", "other", lambda: {"view": "other"})
    assert client.get("/twice").json == {"view": "one"}


def test_a_head_says_how_long_it_would_be_and_no_more(client: FlaskClient) -> None:
    answer = client.head("/things")
    assert (answer.status_code, answer.content_length, answer.data) == (200, len(client.get("/things").data), b"")
    assert client.head("/things/first").status_code == 200


def post(client: FlaskClient, body: Any, **environ: Any) -> tuple[int, str]:
    """Post a body as gunicorn passes it on. `body`: bytes, or an object to read from. Returns status and detail."""
    read_from = io.BytesIO(body) if isinstance(body, bytes) else body
    answer = client.post(
        "/things",
        content_type="application/json",
        environ_overrides={"wsgi.input": read_from, "wsgi.input_terminated": True, **environ},
    )
    return answer.status_code, answer.json.get("detail", "") if answer.json else ""


def test_a_body_in_chunks_is_read_to_its_end(client: FlaskClient) -> None:
    assert post(client, b'{"name": "x"}', HTTP_TRANSFER_ENCODING="chunked")[0] == 201


def test_a_body_that_ends_too_early_is_refused(client: FlaskClient) -> None:
    """Even if the received part is valid JSON."""
    status, detail = post(client, b'{"name": "x"}', CONTENT_LENGTH="14")
    assert (status, detail) == (400, "The body ended before its length was reached. Send it again.")


def test_a_body_that_is_too_large_is_refused(client: FlaskClient) -> None:
    large = b'{"name": "' + b"x" * MAX_BODY_BYTES + b'"}'
    assert post(client, large, HTTP_TRANSFER_ENCODING="chunked")[0] == 413


class Broken:
    """A request body that raises `error` when read."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def read(self, *_: Any) -> bytes:
        raise self._error


def test_a_body_that_says_it_is_too_large_is_not_waited_for(client: FlaskClient) -> None:
    body = Broken(AssertionError("it was read"))
    assert post(client, body, CONTENT_LENGTH=str(MAX_BODY_BYTES + 1))[0] == 413


@pytest.mark.parametrize("error", [NoMoreData(b""), ConnectionResetError(), InvalidChunkSize(b"x"), InvalidHeader("x")])
def test_a_body_that_cannot_be_read_is_the_senders_fault(client: FlaskClient, error: Exception) -> None:
    status, detail = post(client, Broken(error), HTTP_TRANSFER_ENCODING="chunked")
    assert (status, detail) == (400, "The body was cut short or is malformed. Send it again.")
