"""Builds the OpenAPI 3.1 document of a service from its routes, its Structs and the `Operation` of each view.

Used by `make contract` and by tests, never at run time.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from flask import Flask
from msgspec import Struct
from werkzeug.routing import Rule

from common.http import problems, schemas
from common.http.openapi import Operation, Reply, operation_of
from common.http.schemas import REF, DateTime

Json = dict[str, Any]

HEADERS: Mapping[str, tuple[Any, str]] = {
    "Age": (schemas.Digits, "Seconds since the LIST behind this response"),
    "Cache-Control": (str, "How long the response may be cached"),
    "ETag": (str, "The version of the response, for If-None-Match"),
    "Location": (schemas.Uri, "The URL to follow"),
    "Retry-After": (schemas.Digits, "Seconds to wait before a retry"),
    "WWW-Authenticate": (str, "The authentication scheme to use"),
    "X-As-Of": (DateTime, "Time of the LIST behind this response"),
    "X-Request-ID": (str, "The request id, as in the log lines of the request"),
}
"""Response headers: name → type and description. Every response has X-Request-ID, so a Reply does not list it."""

PROBLEMS: Mapping[int, tuple[str, str, tuple[str, ...]]] = {
    400: ("BadRequest", "The request is not valid; the detail says where", ()),
    401: ("Unauthorized", "The request has no token or key", ("WWW-Authenticate",)),
    403: ("Forbidden", "The token or key is wrong, or the page's origin is not allowed", ()),
    404: ("NotFound", "There is no such upload or picture, or it was deleted", ()),
    409: ("Conflict", "The current state does not allow this; the detail says what to do first", ()),
    410: ("Gone", "It was cancelled or deleted, or it has expired", ()),
    413: ("TooLarge", "The body or the file is too large", ()),
    415: ("Unsupported", "The body is not declared as JSON, or the file type is not accepted", ()),
    422: ("Unprocessable", "The uploaded file is not an accepted picture", ()),
    429: ("TooMany", "The address of the client was granted as many bytes as one hour allows", ("Retry-After",)),
    503: (
        "Unavailable",
        "The picture store does not answer, or too many uploads are being published; nothing is lost",
        ("Retry-After",),
    ),
    507: ("InsufficientStorage", "The disk of the picture store is nearly full", ()),
}
"""Problem statuses: status → name in components/responses, description, extra headers."""

_BEARER = {
    "type": "http",
    "scheme": "bearer",
    "description": "The token of the upload, or the operator's token",
}


def document(app: Flask, title: str, description: str) -> Json:
    """Return the document of all views of ``app`` that have an `Operation`.

    Raises ValueError if a view below /api/ or /s3/ has none, or if a body or a required parameter has no example.
    """
    operations = list(_operations(app))
    paths: Json = {}
    for rule, method, operation in operations:
        paths.setdefault(path_of(rule), {})[method.lower()] = _operation(rule, operation)
    statuses = sorted({status for _, _, operation in operations for status in operation.problems})
    used = {"X-Request-ID"}
    used |= {name for _, _, operation in operations for reply in operation.replies.values() for name in reply.headers}
    used |= {name for status in statuses for name in PROBLEMS[status][2]}
    components: Json = {
        "headers": {name: _header(name) for name in sorted(used)},
        "responses": {PROBLEMS[status][0]: _problem(status) for status in statuses},
        "schemas": _schemas(operation for _, _, operation in operations),
    }
    if any(operation.bearer for _, _, operation in operations):
        components["securitySchemes"] = {"token": _BEARER}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": title,
            "version": "1.0.0",
            "description": description,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "paths": {path: paths[path] for path in sorted(paths)},
        "components": components,
    }


def path_of(rule: Rule) -> str:
    """Return the path of a route in OpenAPI's notation: `<id:image_id>` becomes `{image_id}`."""
    return re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule)


def _operations(app: Flask) -> Iterable[tuple[Rule, str, Operation]]:
    for rule in app.url_map.iter_rules():
        operation = operation_of(app.view_functions[rule.endpoint])
        if operation is None:
            if rule.rule.startswith(("/api/", "/s3/")):
                raise ValueError(f"{rule.rule} has no Operation(…)")
            continue
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule, method, operation


def _operation(rule: Rule, operation: Operation) -> Json:
    result: Json = {"operationId": operation.operation_id, "summary": operation.summary}
    if operation.description:
        result["description"] = operation.description
    if operation.bearer:
        result["security"] = [{"token": []}]
    if parameters := [
        *_path_parameters(rule, operation),
        *_query_parameters(operation),
        *_header_parameters(operation),
    ]:
        result["parameters"] = parameters
    if operation.body is not None:
        if operation.example is None:
            raise ValueError(f"{operation.operation_id}: the body has no example")
        content: Json = {"schema": schema_of(operation.body), "example": operation.example}
        result["requestBody"] = {"required": operation.body_required, "content": {"application/json": content}}
    replies = {str(status): _reply(reply) for status, reply in operation.replies.items()}
    shared = {str(status): {"$ref": f"#/components/responses/{PROBLEMS[status][0]}"} for status in operation.problems}
    result["responses"] = dict(sorted({**replies, **shared}.items()))
    return result


def _path_parameters(rule: Rule, operation: Operation) -> Iterable[Json]:
    members = _members(operation.path)
    for name in re.findall(r"<(?:[^:<>]+:)?([^<>]+)>", rule.rule):
        schema, _ = members.get(name) or (schema_of(schemas.Id), True)
        yield _parameter(name, "path", schema, required=True)


def _query_parameters(operation: Operation) -> Iterable[Json]:
    for name, (schema, required) in _members(operation.query).items():
        yield _parameter(name, "query", schema, required=required)


def _header_parameters(operation: Operation) -> Iterable[Json]:
    for name, description in operation.headers.items():
        yield _parameter(name, "header", {"description": description, "type": "string"}, required=False)


def _parameter(name: str, location: str, schema: Json, *, required: bool) -> Json:
    """Return a parameter object with the schema's description and example, where OpenAPI tools look for them."""
    rest = {key: value for key, value in schema.items() if key not in ("description", "examples")}
    parameter: Json = {"name": name, "in": location, "required": required, "schema": rest}
    if "description" in schema:
        parameter["description"] = schema["description"]
    if "examples" in schema:
        parameter["example"] = schema["examples"][0]
    elif required:
        raise ValueError(f"the parameter {name} has no example")
    return parameter


def _members(kind: type[Struct] | None) -> dict[str, tuple[Json, bool]]:
    """The fields of a Struct: name → schema and whether it is required."""
    if kind is None:
        return {}
    schema = _components([kind])[kind.__name__]
    required = schema.get("required", [])
    return {name: (member, name in required) for name, member in schema["properties"].items()}


def _reply(reply: Reply) -> Json:
    response: Json = {"description": reply.description, "headers": _header_references(reply.headers)}
    if reply.body is not None:
        response["content"] = {reply.content_type: {"schema": schema_of(reply.body)}}
    return response


def _problem(status: int) -> Json:
    _, description, headers = PROBLEMS[status]
    return _reply(Reply(description, schemas.Problem, headers, problems.CONTENT_TYPE))


def _header_references(names: Iterable[str]) -> Json:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in sorted({"X-Request-ID", *names})}


def _header(name: str) -> Json:
    kind, description = HEADERS[name]
    return {"description": description, "required": True, "schema": schema_of(kind)}


def schema_of(kind: Any) -> Json:
    """Return the JSON Schema of a type; for a Struct, a reference to its schema."""
    (schema,), _ = msgspec.json.schema_components([kind], ref_template=REF)
    return schema


def _schemas(operations: Iterable[Operation]) -> Json:
    kinds: list[Any] = [schemas.Problem, schemas.Refused]
    for operation in operations:
        kinds += [operation.body, *operation.referenced, *(reply.body for reply in operation.replies.values())]
    return _components(kind for kind in kinds if kind is not None)


def _components(kinds: Iterable[Any]) -> Json:
    _, components = msgspec.json.schema_components(kinds, ref_template=REF)
    return dict(sorted(components.items()))
