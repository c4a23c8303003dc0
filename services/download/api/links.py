"""Handles requests to make and to follow share links."""

from flask import Blueprint, Response, request

from common.http.openapi import Operation, Reply
from common.http.requests import json_body, own_origin
from common.http.responses import json_response
from download.api.redirects import REDIRECT_REPLIES, REDIRECT_REQUEST_HEADERS, redirect_to
from download.api.schemas import FollowedLink, NewLink, ShareLink
from download.dependencies import dependencies

links = Blueprint("links", __name__)


@links.post("/api/images/<id:image_id>/links")
@Operation(
    operation_id="createLink",
    summary="Make a share link, which stops working when the picture is deleted",
    body=NewLink,
    example={"expires_in": 86400},
    replies={201: Reply("The link", ShareLink)},
    problems=(400, 403, 404, 413, 415, 503),
)
def create_link(image_id: str) -> Response:
    """Make a link that works until it expires or the picture is deleted."""
    wanted = json_body(NewLink)
    deps = dependencies()
    origin = own_origin(request.headers.get("Origin"), deps.origins)
    return json_response(deps.pictures.share(image_id, wanted.expires_in, origin), 201)


@links.get("/api/s/<link>")
@Operation(
    operation_id="followLink",
    summary="Redirect to the picture of a share link",
    path=FollowedLink,
    headers=REDIRECT_REQUEST_HEADERS,
    replies=REDIRECT_REPLIES,
    problems=(404, 410, 503),
)
def follow_link(link: str) -> Response:
    """Redirect to the picture, by a URL that expires no later than the link. The browser shows it."""
    return redirect_to(dependencies().pictures.follow(link))
