"""HTTP of deleting pictures and bringing them back, for who holds the upload's token or the operator's."""

from typing import Any

from flask import Blueprint, request

from common.images import as_json
from common.keys import is_id
from common.problems import BadRequest, Forbidden, NotFound
from common.tokens import Claims
from upload.access import holder_of
from upload.parts import parts

image_views = Blueprint("images", __name__)


@image_views.delete("/api/images/<image_id>")
def delete(image_id: str) -> tuple[str, int]:
    """Move the picture to the trash, for 30 days; with ``purge=true`` the operator removes it at once, for good."""
    for_good = _purge_asked(request.args.getlist("purge"))
    holder = _holder(image_id)
    if not for_good:
        parts().lifecycle.delete(image_id)
    elif holder is None:
        parts().lifecycle.purge(image_id)
    else:
        raise Forbidden("Only the operator's token removes a picture for good. Without purge it goes to the trash.")
    return "", 204


@image_views.post("/api/images/<image_id>/restore")
def restore(image_id: str) -> dict[str, Any]:
    """Bring the picture back from the trash; again: the same."""
    _holder(image_id)
    picture = parts().lifecycle.restore(image_id)
    return as_json(picture.key, picture.size)


def _purge_asked(values: list[str]) -> bool:
    if values in ([], ["false"]):
        return False
    if values == ["true"]:
        return True
    raise BadRequest("purge is true or false, once.", pointer="/purge")


def _holder(image_id: str) -> Claims | None:
    """The claims of the picture's own token, None for the operator's. Raises NotFound for what is no id."""
    if not is_id(image_id):
        raise NotFound("There is no such picture.")
    settings = parts().settings
    return holder_of(request.headers.get("Authorization"), image_id, parts().keyring, settings.admin_token)
