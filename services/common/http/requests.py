"""Checks every request before its view runs, and reads JSON bodies strictly."""

import json
from collections.abc import Container, Mapping
from typing import Any, TypeVar

import msgspec
from flask import Flask, Response, request
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from common.http.problems import BadRequest, Forbidden, TooLarge, UnsupportedMediaType, answer
from common.http.schemas import BadMember

T = TypeVar("T")

MAX_BODY_BYTES = 1 << 20
"""The same limit as at the gateway: 1 MiB, enough for 500 refs and too little for most pictures."""

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def register(app: Flask) -> None:
    """Limit the size of request bodies, and answer unreadable ones with problem documents."""
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.register_error_handler(RequestEntityTooLarge, _too_large)
    app.register_error_handler(ClientDisconnected, _unreadable)
    app.register_error_handler(ParseException, _unreadable)  # malformed chunks; gunicorn then closes the connection


def check(environ: Mapping[str, str], allowed: Container[str]) -> None:
    """Check the origin and body type of a state-changing request, given its WSGI environ and our own origins.

    Raises Forbidden or UnsupportedMediaType.
    """
    method = environ["REQUEST_METHOD"]
    if method not in SAFE_METHODS:
        has_body = environ.get("CONTENT_LENGTH", "") not in ("", "0") or "HTTP_TRANSFER_ENCODING" in environ
        check_origin(method, environ.get("HTTP_ORIGIN"), allowed)
        check_body_type(method, environ.get("CONTENT_TYPE", ""), has_body)


def check_origin(method: str, origin: str | None, allowed: Container[str]) -> None:
    """Refuse a state-changing request from another site's page (OWASP's Origin check against CSRF).

    A request without Origin comes from no browser page (curl, for example) and is allowed. Raises Forbidden.
    """
    if method not in SAFE_METHODS and origin is not None and origin not in allowed:
        raise Forbidden("This page's origin may not change anything here. Use the gallery's own address.")


def check_body_type(method: str, content_type: str, has_body: bool) -> None:
    """Require JSON: an HTML form can send other types without a CORS preflight. Raises UnsupportedMediaType."""
    if method in SAFE_METHODS or not has_body:
        return
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise UnsupportedMediaType("Send the body as JSON, with Content-Type: application/json.")


def own_origin(sent: str | None, allowed: tuple[str, ...]) -> str:
    """The origin of links to this gallery: ``sent`` if it is allowed, else the first one; never the Host header."""
    return sent if sent in allowed else allowed[0]


def json_body(kind: type[T]) -> T:
    """Return the request body as ``kind``.

    Raises BadRequest with the position of the first error, RequestEntityTooLarge above the app's MAX_CONTENT_LENGTH,
    and ClientDisconnected or ParseException if the body cannot be read.
    """
    body = request.get_data()
    length = request.content_length
    # werkzeug does not report a body that is incomplete or cut off at the limit, and such a body can still be valid
    # JSON. A chunked body of exactly the limit cannot be told from a longer one, so it is refused too.
    if length is not None:
        if len(body) < length:
            raise BadRequest("The body ended before its length was reached. Send it again.")
    elif len(body) == request.max_content_length:
        raise RequestEntityTooLarge
    return decode(body, kind)


def _too_large(_: RequestEntityTooLarge) -> Response:
    limit = request.max_content_length or 0
    return answer(TooLarge(f"The body is larger than {limit} bytes. Ask for fewer at once.", limit=limit))


def _unreadable(_: Exception) -> Response:
    return answer(BadRequest("The body was cut short or is malformed. Send it again."))


def decode(body: bytes, kind: type[T]) -> T:
    """Decode JSON as ``kind``. Raises BadRequest.

    If msgspec refuses the body, the standard library decodes it, because it accepts lone surrogates. Browsers send them
    in file names (RFC 8259 section 8.2), and cleaning the name removes them.
    """
    try:
        return _decoder(kind).decode(body)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        pass
    try:
        value = json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError and JSONDecodeError are ValueErrors
        raise BadRequest(f"The body is not JSON: {_in_words(error)}.") from None
    return convert(value, kind)


_decoders: dict[Any, Any] = {}


def _decoder(kind: type[T]) -> "msgspec.json.Decoder[T]":
    decoder: msgspec.json.Decoder[T] | None = _decoders.get(kind)
    if decoder is None:
        decoder = _decoders[kind] = msgspec.json.Decoder(kind)
    return decoder


def convert(value: Any, kind: type[T]) -> T:
    """Convert a decoded JSON value to ``kind``. Raises BadRequest with a pointer to the invalid member (RFC 6901)."""
    try:
        return msgspec.convert(value, kind)
    except UnicodeError:  # a lone surrogate where an enumerated string is expected
        raise BadRequest("A string in the body contains characters that are not allowed there.") from None
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$")
        member = where.rstrip("`").lstrip(".")
        pointer = "/" + member.replace("[", "/").replace("]", "").replace(".", "/") if member else ""
        raise BadRequest(f"{what}{f' at {member}' if member else ''}.", errors=[BadMember(pointer, what)]) from None


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")


def _in_words(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at character {error.pos}"
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8"
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error).partition(";")[0]
