"""What a view promises, beside the view: `operation` notes it, and `make contract` makes OpenAPI documents of it.

At run time a service serves its committed document; nothing here runs for a request but that.
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
    """One status that a view answers with: its body (none for 204 or a redirect) and the headers it always has."""

    description: str
    body: Any = None
    """A Struct, or another type that msgspec can describe."""
    headers: tuple[str, ...] = ()
    """Names of `common.http.openapi_document.HEADERS`."""
    content_type: str = "application/json"


@dataclass(frozen=True, kw_only=True)
class Operation:
    """What a document says of one view. As a decorator, it notes that on the view; the view itself stays as it is."""

    operation_id: str
    summary: str
    replies: Mapping[int, Reply]
    problems: tuple[int, ...] = ()
    """Statuses that are answered with a problem document."""
    description: str = ""
    body: Any = None
    """A Struct, or one with rules that msgspec cannot check (Annotated)."""
    body_required: bool = True
    example: Mapping[str, Any] | None = None
    """A body that is accepted; a test sends it."""
    path: type[Struct] | None = None
    """What stands for the path's variables. One of the converter `id` needs no entry."""
    query: type[Struct] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    """Request headers that the view reads, each with its description."""
    bearer: bool = False
    """Whether the upload's or the operator's token is wanted."""
    also: tuple[type[Struct], ...] = ()
    """Structs that only `schemas.reference` names."""

    def __call__(self, view: View) -> View:
        setattr(view, _ATTRIBUTE, self)
        return view


operation = Operation
"""The name as a decorator."""


def operation_of(view: Callable[..., Any]) -> Operation | None:
    """What `operation` noted on the view; None for a view that is no part of the contract, such as a probe."""
    noted: Operation | None = getattr(view, _ATTRIBUTE, None)
    return noted


def register(app: Flask, document_path: Path) -> None:
    """Serve the OpenAPI document at `/openapi.json`. Raises OSError when it cannot be read.

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
