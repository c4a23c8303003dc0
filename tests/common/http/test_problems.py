"""Every error is answered with a problem document that has the right status, type and headers."""

import logging

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient

from common.http import logs, problems
from common.http.problems import NotFound, Problem, Unauthorized, Unavailable


def every_problem(kind: type[Problem] = Problem) -> list[type[Problem]]:
    return [kind, *(deeper for below in kind.__subclasses__() for deeper in every_problem(below))]


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    app = Flask("test")
    problems.register(app)
    monkeypatch.setattr(logs, "request_id", lambda: "a-known-request")

    @app.get("/missing")
    def missing() -> None:
        raise NotFound("It is not there.", pointer="/x")

    @app.get("/away")
    def away() -> None:
        raise Unavailable("Come back.", retry_after=7)

    @app.get("/who")
    def who() -> None:
        raise Unauthorized("Say who you are.")

    @app.get("/teapot")
    def teapot() -> None:
        abort(418)

    @app.get("/broken")
    def broken() -> None:
        raise RuntimeError("the secret cause")

    return app.test_client()


def test_a_domain_error_becomes_its_document(client: FlaskClient) -> None:
    answer = client.get("/missing")
    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")
    assert answer.json == {
        "type": "about:blank", "title": "Not Found", "status": 404, "detail": "It is not there.",
        "pointer": "/x", "request_id": "a-known-request",
    }  # fmt: skip


def test_when_to_come_back_is_said(client: FlaskClient) -> None:
    answer = client.get("/away")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "7")


def test_a_401_says_what_is_wanted(client: FlaskClient) -> None:
    assert client.get("/who").headers["WWW-Authenticate"].startswith("Bearer")


def test_werkzeugs_errors_keep_their_headers(client: FlaskClient) -> None:
    answer = client.post("/missing")
    assert (answer.status_code, answer.content_type) == (405, "application/problem+json")
    assert "GET" in answer.headers["Allow"]
    assert client.get("/teapot").json["status"] == 418
    assert client.get("/nowhere").json["status"] == 404


def test_a_fault_of_ours_shows_nothing_of_its_cause(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        answer = client.get("/broken")
    assert (answer.status_code, answer.content_type) == (500, "application/problem+json")
    assert "secret cause" not in answer.text
    assert "secret cause" in caplog.text


def test_every_problem_has_a_status_of_http() -> None:
    known = {400, 401, 403, 404, 409, 410, 413, 415, 422, 429, 500, 503, 507}
    assert {kind.status for kind in every_problem()} <= known
