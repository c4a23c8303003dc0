"""Defines the parameters and response bodies of the catalog service."""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from common.http.schemas import DateTime, Id, Image, ResponseBody

DEFAULT_LIMIT = 60
MAX_LIMIT = 200

Cursor = Annotated[Id, Meta(description="The next_cursor of the previous page. Do not combine it with before")]
Time = Annotated[DateTime, Meta(examples=["2026-01-31T12:00:00Z"])]
Month = Annotated[str, Meta(pattern="^[0-9]{4}-[0-9]{2}$")]


class ListParameters(Struct):
    """The query parameters of a list; catalog.query parses them."""

    limit: Annotated[int, Meta(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT
    cursor: Cursor | UnsetType = UNSET
    before: Annotated[Time | UnsetType, Meta(description="Start with pictures of this time or older")] = UNSET
    after: Annotated[Time | UnsetType, Meta(description="Leave out pictures that are older than this")] = UNSET


class Page(ResponseBody):
    """One page of the list, newest first."""

    items: Annotated[list[Image], Meta(max_length=MAX_LIMIT)]
    next_cursor: Annotated[Id | None, Meta(description="The cursor of the next page; null on the last one")]


class Timeline(ResponseBody):
    """The months that have pictures, and the times of the newest and the oldest picture (null in an empty gallery)."""

    newest: DateTime | None
    oldest: DateTime | None
    months: Annotated[list[Month], Meta(description="Newest first")]
