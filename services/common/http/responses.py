"""Encodes Structs as JSON responses."""

import json
from collections.abc import Mapping
from typing import Any

import msgspec
from flask import Response

_encode = msgspec.json.Encoder().encode


def encode(value: Any) -> bytes:
    """Encode a Struct, or a container of Structs, as JSON in UTF-8."""
    try:
        return _encode(value)
    except UnicodeEncodeError:
        # The client sent a lone surrogate and the response repeats it. UTF-8 can only express it as a JSON escape.
        return json.dumps(msgspec.to_builtins(value), separators=(",", ":")).encode()


def json_response(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a response with ``body`` as JSON. ``body``: a Struct, or a container of Structs."""
    return Response(encode(body), status, headers, content_type="application/json")
