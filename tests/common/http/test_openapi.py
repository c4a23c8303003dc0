"""The committed OpenAPI document is served unchanged."""

from pathlib import Path

from flask import Flask

from common.http import openapi


def test_the_document_is_served_as_it_is_and_costs_nothing_when_known(tmp_path: Path) -> None:
    document = tmp_path / "openapi.json"
    document.write_bytes(b'{"openapi":"3.1.0"}')
    app = Flask("any")
    openapi.register(app, document)
    answer = app.test_client().get("/openapi.json")
    assert (answer.status_code, answer.content_type, answer.data) == (200, "application/json", document.read_bytes())
    again = app.test_client().get("/openapi.json", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
