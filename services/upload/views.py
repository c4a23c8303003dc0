"""HTTP of the upload service: reads requests, asks the modules that decide, writes answers."""

import secrets
from typing import Any

from flask import Blueprint, request

from common import tokens
from common.images import as_json
from common.keys import is_id, make_id
from common.media import ALLOWED_TYPES
from common.problems import NotFound, Problem
from common.requests import convert, json_body
from common.tokens import Claims
from upload.access import check_upload_key, claims_of
from upload.grants import NewFile, NewUploads, claims_for
from upload.parts import Parts, parts
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
    claims = _claims(image_id)
    if claims is None:
        raise NotFound("Signing again needs the upload's own token: what it permits is written there.")
    return parts().permits.for_upload(claims, int(parts().clock())), 200


@views.post("/api/uploads/<image_id>/complete")
def complete(image_id: str) -> Answer:
    """Verify and publish: 201 with the picture, and 200 with the same whenever it is asked again."""
    published = parts().publisher.publish(image_id, _claims(image_id))
    return as_json(published.key, published.size), 201 if published.created else 200


@views.delete("/api/uploads/<image_id>")
def cancel(image_id: str) -> tuple[str, int]:
    """Cancel for good; a PUT that is still in flight is refused by storage when it arrives."""
    _claims(image_id)
    parts().publisher.cancel(image_id)
    return "", 204


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


def _claims(image_id: str) -> Claims | None:
    """The token's claims for this upload; None for the operator. Raises NotFound for what is no id at all."""
    if not is_id(image_id):
        raise NotFound("There is no such upload.")
    settings = parts().settings
    return claims_of(
        request.headers.get("Authorization"), image_id, parts().keyring, settings.admin_token, parts().clock()
    )
