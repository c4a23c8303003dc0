"""HTTP of what follows a permission: signing parts, listing them, completing, cancelling."""

import re
from functools import partial
from typing import Annotated, Any

import msgspec
from flask import Blueprint, request

from common.images import as_json
from common.parts_storage import Part
from common.problems import BadRequest, Conflict
from common.requests import json_body
from common.tokens import Claims
from upload.background import RETRY_SECONDS
from upload.grants import check_sha256
from upload.multipart.ledger import Checksums
from upload.multipart.part_sizes import MAX_PARTS, Cut
from upload.parts import claims_here, own_claims, parts

multipart_views = Blueprint("multipart", __name__)

Answer = tuple[dict[str, Any], int] | tuple[dict[str, Any], int, dict[str, str]]

MOST_PARTS_SIGNED = 100
"""In one call: more would expire before they are sent, and 10,000 are signed in a hundred calls."""

# What storages use; and nothing that a path, a query or a log could take for something else.
_is_upload_id = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,1023}").fullmatch
_is_composite = re.compile(r"[A-Za-z0-9+/]{43}=-[1-9][0-9]{0,4}").fullmatch


class NewPart(msgspec.Struct):
    part_number: Annotated[int, msgspec.Meta(ge=1, le=MAX_PARTS)]
    sha256: str


class NewParts(msgspec.Struct):
    """The body that asks for part URLs. Without an upload_id an upload in parts is begun."""

    parts: Annotated[list[NewPart], msgspec.Meta(max_length=MOST_PARTS_SIGNED)]
    upload_id: str | None = None


class Completion(msgspec.Struct):
    """The body of complete; a single PUT needs none. ``sha256``: the composite that the sender expects."""

    upload_id: str | None = None
    sha256: str | None = None


@multipart_views.post("/api/uploads/<image_id>/parts")
def sign_parts(image_id: str) -> Answer:
    """URLs for parts, just in time; the first call begins the upload in parts."""
    claims = _claims_in_parts(image_id)
    wanted = json_body(NewParts)
    checksums = _checksums(wanted.parts, Cut(claims.size, claims.part_size))
    known = None if wanted.upload_id is None else checked_upload_id(wanted.upload_id)
    if known and not checksums:
        raise BadRequest("parts is empty: name the parts to sign.", pointer="/parts")
    ours = parts()
    now = ours.clock()
    upload_id = known or ours.multipart.begin(claims)
    if checksums:
        ours.multipart.note(claims, upload_id, checksums, now)
    return {"upload_id": upload_id, **ours.permits.for_parts(claims, upload_id, checksums, int(now))}, 200


@multipart_views.get("/api/uploads/<image_id>/parts")
def list_parts(image_id: str) -> Answer:
    """The parts that storage has: what is not among them is still to be sent."""
    claims = _claims_in_parts(image_id)
    upload_id = checked_upload_id(request.args.get("upload_id", ""))
    cut = Cut(claims.size, claims.part_size)
    found = [_as_json(part) for part in parts().multipart.found(claims, upload_id)]
    return {"upload_id": upload_id, "part_size": cut.part_size, "part_count": cut.count, "parts": found}, 200


@multipart_views.post("/api/uploads/<image_id>/complete")
def complete(image_id: str) -> Answer:
    """Verify and publish: 201 with the picture, and 200 with the same whenever it is asked again."""
    claims = claims_here(image_id)
    said = json_body(Completion) if request.content_length else Completion()
    if said.sha256 is not None and not _is_composite(said.sha256):
        raise BadRequest("sha256 must be the composite of the parts' SHA-256s, as base64-count.", pointer="/sha256")
    ours = parts()
    if said.upload_id is None:
        name = f"{image_id} {'operator' if claims is None else 'sender'}"
        in_one_put = claims is not None and not claims.part_size
        publish = ours.lifecycle.publish if in_one_put else ours.multipart.publish
        outcome = ours.background.run(name, partial(publish, image_id, claims))
    else:
        upload_id, own = checked_upload_id(said.upload_id), _claims_in_parts(image_id)
        name = f"{image_id} {upload_id} {said.sha256}"
        outcome = ours.background.run(name, partial(ours.multipart.complete, own, upload_id, said.sha256))
    if outcome is None:
        return {"id": image_id, "status": "publishing"}, 202, {"Retry-After": str(RETRY_SECONDS)}
    published = outcome.value
    return as_json(published.key, published.size), 201 if published.created and not outcome.joined else 200


@multipart_views.delete("/api/uploads/<image_id>")
def cancel(image_id: str) -> tuple[str, int]:
    """Cancel for good; a PUT that is still in flight is refused by storage when it arrives."""
    claims = claims_here(image_id)
    upload_id = request.args.get("upload_id")
    if upload_id is None and claims is not None and not claims.part_size:
        parts().lifecycle.cancel(image_id)
    else:
        parts().multipart.cancel(image_id, None if upload_id is None else checked_upload_id(upload_id))
    return "", 204


def checked_upload_id(text: str) -> str:
    """``text`` itself, if it may be storage's id of an upload in parts. Raises BadRequest."""
    if not _is_upload_id(text):
        raise BadRequest("upload_id must be the one that the first call for parts answered.", pointer="/upload_id")
    return text


def _claims_in_parts(image_id: str) -> Claims:
    claims = own_claims(image_id)
    if claims.part_size < 1:
        raise Conflict("No parts of this file are signed here: it goes in one PUT, or was begun at /s3/multipart.")
    return claims


def _checksums(wanted: list[NewPart], cut: Cut) -> Checksums:
    """The parts' checksums by number. Raises BadRequest."""
    checksums: Checksums = {}
    for place, part in enumerate(wanted):
        if part.part_number > cut.count:
            raise BadRequest(f"There are parts 1 to {cut.count}.", pointer=f"/parts/{place}/part_number")
        if part.part_number in checksums:
            raise BadRequest("A part is named twice.", pointer=f"/parts/{place}/part_number")
        check_sha256(part.sha256, f"parts/{place}/sha256")
        checksums[part.part_number] = part.sha256
    return checksums


def _as_json(part: Part) -> dict[str, Any]:
    return {"part_number": part.number, "size": part.size, "etag": part.etag, "sha256": part.sha256}
