"""HTTP of the upload service: reads requests, asks the modules that decide, writes answers."""

import secrets
from typing import Any

from flask import Blueprint, request

from common import tokens
from common.keys import make_id
from common.media import ALLOWED_TYPES
from common.problems import Conflict, Problem
from common.requests import convert, json_body
from upload.access import check_upload_key
from upload.grants import NewFile, NewUploads, claims_for
from upload.multipart.part_sizes import MULTIPART_FROM
from upload.multipart_views import MOST_PARTS_SIGNED
from upload.parts import Parts, own_claims, parts
from upload.permits import PUT_SECONDS

views = Blueprint("upload", __name__)

Answer = tuple[dict[str, Any], int]


@views.get("/api/config")
def config() -> Answer:
    """What a client must know before its first upload."""
    settings = parts().settings
    answer = {
        "max_upload_bytes": settings.max_upload_bytes,
        "allowed_types": list(ALLOWED_TYPES),
        "upload_key_required": settings.upload_key is not None,
        "put_seconds": PUT_SECONDS,
        "multipart_from": MULTIPART_FROM,
        "max_parts_per_request": MOST_PARTS_SIGNED,
    }
    return answer, 200


@views.post("/api/uploads")
def create_uploads() -> Answer:
    """Grant the upload of 1 to 100 files; one that is refused has its problem document in its place."""
    ours = parts()
    if ours.settings.upload_key is not None:
        check_upload_key(ours.settings.upload_key, request.headers.get("X-Upload-Key"))
    files = json_body(NewUploads).files
    now = ours.clock()
    answers, problems = [], []
    for place, file in enumerate(files):
        try:
            answers.append(_grant(ours, file, place, now))
        except Problem as problem:
            problems.append(problem)
            answers.append(problem.document())
    if len(problems) == len(files):
        raise _all_refused(problems[0], answers)
    return {"uploads": answers}, 201


@views.post("/api/uploads/<image_id>/sign")
def sign(image_id: str) -> Answer:
    """Fresh PUTs for the same upload, when the first ones have expired."""
    claims = own_claims(image_id)
    if claims.part_size and claims.thumbnail is None:
        raise Conflict(
            f"This file is sent in parts: POST /api/uploads/{image_id}/parts signs them, as often as needed."
        )
    return parts().permits.for_upload(claims, int(parts().clock())), 200


def _grant(ours: Parts, file: Any, place: int, now: float) -> dict[str, Any]:
    image_id = make_id(int(now * 1000), place, secrets.randbits(64))
    claims = claims_for(convert(file, NewFile), image_id, int(now), ours.settings.max_upload_bytes)
    token = tokens.mint(ours.keyring, claims)
    return {"id": image_id, "token": token, **ours.permits.for_upload(claims, int(now))}


def _all_refused(first: Problem, answers: list[dict[str, Any]]) -> Problem:
    """No file was accepted: the answer is the first one's problem, with all of them in their places."""
    problem = Problem(first.detail, **{**first.extra, "uploads": answers})
    problem.status = first.status
    return problem
