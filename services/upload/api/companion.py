"""Handles the companion routes of Uppy's S3 plug-in for multipart uploads (`@uppy/aws-s3` 6).

An unmodified Uppy with `companionEndpoint` and `shouldUseMultipart: true` sends pictures here. It treats its `key` as
opaque, so the key is the capability token. Uppy has no field for the file's size, but it sends meta fields:
`metadata.size` is required, and the length of each part is signed. Uppy sends no checksum. These routes exist only with
COMPANION=true.
"""

from flask import Blueprint, Response, request

from common.http.openapi import Operation, Reply
from common.http.problems import BadRequest
from common.http.requests import json_body, own_origin
from common.http.responses import json_response
from upload import finishing
from upload.access import check_upload_key
from upload.api.authorization import companion_claims
from upload.api.schemas import (
    CompanionBegun,
    CompanionDone,
    CompanionPart,
    CompanionPartPath,
    CompanionPath,
    CompanionQuery,
    CompanionUpload,
    CompanionUrl,
    SentParts,
)
from upload.background import RETRY_SECONDS
from upload.budget.client_address import client_of
from upload.dependencies import dependencies
from upload.grants import begin_for_companion
from upload.multipart import signing
from upload.multipart.requests import checked_part_number, checked_upload_id

companion = Blueprint("companion", __name__)


@companion.post("/s3/multipart")
@Operation(
    operation_id="companionCreate",
    summary="Start a multipart upload from Uppy",
    headers={"X-Upload-Key": "Needed if the operator has set one; Uppy itself can send it as meta field upload_key"},
    body=CompanionUpload,
    example={"filename": "sunset.jpg", "type": "image/jpeg", "metadata": {"size": 482113}},
    replies={200: Reply("The values that the other companion calls need", CompanionBegun)},
    problems=(400, 401, 403, 413, 415, 429, 503, 507),
)
def create() -> Response:
    deps = dependencies()
    wanted = json_body(CompanionUpload)
    # Uppy cannot send custom headers to a companion, but it can send any meta field.
    in_metadata = (wanted.metadata or {}).get("upload_key")
    sent = request.headers.get("X-Upload-Key") or (in_metadata if isinstance(in_metadata, str) else None)
    check_upload_key(deps.settings.upload_key, sent)
    return json_response(begin_for_companion(deps, wanted, client_of(request.environ)))


@companion.get("/s3/multipart/<upload_id>/<part_number>")
@Operation(
    operation_id="companionSign",
    summary="The URL for one part",
    path=CompanionPartPath,
    query=CompanionQuery,
    replies={200: Reply("The URL for a PUT of the part, which needs no extra headers", CompanionUrl)},
    problems=(400, 401, 403, 404, 410, 413, 422, 503),
)
def sign_part(upload_id: str, part_number: str) -> Response:
    claims, known, number = companion_claims(), checked_upload_id(upload_id), checked_part_number(part_number)
    return json_response(signing.sign_companion_part(dependencies(), claims, known, number))


@companion.get("/s3/multipart/<upload_id>")
@Operation(
    operation_id="companionList",
    summary="The parts that storage has",
    path=CompanionPath,
    query=CompanionQuery,
    replies={200: Reply("By ascending part number", list[CompanionPart])},
    problems=(400, 401, 403, 404, 410, 422, 503),
)
def list_parts(upload_id: str) -> Response:
    claims, known = companion_claims(), checked_upload_id(upload_id)
    return json_response(signing.list_companion_parts(dependencies(), claims, known))


@companion.post("/s3/multipart/<upload_id>/complete")
@Operation(
    operation_id="companionComplete",
    summary="Verify and publish",
    path=CompanionPath,
    query=CompanionQuery,
    body=SentParts,
    example={"parts": [{"PartNumber": 1, "ETag": "d41d8cd98f00b204e9800998ecf8427e"}]},
    replies={
        200: Reply("Where the picture is", CompanionDone),
        202: Reply("Publishing takes longer and continues", CompanionDone, ("Retry-After",)),
    },
    problems=(400, 401, 403, 404, 409, 410, 413, 415, 422, 503),
)
def complete(upload_id: str) -> Response:
    deps = dependencies()
    claims, known = companion_claims(), checked_upload_id(upload_id)
    outcome = finishing.join_companion(deps, claims, known, json_body(SentParts))
    origin = own_origin(request.headers.get("Origin"), deps.settings.public_origins)
    answer = CompanionDone(f"{origin}/api/images/{claims.id}/original", request.args["key"])
    return json_response(answer) if outcome else json_response(answer, 202, {"Retry-After": str(RETRY_SECONDS)})


@companion.delete("/s3/multipart/<upload_id>")
@Operation(
    operation_id="companionAbort",
    summary="Cancel for good, and remove the parts",
    path=CompanionPath,
    query=CompanionQuery,
    replies={204: Reply("Done")},
    problems=(400, 401, 403, 409, 410, 413, 415, 503),
)
def abort(upload_id: str) -> tuple[str, int]:
    claims, known = companion_claims(), checked_upload_id(upload_id)
    dependencies().multipart.cancel(claims.id, known)
    return "", 204


@companion.get("/s3/params")
@Operation(
    operation_id="companionParams", summary="Refused: Uppy must send files in parts", replies={}, problems=(400,)
)
def params() -> Response:
    raise _only_in_parts()


@companion.get("/s3/sts")
@Operation(operation_id="companionSts", summary="Refused: Uppy must send files in parts", replies={}, problems=(400,))
def sts() -> Response:
    raise _only_in_parts()


def _only_in_parts() -> BadRequest:
    """The refusal of Uppy's other upload methods, which need rights that clients never get here."""
    return BadRequest(
        "Uppy must send files in parts here: set shouldUseMultipart: true. (Uppy never sends an empty file in parts, "
        "so an empty file is always refused.)"
    )
