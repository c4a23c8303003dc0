"""Handles requests for signed URLs: for one picture as a redirect, for many as JSON."""

from flask import Blueprint, Response

from common.http.openapi import Operation, Reply
from common.http.requests import json_body
from common.http.responses import json_response
from download.api.redirects import REDIRECT_REPLIES, REDIRECT_REQUEST_HEADERS, redirect_to
from download.api.schemas import Batch, EitherRefsOrIds, Urls, Variant
from download.dependencies import dependencies

urls = Blueprint("urls", __name__)


@urls.get("/api/images/<id:image_id>/thumbnail")
@Operation(
    operation_id="getThumbnail",
    summary="Redirect to the preview; there is no look-up, so storage refuses the URL if there is none",
    headers=REDIRECT_REQUEST_HEADERS,
    replies=REDIRECT_REPLIES,
    problems=(404, 503),
)
def get_thumbnail(image_id: str) -> Response:
    """Redirect to the preview."""
    return redirect_to(dependencies().pictures.preview(image_id))


@urls.get("/api/images/<id:image_id>/original")
@Operation(
    operation_id="getOriginal",
    summary="Redirect to the picture; a browser shows it",
    headers=REDIRECT_REQUEST_HEADERS,
    replies=REDIRECT_REPLIES,
    problems=(404, 503),
)
def get_original(image_id: str) -> Response:
    """Redirect to the picture. The browser shows it."""
    return redirect_to(dependencies().pictures.url(image_id, Variant.ORIGINAL))


@urls.get("/api/images/<id:image_id>/download")
@Operation(
    operation_id="getDownload",
    summary="Redirect to the picture; a browser saves it with its file name",
    headers=REDIRECT_REQUEST_HEADERS,
    replies=REDIRECT_REPLIES,
    problems=(404, 503),
)
def get_download(image_id: str) -> Response:
    """Redirect to the picture. The browser saves it with its file name."""
    return redirect_to(dependencies().pictures.url(image_id, Variant.DOWNLOAD))


@urls.post("/api/downloads")
@Operation(
    operation_id="createDownloads",
    summary="Sign URLs for many pictures",
    body=EitherRefsOrIds,
    example={"variant": "thumbnail", "refs": ["7yk0s9v2d8zzz4k1m0c3q5r7t9~4000x3000~-~t~IMG_0001.jpg"]},
    replies={200: Reply("The URLs, and the refs or ids of missing pictures", Urls)},
    problems=(400, 403, 413, 415, 503),
)
def create_downloads() -> Response:
    """Sign URLs for many pictures. Those that do not exist or do not have the variant are listed as missing."""
    return json_response(dependencies().pictures.urls(json_body(Batch)))
