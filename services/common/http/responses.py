"""Answers from Structs."""

import json
from collections.abc import Mapping
from typing import Any

import msgspec
from flask import Response

_encode = msgspec.json.Encoder().encode


def encode(value: Any) -> bytes:
    """A Struct, or what is made of Structs, as JSON in UTF-8."""
    try:
        return _encode(value)
    except UnicodeEncodeError:
        # Somebody sent a lone surrogate and the answer repeats it. It can be written in UTF-8 only as an escape.
        return json.dumps(msgspec.to_builtins(value), separators=(",", ":")).encode()


def json_response(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """The answer with ``body`` as JSON. ``body``: a Struct, or what is made of Structs."""
    return Response(encode(body), status, headers, content_type="application/json")
