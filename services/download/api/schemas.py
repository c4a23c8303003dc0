"""Defines the request and response bodies of the download service."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from common.http.schemas import DateTime, ResponseBody, Uri

MAX_REFS = 500
MAX_IDS = 100
MIN_LINK_SECONDS = 60
MAX_LINK_SECONDS = 7 * 24 * 3600


class Variant(StrEnum):
    PREVIEW = "thumbnail"
    ORIGINAL = "original"
    DOWNLOAD = "download"


class Batch(Struct):
    """Asks for one variant of many pictures. Send either ids, or refs from the catalog (faster: no look-up)."""

    variant: Variant
    refs: Annotated[list[str], Meta(max_length=MAX_REFS)] | None = None
    ids: Annotated[list[str], Meta(max_length=MAX_IDS)] | None = None


EitherRefsOrIds = Annotated[
    Batch,
    Meta(
        extra_json_schema={
            "oneOf": [{"required": [name], "properties": {name: {"type": "array"}}} for name in ("refs", "ids")]
        }
    ),
]
"""A Batch with a rule that msgspec cannot check; download.batch checks it."""


class Link(ResponseBody):
    """A signed URL."""

    url: Uri
    expires_at: DateTime


class Urls(ResponseBody):
    """The URLs by ref or id. `missing` lists pictures that do not exist or do not have this variant."""

    urls: dict[str, Link]
    missing: list[str]


class NewLink(Struct):
    """How long a new share link works."""

    expires_in: Annotated[int, Meta(ge=MIN_LINK_SECONDS, le=MAX_LINK_SECONDS, description="Seconds")]


class FollowedLink(Struct):
    """The path parameter of a share link."""

    link: Annotated[
        str,
        Meta(
            description="id.expiry.MAC",
            examples=["7yk0s9v2d8zzz4k1m0c3q5r7t9.1769860800.2QJmYx0c6b1uR9wqk5Zf3sTnV8aLhEoPdGiXyBrCt7A"],
        ),
    ]


class ShareLink(ResponseBody):
    """A share link on the gallery's own host."""

    url: Uri
    path: str
    expires_at: DateTime
