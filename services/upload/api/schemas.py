"""The requests and answers of the upload service. Every name, limit and format of its contract stands here, once.

A rule that stands in `extra_json_schema` is documented here and held by the code that decides, because the answer to a
breach is not the 400 that msgspec's own rules lead to, or has a sentence of its own.
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
"""What storages use, and nothing that a path, a query or a log could take for something else."""
COMPOSITE_PATTERN = r"[A-Za-z0-9+/]{43}=-[1-9][0-9]{0,4}"

Sha256: TypeAlias = Annotated[
    str, Meta(description="SHA-256, base64", extra_json_schema={"pattern": "^[A-Za-z0-9+/]{43}=$"})
]
UploadId: TypeAlias = Annotated[
    str,
    Meta(
        description="Storage's id of an upload in parts",
        examples=["2~0123456789abcdef"],
        extra_json_schema={"pattern": f"^{UPLOAD_ID_PATTERN}$"},
    ),
]
PartNumber: TypeAlias = Annotated[int, Meta(ge=1, le=MAX_PARTS, examples=[1])]
Key: TypeAlias = Annotated[str, Meta(description="Opens this upload; opaque", examples=["v1.k1.eyJ9.c2lnbmF0dXJl"])]


class Config(ResponseBody):
    """What a client must know before its first upload."""

    max_upload_bytes: int
    allowed_types: tuple[ImageType, ...]
    upload_key_required: bool
    put_seconds: Annotated[int, Meta(description="How long a signed PUT is good for")]
    multipart_from: Annotated[int, Meta(description="Bytes from which on a file is sent in parts")]
    max_parts_per_request: Annotated[int, Meta(description="How many parts are signed with one call")]


class NewPreview(Struct):
    """A preview that the sender made: at most 1,024 pixels a side, in the shape of the picture."""

    content_type: Annotated[str, Meta(extra_json_schema={"enum": list(PREVIEW_TYPES)})]
    size: Annotated[int, Meta(extra_json_schema={"minimum": 1, "maximum": MAX_PREVIEW_BYTES})]
    sha256: Sha256


class NewFile(Struct):
    """A file that somebody wants to upload, as they describe it."""

    filename: str
    content_type: Annotated[str, Meta(extra_json_schema={"enum": list(ALLOWED_TYPES)})]
    size: Annotated[
        int,
        Meta(
            description="Bytes; from `multipart_from` of the configuration on the file is sent in parts",
            extra_json_schema={"minimum": 1},
        ),
    ]
    sha256: Annotated[
        Sha256 | None,
        Meta(
            description="Of the whole file. One PUT needs it; each part of a file in parts has its own, and this one "
            "is not checked"
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
        Meta(description="base64url without padding, for a placeholder"),
    ] = None
    thumbnail: NewPreview | None = None


class NewUploads(Struct):
    """The body of POST /api/uploads. The files are read one by one, so that a bad one does not stop the others."""

    files: Annotated[
        list[Annotated[Any, Meta(extra_json_schema=reference(NewFile))]], Meta(min_length=1, max_length=MAX_FILES)
    ]


class SignedPut(ResponseBody):
    """A request that storage takes from the browser exactly so."""

    method: Literal["PUT"]
    url: Uri
    headers: Annotated[dict[str, str], Meta(description="Send these exactly so, and no others of storage's")]


class Multipart(ResponseBody):
    """How to cut a file that is sent in parts."""

    part_size: Annotated[int, Meta(description="Bytes of each part but the last")]
    part_count: PartNumber


class SignedPreview(ResponseBody):
    """How to send the preview."""

    put: SignedPut


class Permit(ResponseBody, kw_only=True):
    """How to send a file: `put` in one request, or `multipart` in parts. Either one is there."""

    expires_at: DateTime
    put: SignedPut | UnsetType = UNSET
    multipart: Multipart | UnsetType = UNSET
    thumbnail: SignedPreview | UnsetType = UNSET


class Granted(Permit, kw_only=True):
    """The permission to upload one file."""

    id: Id
    token: Annotated[str, Meta(description="Opens this upload and its picture: Authorization: Bearer")]


class Uploads(ResponseBody):
    """An entry for each file, in the order of the request: a permission, or the file's problem."""

    uploads: Annotated[
        list[Annotated[msgspec.Raw, Meta(extra_json_schema=reference(Granted, Refused))]], Meta(min_length=1)
    ]


class NewPart(Struct):
    """A part that is about to be sent."""

    part_number: PartNumber
    sha256: Sha256


class NewParts(Struct):
    """The body that asks for part URLs. Without an upload_id an upload in parts is begun."""

    parts: Annotated[
        list[NewPart], Meta(max_length=MAX_PARTS_SIGNED, description="May be empty in the first call only")
    ]
    upload_id: Annotated[UploadId | None, Meta(description="Left out in the first call, which begins the upload")] = (
        None
    )


class SignedPart(SignedPut):
    """The PUT of one part."""

    part_number: PartNumber


class SignedParts(ResponseBody):
    """The PUTs of parts, in the order of the request."""

    upload_id: UploadId
    expires_at: DateTime
    parts: list[SignedPart]


class FoundPart(ResponseBody):
    """A part that storage has."""

    part_number: PartNumber
    size: Annotated[int, Meta(description="Bytes")]
    etag: str
    sha256: Annotated[
        Sha256 | None, Meta(description="null where the part was signed for different bytes: send it again")
    ]


class FoundParts(ResponseBody):
    """The parts that storage has, ascending."""

    upload_id: UploadId
    part_size: Annotated[int, Meta(description="Bytes of each part but the last")]
    part_count: PartNumber
    parts: list[FoundPart]


class Completion(Struct):
    """The body of complete; a single PUT needs none."""

    upload_id: UploadId | None = None
    sha256: Annotated[
        Annotated[str, Meta(extra_json_schema={"pattern": f"^{COMPOSITE_PATTERN}$"})] | None,
        Meta(
            description="The composite that the sender expects: SHA-256 over the parts' SHA-256s, base64, and how many "
            "there are"
        ),
    ] = None


class Publishing(ResponseBody):
    """The upload is still being published."""

    id: Id
    status: Literal["publishing"]


class WhichParts(Struct):
    """The query of a list of parts."""

    upload_id: Annotated[UploadId, Meta(description="From the first call for parts")]


class WhichUpload(Struct):
    """The query of a cancel."""

    upload_id: Annotated[UploadId | UnsetType, Meta(description="Of an upload in parts")] = UNSET


class HowToDelete(Struct):
    """The query of a delete."""

    purge: Annotated[
        Literal["true", "false"] | UnsetType,
        Meta(description="true removes it at once and for good; only the operator's token can"),
    ] = UNSET


class CompanionUpload(Struct):
    """What Uppy says of a file."""

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
    """What the other calls want."""

    key: Key
    upload_id: UploadId = msgspec.field(name="uploadId")


class CompanionUrl(ResponseBody):
    """A PUT of the part's bytes, with no headers of its own."""

    url: Uri
    expires: Annotated[int, Meta(description="Seconds")]


class CompanionPart(ResponseBody):
    """A part that storage has."""

    part_number: PartNumber = msgspec.field(name="PartNumber")
    size: Annotated[int, Meta(description="Bytes")] = msgspec.field(name="Size")
    etag: str = msgspec.field(name="ETag")


class SentPart(Struct):
    """Which sending of a part is meant."""

    part_number: PartNumber = msgspec.field(name="PartNumber")
    etag: Annotated[str, Meta(max_length=128)] = msgspec.field(name="ETag")


class SentParts(Struct):
    """Which sendings of which parts make the file, in order."""

    parts: Annotated[list[SentPart], Meta(min_length=1, max_length=MAX_PARTS)]


class CompanionDone(ResponseBody):
    """Where the picture is, or will be."""

    location: Uri
    key: str


class CompanionPath(Struct):
    """The variable of the companion's paths."""

    upload_id: UploadId


class CompanionPartPath(Struct):
    """The variables of a part's path."""

    upload_id: UploadId
    part_number: PartNumber


class CompanionQuery(Struct):
    """The query of the companion's calls."""

    key: Annotated[Key, Meta(description="What the beginning of the upload answered")]
