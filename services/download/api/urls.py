"""Signed URLs of published pictures: of one as a redirect, of many as JSON."""

from flask import Blueprint, Response

from common.http.openapi import Reply, operation
from common.http.requests import json_body
from common.http.responses import json_response
from download.api.redirects import REDIRECT_REPLIES, REDIRECT_REQUEST_HEADERS, lead_to
from download.api.schemas import Batch, EitherRefsOrIds, Urls, Variant
from download.dependencies import dependencies

urls = Blueprint("urls", __name__)


@urls.get("/api/images/<id:image_id>/thumbnail")
@operation(
    operation_id="getThumbnail",
    summary="To the preview; without a look-up, storage says whether there is one",
    headers=REDIRECT_REQUEST_HEADERS,
    replies=REDIRECT_REPLIES,
    problems=(404, 503),
)
def get_thumbnail(image_id: str) -> Response:
    """To the preview."""
    return lead_to(dependencies().pictures.preview(image_id))


@urls.get("/api/images/<id:image_id>/original")
@operation(
    operation_id="getOriginal",
    summary="To the picture, to be shown",
    headers=REDIRECT_REQUEST_HEADERS,
    replies=REDIRECT_REPLIES,
    problems=(404, 503),
)
def get_original(image_id: str) -> Response:
    """To the picture; a browser shows it."""
    return lead_to(dependencies().pictures.url(image_id, Variant.ORIGINAL))


@urls.get("/api/images/<id:image_id>/download")
@operation(
    operation_id="getDownload",
    summary="To the picture, to be saved under its name",
    headers=REDIRECT_REQUEST_HEADERS,
    replies=REDIRECT_REPLIES,
    problems=(404, 503),
)
def get_download(image_id: str) -> Response:
    """To the picture; a browser saves it under its name."""
    return lead_to(dependencies().pictures.url(image_id, Variant.DOWNLOAD))


@urls.post("/api/downloads")
@operation(
    operation_id="createDownloads",
    summary="Signed URLs for a batch",
    body=EitherRefsOrIds,
    example={"variant": "thumbnail", "refs": ["7yk0s9v2d8zzz4k1m0c3q5r7t9~4000x3000~-~t~IMG_0001.jpg"]},
    replies={200: Reply("URLs by ref or id, and what is not there or has no such variant", Urls)},
    problems=(400, 403, 413, 415, 503),
)
def create_downloads() -> Response:
    """Signed URLs for many pictures; what is not there, or has no such variant, is listed as missing."""
    return json_response(dependencies().pictures.urls(json_body(Batch)))
