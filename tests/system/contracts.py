"""Tests a service against its OpenAPI document with schemathesis: any request, valid or not."""

from collections.abc import Callable
from typing import Any

import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.generation.modes import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from common.http.openapi_document import path_of

EXAMPLES = 40
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


def assert_documented(app: Flask) -> None:
    """Assert that the document lists exactly the routes below /api and /s3, with their methods."""
    found = set()
    for route in app.url_map.iter_rules():
        path = path_of(route)
        if path.startswith(("/api/", "/s3/")):
            found |= {(method, path) for method in (route.methods or set()) - {"HEAD", "OPTIONS"}}
    paths = document(app)["paths"]
    assert found == {(method.upper(), path) for path, item in paths.items() for method in item}


def assert_kept(app: Flask, admit: Callable[[Any, Any], None] | None = None) -> None:
    """Assert that the document describes every answer: status, headers, type and body; never a 500.

    `admit` adds the rights that a request needs to get past authorisation. Half of the requests go through it.
    """
    schema = schemathesis.openapi.from_wsgi("/openapi.json", app)
    for operation in schema.get_all_operations():
        _try(operation.ok(), admit)


def document(app: Flask) -> Any:
    """The document as the service serves it."""
    return app.test_client().get("/openapi.json").json


def _try(operation: Any, admit: Callable[[Any, Any], None] | None) -> None:
    modes = [GenerationMode.POSITIVE]
    if any(True for _ in operation.iter_parameters()) or operation.body:
        modes.append(GenerationMode.NEGATIVE)

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(case=st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in modes)), data=st.data())
    def run(case: Any, data: Any) -> None:
        if admit is not None and data.draw(st.booleans()):
            admit(case, data.draw)
        answer = case.call()
        # On a busy machine the real store may be slow; a service must then report it like this.
        told_to_come_back = answer.status_code == 503 and "retry-after" in answer.headers
        case.validate_response(answer, checks=CHECKS[1:] if told_to_come_back else CHECKS)

    run()
