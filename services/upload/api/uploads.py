"""Handles requests about uploads: permission, signing, parts, complete, cancel."""

from flask import Blueprint, Response, request

from common.domain.media_types import ALLOWED_TYPES
from common.http.openapi import Operation, Reply
from common.http.problems import Conflict
from common.http.requests import json_body
from common.http.responses import json_response
from common.http.schemas import Image, Refused, image_of
from upload import finishing
from upload.access import check_upload_key
from upload.api.authorization import claims_in_parts, claims_or_operator, own_claims
from upload.api.schemas import (
    Completion,
    Config,
    FoundParts,
    Granted,
    NewFile,
    NewParts,
    NewUploads,
    Permit,
    Publishing,
    SignedParts,
    Uploads,
    WhichParts,
    WhichUpload,
)
from upload.background import RETRY_SECONDS
from upload.budget.client_address import client_of
from upload.dependencies import dependencies
from upload.grants import grant_all
from upload.limits import MAX_PARTS_SIGNED, PUT_SECONDS
from upload.multipart import signing
from upload.multipart.part_sizes import MULTIPART_FROM, SINGLE_PUT
from upload.multipart.requests import check_composite, checked_upload_id

uploads = Blueprint("upload", __name__)

_SHA256 = "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg="


@uploads.get("/api/config")
@Operation(
    operation_id="getConfig",
    summary="The settings that a client needs before its first upload",
    replies={200: Reply("Limits", Config)},
)
def config() -> Response:
    settings = dependencies().settings
    answer = Config(
        max_upload_bytes=settings.largest_file,
        allowed_types=ALLOWED_TYPES,
        upload_key_required=settings.upload_key is not None,
        put_seconds=PUT_SECONDS,
        multipart_from=MULTIPART_FROM,
        max_parts_per_request=MAX_PARTS_SIGNED,
    )
    return json_response(answer)


@uploads.post("/api/uploads")
@Operation(
    operation_id="createUploads",
    summary="Ask for permission to upload 1 to 100 files; a refused file gets a problem instead",
    headers={"X-Upload-Key": "Needed if the operator has set one"},
    body=NewUploads,
    example={
        "files": [{"filename": "sunset.jpg", "content_type": "image/jpeg", "size": 482113, "sha256": _SHA256}],
    },
    replies={201: Reply("In the order of the files", Uploads)},
    problems=(400, 401, 403, 413, 415, 429, 507),
    referenced=(NewFile, Granted, Refused),
)
def create_uploads() -> Response:
    deps = dependencies()
    check_upload_key(deps.settings.upload_key, request.headers.get("X-Upload-Key"))
    return json_response(grant_all(deps, json_body(NewUploads).files, client_of(request.environ)), 201)


@uploads.post("/api/uploads/<id:image_id>/sign")
@Operation(
    operation_id="signAgain",
    summary="Sign new PUTs for the same upload, when the first ones have expired",
    description="For a file in parts, this signs only the preview. If it has no preview, the answer is 409.",
    bearer=True,
    replies={200: Reply("New PUTs, as in the first permission", Permit)},
    problems=(401, 403, 404, 409, 410, 413, 415),
)
def sign(image_id: str) -> Response:
    claims = own_claims(image_id)
    if claims.part_size != SINGLE_PUT and claims.preview is None:
        raise Conflict(
            f"This file is sent in parts: use POST /api/uploads/{image_id}/parts, as often as needed, to sign them."
        )
    deps = dependencies()
    return json_response(deps.presigned.for_upload(claims, int(deps.clock())))


@uploads.post("/api/uploads/<id:image_id>/parts")
@Operation(
    operation_id="signParts",
    summary="Sign URLs for parts that are about to be sent; the first call starts the multipart upload",
    bearer=True,
    body=NewParts,
    example={"parts": [{"part_number": 1, "sha256": _SHA256}]},
    replies={200: Reply("In the order of the request", SignedParts)},
    problems=(400, 401, 403, 404, 409, 410, 413, 415, 422, 429, 503, 507),
)
def sign_parts(image_id: str) -> Response:
    claims = claims_in_parts(image_id)
    client = client_of(request.environ)
    return json_response(signing.sign_parts(dependencies(), claims, json_body(NewParts), client))


@uploads.get("/api/uploads/<id:image_id>/parts")
@Operation(
    operation_id="listParts",
    summary="The parts that storage has; the others must still be sent",
    bearer=True,
    query=WhichParts,
    replies={200: Reply("By ascending part number", FoundParts)},
    problems=(400, 401, 403, 404, 409, 410, 503),
)
def list_parts(image_id: str) -> Response:
    claims = claims_in_parts(image_id)
    upload_id = checked_upload_id(request.args.get("upload_id", ""))
    return json_response(signing.list_parts(dependencies(), claims, upload_id))


@uploads.post("/api/uploads/<id:image_id>/complete")
@Operation(
    operation_id="completeUpload",
    summary="Verify what arrived and publish it; may be repeated",
    bearer=True,
    body=Completion,
    body_required=False,
    example={"upload_id": "2~0123456789abcdef"},
    replies={
        201: Reply("The published picture", Image),
        200: Reply("The picture, which was already published", Image),
        202: Reply("Publishing takes longer and continues: ask again, at any replica", Publishing, ("Retry-After",)),
    },
    problems=(400, 401, 403, 404, 409, 410, 413, 415, 422, 503),
)
def complete(image_id: str) -> Response:
    claims = claims_or_operator(image_id)
    wanted = json_body(Completion) if request.content_length else Completion()
    check_composite(wanted.sha256)
    if wanted.upload_id is None:
        outcome = finishing.publish(dependencies(), image_id, claims)
    else:
        upload_id, own = checked_upload_id(wanted.upload_id), claims_in_parts(image_id)
        outcome = finishing.join(dependencies(), own, upload_id, wanted.sha256)
    if outcome is None:
        return json_response(Publishing(image_id, "publishing"), 202, {"Retry-After": str(RETRY_SECONDS)})
    published = outcome.value
    status = 201 if published.created and not outcome.joined else 200
    return json_response(image_of(published.key, published.size), status)


@uploads.delete("/api/uploads/<id:image_id>")
@Operation(
    operation_id="cancelUpload",
    summary="Cancel for good, and remove the parts of the named multipart upload",
    bearer=True,
    query=WhichUpload,
    replies={204: Reply("Done")},
    problems=(400, 401, 403, 404, 409, 410, 413, 415, 503),
)
def cancel(image_id: str) -> tuple[str, int]:
    claims = claims_or_operator(image_id)
    finishing.cancel(dependencies(), image_id, claims, request.args.get("upload_id"))
    return "", 204
