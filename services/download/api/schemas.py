"""What the download service is asked and answers."""

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
    """Which variant of which pictures. Send either refs, as a list gave them (no look-up), or ids."""

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
"""A Batch with the rule that msgspec cannot check; download.batch does."""


class Link(ResponseBody):
    """A signed URL."""

    url: Uri
    expires_at: DateTime


class Urls(ResponseBody):
    """URLs by ref or id, and what is not there or has no such variant."""

    urls: dict[str, Link]
    missing: list[str]


class NewLink(Struct):
    """For how long a share link shall work."""

    expires_in: Annotated[int, Meta(ge=MIN_LINK_SECONDS, le=MAX_LINK_SECONDS, description="Seconds")]


class FollowedLink(Struct):
    """What the path of a share link names."""

    link: Annotated[
        str,
        Meta(
            description="id.expiry.MAC",
            examples=["7yk0s9v2d8zzz4k1m0c3q5r7t9.1769860800.2QJmYx0c6b1uR9wqk5Zf3sTnV8aLhEoPdGiXyBrCt7A"],
        ),
    ]


class ShareLink(ResponseBody):
    """A link on our own host."""

    url: Uri
    path: str
    expires_at: DateTime
