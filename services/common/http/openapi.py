"""Describes views for OpenAPI: `Operation` attaches the description to a view, `make contract` writes the documents.

At run time a service only serves its committed document.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from flask import Flask, Response, request
from msgspec import Struct

View = TypeVar("View", bound=Callable[..., Any])

_ATTRIBUTE = "__openapi__"


@dataclass(frozen=True)
class Reply:
    """One response of a view: its body (None for 204 or a redirect) and the headers that it always has."""

    description: str
    body: Any = None
    """A Struct, or another type that msgspec can describe in JSON Schema."""
    headers: tuple[str, ...] = ()
    """Names of `common.http.openapi_document.HEADERS`."""
    content_type: str = "application/json"


@dataclass(frozen=True, kw_only=True)
class Operation:
    """The OpenAPI operation of one view. As a decorator it marks the view and does not wrap it."""

    operation_id: str
    summary: str
    replies: Mapping[int, Reply]
    problems: tuple[int, ...] = ()
    """Statuses whose response is a problem document; keys of openapi_document.PROBLEMS."""
    description: str = ""
    body: Any = None
    """The type of the request body: a Struct, or an Annotated one with rules that msgspec cannot check."""
    body_required: bool = True
    example: Mapping[str, Any] | None = None
    """A valid request body; a test sends it."""
    path: type[Struct] | None = None
    """Types of the path variables. Variables of the converter `id` may be left out."""
    query: type[Struct] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names of request headers that the view reads, and their descriptions."""
    bearer: bool = False
    """Whether the view requires the upload's or the operator's token."""
    referenced: tuple[type[Struct], ...] = ()
    """Structs that are only referenced through `schemas.reference`."""

    def __call__(self, view: View) -> View:
        setattr(view, _ATTRIBUTE, self)
        return view


def operation_of(view: Callable[..., Any]) -> Operation | None:
    """The operation of a view; None if the view is not part of the contract, such as a probe."""
    operation: Operation | None = getattr(view, _ATTRIBUTE, None)
    return operation


def register(app: Flask, document_path: Path) -> None:
    """Serve the OpenAPI document at `/openapi.json`. Raises OSError if the file cannot be read.

    The gateway serves it as `/api/<service>/openapi.json`.
    """
    document = document_path.read_bytes()
    etag = hashlib.sha256(document).hexdigest()[:32]

    @app.get("/openapi.json")
    def openapi() -> Response:
        response = Response(document, content_type="application/json")
        response.set_etag(etag)
        response.headers["Cache-Control"] = "no-cache"
        response.make_conditional(request)
        return response
