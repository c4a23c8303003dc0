"""An OpenAPI document matches the routes, Structs and operations of its app."""

from typing import Annotated, Any

import pytest
from flask import Flask
from msgspec import UNSET, Meta, Struct, UnsetType

from common.http.converters import IdConverter
from common.http.openapi import Operation, Reply
from common.http.openapi_document import document
from common.http.schemas import ResponseBody


class Wish(Struct):
    colour: str


class Thing(ResponseBody):
    colour: str


class Query(Struct):
    limit: Annotated[int, Meta(ge=1, le=9, description="How many", examples=[3])] = 5
    after: str | UnsetType = UNSET


class Bare(Struct):
    name: str


def described(**more: Any) -> Any:
    app = Flask("toy")
    app.url_map.converters["id"] = IdConverter
    app.add_url_rule("/livez", "alive", lambda: "ok")
    replies = {200: Reply("It", Thing, ("ETag",)), 204: Reply("Nothing")}
    options: dict[str, Any] = {"operation_id": "do", "summary": "Do it", "replies": replies, **more}

    @app.post("/api/things/<id:image_id>")
    @Operation(**options)
    def view(image_id: str) -> str:
        return image_id

    return document(app, "Toy", "For tests")


def test_a_route_becomes_an_operation_with_its_replies_and_problems() -> None:
    made = described(problems=(404, 503), bearer=True)
    assert list(made["paths"]) == ["/api/things/{image_id}"]  # probes are not part of the contract
    done = made["paths"]["/api/things/{image_id}"]["post"]
    assert list(done["responses"]) == ["200", "204", "404", "503"]
    assert done["responses"]["404"] == {"$ref": "#/components/responses/NotFound"}
    assert set(done["responses"]["200"]["headers"]) == {"ETag", "X-Request-ID"}
    assert done["security"] == [{"token": []}]
    assert set(made["components"]["responses"]) == {"NotFound", "Unavailable"}
    assert set(made["components"]["headers"]) == {"ETag", "Retry-After", "X-Request-ID"}
    assert made["components"]["schemas"]["Thing"]["additionalProperties"] is False


def test_path_and_query_become_parameters_with_limits_and_examples() -> None:
    path, limit, after = described(query=Query)["paths"]["/api/things/{image_id}"]["post"]["parameters"]
    assert (path["name"], path["in"], path["required"]) == ("image_id", "path", True)
    assert path["schema"]["pattern"] == "^[0-7][0-9a-hjkmnp-tv-z]{25}$"
    assert limit == {
        "name": "limit",
        "in": "query",
        "required": False,
        "schema": {"type": "integer", "minimum": 1, "maximum": 9, "default": 5},
        "description": "How many",
        "example": 3,
    }
    assert after == {"name": "after", "in": "query", "required": False, "schema": {"type": "string"}}


def test_a_body_has_its_schema_and_example() -> None:
    made = described(body=Wish, example={"colour": "red"})
    body = made["paths"]["/api/things/{image_id}"]["post"]["requestBody"]
    assert body["content"]["application/json"]["example"] == {"colour": "red"}
    assert body["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Wish"}
    assert made["components"]["schemas"]["Wish"]["required"] == ["colour"]


def test_what_lacks_an_example_is_refused() -> None:
    with pytest.raises(ValueError, match="the body has no example"):
        described(body=Wish)
    with pytest.raises(ValueError, match="name has no example"):
        described(query=Bare)


def test_a_route_of_the_interface_without_an_operation_is_refused() -> None:
    app = Flask("toy")
    app.get("/api/forgotten")(lambda: "")
    with pytest.raises(ValueError, match="/api/forgotten"):
        document(app, "Toy", "For tests")
