"""HTTP of the download service."""

from typing import Any

from flask import Blueprint, Response, jsonify, request

from common.images import rfc3339
from common.keys import is_id
from common.problems import NotFound
from common.requests import json_body, own_origin
from download import batch
from download.batch import Batch
from download.links import Link, Variant
from download.parts import parts
from download.sharing import NewLink

views = Blueprint("download", __name__)

GONE = "There is no such picture, or it has been deleted."


@views.get("/api/images/<image_id>/thumbnail")
def thumbnail(image_id: str) -> Response:
    """To the preview, without a look-up: where there is none, storage says so."""
    if not is_id(image_id):
        raise NotFound("There is no such picture.")
    return _answer(parts().links.thumbnail(image_id, parts().clock()))


@views.get("/api/images/<image_id>/original")
def original(image_id: str) -> Response:
    """To the picture, to be shown."""
    return _picture(image_id, Variant.ORIGINAL)


@views.get("/api/images/<image_id>/download")
def download(image_id: str) -> Response:
    """To the picture, to be saved under its name."""
    return _picture(image_id, Variant.DOWNLOAD)


@views.post("/api/downloads")
def downloads() -> dict[str, Any]:
    """Signed URLs for a batch; what is not there, or has no such variant, is listed as missing."""
    asked = json_body(Batch)
    batch.check(asked)
    now, links = parts().clock(), parts().links
    if asked.refs is None:
        return batch.answer(parts().lookup.many(asked.ids or []), asked.variant, links, now)
    if asked.variant is Variant.THUMBNAIL:
        return batch.previews(asked.refs, links, now)
    return batch.answer(batch.by_ref(asked.refs), asked.variant, links, now)


@views.post("/api/images/<image_id>/links")
def share(image_id: str) -> tuple[dict[str, Any], int]:
    """A link on our own host that leads to the picture until its end, or the picture's."""
    wanted = json_body(NewLink)
    if parts().lookup.one(image_id) is None:
        raise NotFound(GONE)
    expires_at = int(parts().clock()) + wanted.expires_in
    path = f"/api/s/{parts().share_links.make(image_id, expires_at)}"
    origin = own_origin(request.headers.get("Origin"), parts().origins)
    return {"url": origin + path, "path": path, "expires_at": rfc3339(expires_at)}, 201


@views.get("/api/s/<link>")
def shared(link: str) -> Response:
    """To the picture of a share link, to be shown, by a URL that ends no later than the link."""
    now = parts().clock()
    image_id, expires_at = parts().share_links.read(link, now)
    key = parts().lookup.one(image_id)
    if key is None:
        raise NotFound(GONE)
    return _answer(parts().links.until(key, Variant.ORIGINAL, now, expires_at))


def _picture(image_id: str, variant: Variant) -> Response:
    key = parts().lookup.one(image_id)
    if key is None:
        raise NotFound(GONE)
    return _answer(parts().links.for_picture(key, variant, parts().clock()))


def _answer(link: Link) -> Response:
    """JSON for programs that ask for it, otherwise a redirect. Not cached: after a deletion no old answer may serve."""
    accept = request.accept_mimetypes
    if accept["application/json"] > accept["text/html"]:
        response = jsonify(link.as_json())
    else:
        response = Response(status=302, headers={"Location": link.url})
    response.headers["Vary"] = "Accept"
    response.headers["Cache-Control"] = "no-store"
    return response
