"""Defines the parts of the HTTP contract that several services share.

A Struct describes one JSON object: its fields are the members, and their annotations contain every limit and format.
The OpenAPI documents and the page's types are generated from these Structs (`make contract`).
"""

from typing import Annotated, Any, TypeAlias

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from common.domain.images import rfc3339
from common.domain.keys import ID_PATTERN, ImageKey, id_time_ms
from common.domain.media_types import ImageType, media_type_of

REF = "#/components/schemas/{name}"
"""Where an OpenAPI document keeps the schema of a Struct."""

Id: TypeAlias = Annotated[
    str,
    Meta(
        pattern=f"^{ID_PATTERN}$",
        description="Ids in ascending order are newest first",
        examples=["7yk0s9v2d8zzz4k1m0c3q5r7t9"],
    ),
]
DateTime: TypeAlias = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
"""RFC 3339, in UTC."""
Digits: TypeAlias = Annotated[str, Meta(pattern="^[0-9]+$")]
Uri: TypeAlias = Annotated[str, Meta(extra_json_schema={"format": "uri"})]


class ResponseBody(Struct, forbid_unknown_fields=True):
    """Base of response bodies. Their schemas allow no other members."""


class Image(ResponseBody):
    """A published picture. All members come from its entry in a LIST."""

    id: Id
    ref: Annotated[str, Meta(description="Reference for POST /api/downloads, which then needs no look-up")]
    filename: str
    content_type: Annotated[ImageType | None, Meta(description="The media type for the extension of the file name")]
    size: Annotated[int, Meta(ge=0, description="Bytes")]
    width: Annotated[int, Meta(ge=1, description="Pixels, after EXIF rotation")]
    height: Annotated[int, Meta(ge=1, description="Pixels, after EXIF rotation")]
    thumbhash: Annotated[str | None, Meta(description="base64url, for a placeholder")]
    thumbnail: Annotated[bool, Meta(description="Whether there is a preview")]
    uploaded_at: DateTime


def image_of(key: ImageKey, size: int) -> Image:
    """Return the picture with this key; ``size`` is in bytes."""
    return Image(
        id=key.id,
        ref=key.tail,
        filename=key.filename,
        content_type=media_type_of(key.filename),
        size=size,
        width=key.width,
        height=key.height,
        thumbhash=key.thumbhash,
        thumbnail=key.has_preview,
        uploaded_at=rfc3339(id_time_ms(key.id) / 1000),
    )


class BadMember(Struct):
    """An error in one member of the body."""

    pointer: Annotated[str, Meta(description="RFC 6901")]
    detail: str


class Refused(Struct, kw_only=True):
    """A problem with one file (RFC 9457); the other files are not affected."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[BadMember] | UnsetType = UNSET
    pointer: Annotated[str | UnsetType, Meta(description="JSON pointer to the invalid member (RFC 6901)")] = UNSET
    limit: Annotated[int | UnsetType, Meta(description="Bytes")] = UNSET
    missing: Annotated[list[int] | UnsetType, Meta(description="Numbers of missing parts, at most 1000")] = UNSET
    retry_after: Annotated[
        int | UnsetType, Meta(description="Seconds after which the same request is accepted, as in Retry-After")
    ] = UNSET


def reference(*kinds: type[Struct]) -> dict[str, Any]:
    """Return the schema "one of these Structs" for a `msgspec.Raw` field, which msgspec does not decode.

    List the Structs in `referenced` of the Operation too, so that the document contains their schemas.
    """
    references = [{"$ref": REF.format(name=kind.__name__)} for kind in kinds]
    return references[0] if len(references) == 1 else {"oneOf": references}


class Problem(Refused, kw_only=True):
    """An error; `detail` says what to do (RFC 9457)."""

    uploads: Annotated[
        list[Annotated[msgspec.Raw, Meta(extra_json_schema=reference(Refused))]] | UnsetType,
        Meta(description="The problem of each file, if none was accepted"),
    ] = UNSET
    request_id: Annotated[str, Meta(description="The request id, as in the log lines of the request")]
