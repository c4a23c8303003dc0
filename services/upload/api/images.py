"""Handles requests to delete and restore pictures, with the upload's token or the operator's."""

from flask import Blueprint, Response, request

from common.http.openapi import Operation, Reply
from common.http.problems import BadRequest, Forbidden
from common.http.responses import json_response
from common.http.schemas import Image, image_of
from upload.api.authorization import picture_claims
from upload.api.schemas import HowToDelete
from upload.dependencies import dependencies

images = Blueprint("images", __name__)


@images.delete("/api/images/<id:image_id>")
@Operation(
    operation_id="deleteImage",
    summary="Move a picture to the trash, for 30 days",
    bearer=True,
    query=HowToDelete,
    replies={204: Reply("Done")},
    problems=(400, 401, 403, 404, 410, 413, 415, 503),
)
def delete(image_id: str) -> tuple[str, int]:
    for_good = _purge_asked(request.args.getlist("purge"))
    claims = picture_claims(image_id)
    if not for_good:
        dependencies().lifecycle.delete(image_id)
    elif claims is None:
        dependencies().lifecycle.purge(image_id)
    else:
        raise Forbidden("Only the operator's token may remove a picture for good. Without purge, it goes to the trash.")
    return "", 204


@images.post("/api/images/<id:image_id>/restore")
@Operation(
    operation_id="restoreImage",
    summary="Restore a picture from the trash; may be repeated",
    bearer=True,
    replies={200: Reply("The picture", Image)},
    problems=(401, 403, 404, 409, 410, 413, 415, 503),
)
def restore(image_id: str) -> Response:
    picture_claims(image_id)  # raises if the token does not allow it
    picture = dependencies().lifecycle.restore(image_id)
    return json_response(image_of(picture.key, picture.size))


def _purge_asked(values: list[str]) -> bool:
    if values in ([], ["false"]):
        return False
    if values == ["true"]:
        return True
    raise BadRequest("purge must be true or false, and appear once.", pointer="/purge")
