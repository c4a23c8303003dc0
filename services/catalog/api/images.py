"""Handles requests for the list of published pictures and for one picture."""

from flask import Blueprint, Response, request

from catalog import listing, pictures
from catalog.api import schemas
from catalog.api.responses import (
    LIST_HEADERS,
    LIST_REQUEST_HEADERS,
    NOT_MODIFIED,
    PICTURE_HEADERS,
    PICTURE_REQUEST_HEADERS,
    cached,
    conditional,
    insists,
)
from catalog.dependencies import dependencies
from catalog.query import parse
from common.http.openapi import Operation, Reply
from common.http.schemas import Image

images = Blueprint("images", __name__)


@images.get("/api/images")
@Operation(
    operation_id="listImages",
    summary="One page of the list, newest first",
    query=schemas.ListParameters,
    headers=LIST_REQUEST_HEADERS,
    replies={
        200: Reply("A page. It may have fewer items than limit; follow next_cursor", schemas.Page, LIST_HEADERS),
        304: NOT_MODIFIED,
    },
    problems=(400, 503),
)
def list_images() -> Response:
    """Return one page. ``Cache-Control: no-cache`` asks for a new LIST of S3."""
    query = parse(request.args)
    deps = dependencies()
    return cached(deps.list_cache.page(query.cache_key, lambda: listing.build(deps.storage, query), renew=insists()))


@images.get("/api/images/<id:image_id>")
@Operation(
    operation_id="getImage",
    summary="One published picture",
    headers=PICTURE_REQUEST_HEADERS,
    replies={200: Reply("The picture", Image, PICTURE_HEADERS), 304: NOT_MODIFIED},
    problems=(404, 503),
)
def get_image(image_id: str) -> Response:
    """Return one picture, read from S3 without a cache."""
    deps = dependencies()
    return conditional(*listing.tagged(pictures.find(image_id, deps.storage, deps.bulkhead)))
