"""Turns errors into RFC 9457 problem documents. Any module may raise a Problem; only this one writes the response.

Problem
├── BadRequest 400        ├── Conflict 409                ├── Unprocessable 422
├── Unauthorized 401      ├── Gone 410                    ├── TooManyRequests 429
├── Forbidden 403         ├── TooLarge 413                ├── Unavailable 503
└── NotFound 404          └── UnsupportedMediaType 415    └── InsufficientStorage 507
"""

import logging
from http import HTTPStatus
from typing import TypedDict, Unpack

from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from common.http import logs, schemas
from common.http.responses import encode

log = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
TYPE = "about:blank"
"""The problem has no meaning beyond its HTTP status (RFC 9457 section 4.2.1)."""

PICTURE_NOT_FOUND = "There is no such picture, or it has been deleted."
"""The detail of a 404 for a picture."""


class Extra(TypedDict, total=False):
    """Extension members of a problem document; `schemas.Refused` describes them."""

    errors: list[schemas.BadMember]
    pointer: str
    limit: int
    missing: list[int]
    retry_after: int


class Problem(Exception):
    """Base of all domain errors. ``detail`` says what to do; ``extra`` become members of the document."""

    status = 500

    def __init__(self, detail: str, *, headers: dict[str, str] | None = None, **extra: Unpack[Extra]) -> None:
        super().__init__(detail)
        self.detail = detail
        self.headers = headers or {}
        self.extra = extra

    def document(self) -> schemas.Problem:
        """Return the problem document for the current request (RFC 9457 section 3.1)."""
        return schemas.Problem(
            type=TYPE,
            title=title_of(self.status),
            status=self.status,
            detail=self.detail,
            request_id=logs.request_id(),
            **self.extra,
        )

    def refused(self) -> schemas.Refused:
        """Return the problem document for one file of several, without the request id."""
        title = title_of(self.status)
        return schemas.Refused(type=TYPE, title=title, status=self.status, detail=self.detail, **self.extra)


class BadRequest(Problem):
    status = 400


class Unauthorized(Problem):
    """The request has no usable token. The response names the scheme to use (RFC 9110 section 11.6.1)."""

    status = 401

    def __init__(self, detail: str) -> None:
        super().__init__(detail, headers={"WWW-Authenticate": 'Bearer realm="vitrine"'})


class Forbidden(Problem):
    status = 403


class NotFound(Problem):
    status = 404


class Conflict(Problem):
    status = 409


class Gone(Problem):
    status = 410


class TooLarge(Problem):
    status = 413


class UnsupportedMediaType(Problem):
    status = 415


class Unprocessable(Problem):
    status = 422


class TooManyRequests(Problem):
    """The client has used up its share. It may ask again after ``retry_after`` seconds (RFC 6585 section 4)."""

    status = 429

    def __init__(self, detail: str, retry_after: int) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after)}, retry_after=retry_after)


class Unavailable(Problem):
    """A dependency does not answer. Nothing is lost; the client may retry after ``retry_after`` seconds."""

    status = 503

    def __init__(self, detail: str, retry_after: int = 2) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after)})


class InsufficientStorage(Problem):
    """The store cannot take this. Clients wait for a person before they try again (RFC 4918 section 11.5)."""

    status = 507


def register(app: Flask) -> None:
    """Answer every error of ``app`` with a problem document."""
    app.register_error_handler(Problem, answer)
    app.register_error_handler(HTTPException, _from_http_exception)
    app.register_error_handler(Exception, _from_anything)


def answer(problem: Problem) -> Response:
    """Return the response for ``problem``. Statuses from 500 are logged."""
    if problem.status >= 500:
        log.warning("unavailable", extra={"detail": problem.detail})
    response = _response(problem.document())
    response.headers.update(problem.headers)
    return response


def _from_http_exception(error: HTTPException) -> Response:
    """Keep headers of the exception's own response, such as Allow of a 405 and Retry-After of a 429."""
    answer = error.get_response()
    status = answer.status_code
    if status < 400:  # a redirect from routing
        return Response(answer.get_data(), status, dict(answer.headers))
    response = _response(_document(status, error.description or ""))
    for name in ("Allow", "Retry-After", "WWW-Authenticate"):
        if name in answer.headers:
            response.headers[name] = answer.headers[name]
    return response


def _from_anything(error: Exception) -> Response:
    log.error("unhandled error", exc_info=error)
    detail = "The server failed. Give the request id to the operator of this service, who can find the cause with it."
    return _response(_document(500, detail))


# RFC 9110 renamed two statuses; Python has the new names only from 3.13 on.
_RENAMED = {413: "Content Too Large", 422: "Unprocessable Content"}


def title_of(status: int) -> str:
    """The title of a problem with this HTTP status: its reason phrase (RFC 9110 section 15)."""
    return _RENAMED.get(status) or HTTPStatus(status).phrase


def _document(status: int, detail: str) -> schemas.Problem:
    title = title_of(status)
    return schemas.Problem(type=TYPE, title=title, status=status, detail=detail, request_id=logs.request_id())


def _response(document: schemas.Problem) -> Response:
    headers = {"Cache-Control": "no-store"}
    return Response(encode(document), document.status, headers, content_type=CONTENT_TYPE)
