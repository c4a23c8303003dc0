"""Defines the request and response bodies of the upload service: every name, limit and format of its contract.

A rule in `extra_json_schema` is only documented here. Other code enforces it, because a breach needs another status
than msgspec's 400, or a message of its own.
"""

from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from common.domain.keys import THUMBHASH_CHARS
from common.domain.media_types import ALLOWED_TYPES, PREVIEW_TYPES, ImageType
from common.http.schemas import DateTime, Id, Refused, ResponseBody, Uri, reference
from upload.limits import MAX_FILES, MAX_PARTS_SIGNED, MAX_PREVIEW_BYTES
from upload.multipart.part_sizes import MAX_PARTS

UPLOAD_ID_PATTERN = r"[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,1023}"
"""The characters that storage uses. All of them are safe in a path, a query and a log line."""
COMPOSITE_PATTERN = r"[A-Za-z0-9+/]{43}=-[1-9][0-9]{0,4}"

Sha256: TypeAlias = Annotated[
    str, Meta(description="SHA-256, base64", extra_json_schema={"pattern": "^[A-Za-z0-9+/]{43}=$"})
]
UploadId: TypeAlias = Annotated[
    str,
    Meta(
        description="Storage's id of the multipart upload",
        examples=["2~0123456789abcdef"],
        extra_json_schema={"pattern": f"^{UPLOAD_ID_PATTERN}$"},
    ),
]
PartNumber: TypeAlias = Annotated[int, Meta(ge=1, le=MAX_PARTS, examples=[1])]
Key: TypeAlias = Annotated[str, Meta(description="Opaque; authorises the upload", examples=["v1.k1.eyJ9.c2lnbmF0dXJl"])]


class Config(ResponseBody):
    """The settings that a client needs before its first upload."""

    max_upload_bytes: int
    allowed_types: tuple[ImageType, ...]
    upload_key_required: bool
    put_seconds: Annotated[int, Meta(description="How long a signed PUT is valid, in seconds")]
    multipart_from: Annotated[int, Meta(description="Files of this many bytes or more are sent in parts")]
    max_parts_per_request: Annotated[int, Meta(description="The most parts that one request can have signed")]


class NewPreview(Struct):
    """A preview that the sender made: at most 1,024 pixels a side, with the aspect ratio of the picture."""

    content_type: Annotated[str, Meta(extra_json_schema={"enum": list(PREVIEW_TYPES)})]
    size: Annotated[int, Meta(extra_json_schema={"minimum": 1, "maximum": MAX_PREVIEW_BYTES})]
    sha256: Sha256


class NewFile(Struct):
    """A file to upload, as the sender describes it."""

    filename: str
    content_type: Annotated[str, Meta(extra_json_schema={"enum": list(ALLOWED_TYPES)})]
    size: Annotated[
        int,
        Meta(
            description="Bytes. A file of `multipart_from` bytes (see the configuration) or more is sent in parts",
            extra_json_schema={"minimum": 1},
        ),
    ]
    sha256: Annotated[
        Sha256 | None,
        Meta(
            description="SHA-256 of the whole file. A single PUT needs it. For a file in parts it is not checked: each "
            "part has its own"
        ),
    ] = None
    thumbhash: Annotated[
        Annotated[
            str,
            Meta(
                extra_json_schema={"pattern": f"^[A-Za-z0-9_-]{{{THUMBHASH_CHARS.start},{THUMBHASH_CHARS.stop - 1}}}$"}
            ),
        ]
        | None,
        Meta(description="base64url without padding; shown as a placeholder"),
    ] = None
    thumbnail: NewPreview | None = None


class NewUploads(Struct):
    """The body of POST /api/uploads. The files are checked one by one, so that a bad one does not stop the others."""

    files: Annotated[
        list[Annotated[Any, Meta(extra_json_schema=reference(NewFile))]], Meta(min_length=1, max_length=MAX_FILES)
    ]


class SignedPut(ResponseBody):
    """A signed request that the browser sends to storage without changes."""

    method: Literal["PUT"]
    url: Uri
    headers: Annotated[dict[str, str], Meta(description="Send exactly these; add no other x-amz header")]


class Multipart(ResponseBody):
    """How to split a file that is sent in parts."""

    part_size: Annotated[int, Meta(description="Bytes in each part except the last")]
    part_count: PartNumber


class SignedPreview(ResponseBody):
    """How to send the preview."""

    put: SignedPut


class Permit(ResponseBody, kw_only=True):
    """How to send a file: `put` in one request, or `multipart` in parts. Exactly one of the two is present."""

    expires_at: DateTime
    put: SignedPut | UnsetType = UNSET
    multipart: Multipart | UnsetType = UNSET
    thumbnail: SignedPreview | UnsetType = UNSET


class Granted(Permit, kw_only=True):
    """The permission to upload one file."""

    id: Id
    token: Annotated[str, Meta(description="Send it as Authorization: Bearer; valid for this upload and its picture")]


class Uploads(ResponseBody):
    """One entry for each file, in the order of the request: a permission or a problem."""

    uploads: Annotated[
        list[Annotated[msgspec.Raw, Meta(extra_json_schema=reference(Granted, Refused))]], Meta(min_length=1)
    ]


class NewPart(Struct):
    """A part that is about to be sent."""

    part_number: PartNumber
    sha256: Sha256


class NewParts(Struct):
    """The body of a request for part URLs. Without an upload_id, the request starts a multipart upload."""

    parts: Annotated[
        list[NewPart], Meta(max_length=MAX_PARTS_SIGNED, description="May be empty only in the first call")
    ]
    upload_id: Annotated[UploadId | None, Meta(description="Omit it in the first call, to start the upload")] = None


class SignedPart(SignedPut):
    """The PUT of one part."""

    part_number: PartNumber


class SignedParts(ResponseBody):
    """The signed PUTs of the parts, in the order of the request."""

    upload_id: UploadId
    expires_at: DateTime
    parts: list[SignedPart]


class FoundPart(ResponseBody):
    """A part that storage has."""

    part_number: PartNumber
    size: Annotated[int, Meta(description="Bytes")]
    etag: str
    sha256: Annotated[
        Sha256 | None, Meta(description="null if this part was signed for other bytes too: send it again")
    ]


class FoundParts(ResponseBody):
    """The parts that storage has, by ascending part number."""

    upload_id: UploadId
    part_size: Annotated[int, Meta(description="Bytes in each part except the last")]
    part_count: PartNumber
    parts: list[FoundPart]


class Completion(Struct):
    """The body of complete. A file that was sent in one PUT needs no body."""

    upload_id: UploadId | None = None
    sha256: Annotated[
        Annotated[str, Meta(extra_json_schema={"pattern": f"^{COMPOSITE_PATTERN}$"})] | None,
        Meta(
            description="The composite checksum that the sender expects: SHA-256 of the parts' SHA-256s in base64, "
            "a hyphen, and the number of parts"
        ),
    ] = None


class Publishing(ResponseBody):
    """The upload is still being published."""

    id: Id
    status: Literal["publishing"]


class WhichParts(Struct):
    """The query parameters for a list of parts."""

    upload_id: Annotated[UploadId, Meta(description="As answered by the first request for part URLs")]


class WhichUpload(Struct):
    """The query parameters for a cancel."""

    upload_id: Annotated[UploadId | UnsetType, Meta(description="The multipart upload, if there is one")] = UNSET


class HowToDelete(Struct):
    """The query parameters for a delete."""

    purge: Annotated[
        Literal["true", "false"] | UnsetType,
        Meta(description="true removes the picture at once and for good; this needs the operator's token"),
    ] = UNSET


class CompanionUpload(Struct):
    """What Uppy sends about a file."""

    filename: str
    type: Annotated[str, Meta(extra_json_schema={"enum": list(ALLOWED_TYPES)})]
    metadata: Annotated[
        dict[str, Any] | None,
        Meta(
            description="Uppy's meta fields. size is required: the file's length in bytes. upload_key is needed where "
            "the operator has set one"
        ),
    ] = None


class CompanionBegun(ResponseBody):
    """The values that the other companion calls need."""

    key: Key
    upload_id: UploadId = msgspec.field(name="uploadId")


class CompanionUrl(ResponseBody):
    """The URL for a PUT of the part. It needs no extra headers."""

    url: Uri
    expires: Annotated[int, Meta(description="Seconds")]


class CompanionPart(ResponseBody):
    """A part that storage has."""

    part_number: PartNumber = msgspec.field(name="PartNumber")
    size: Annotated[int, Meta(description="Bytes")] = msgspec.field(name="Size")
    etag: str = msgspec.field(name="ETag")


class SentPart(Struct):
    """Which attempt of a part to use."""

    part_number: PartNumber = msgspec.field(name="PartNumber")
    etag: Annotated[str, Meta(max_length=128)] = msgspec.field(name="ETag")


class SentParts(Struct):
    """The attempts of the parts that make up the file, in order."""

    parts: Annotated[list[SentPart], Meta(min_length=1, max_length=MAX_PARTS)]


class CompanionDone(ResponseBody):
    """Where the picture is, or will be."""

    location: Uri
    key: str


class CompanionPath(Struct):
    """The path parameter of the companion routes."""

    upload_id: UploadId


class CompanionPartPath(Struct):
    """The path parameters of a part's route."""

    upload_id: UploadId
    part_number: PartNumber


class CompanionQuery(Struct):
    """The query parameters of the companion calls."""

    key: Annotated[Key, Meta(description="The `key` of the answer that started the upload")]
