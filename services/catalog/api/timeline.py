"""Handles requests for the months that have pictures."""

from flask import Blueprint, Response

from catalog.api.responses import LIST_HEADERS, LIST_REQUEST_HEADERS, NOT_MODIFIED, cached, insists
from catalog.api.schemas import Timeline
from catalog.dependencies import dependencies
from catalog.timeline import build_timeline
from common.http.openapi import Operation, Reply

timeline = Blueprint("timeline", __name__)


@timeline.get("/api/timeline")
@Operation(
    operation_id="getTimeline",
    summary="The months that have pictures, newest first",
    headers=LIST_REQUEST_HEADERS,
    replies={200: Reply("The months", Timeline, LIST_HEADERS), 304: NOT_MODIFIED},
    problems=(503,),
)
def get_timeline() -> Response:
    """Return the months, and the times of the newest and the oldest picture."""
    deps = dependencies()
    return cached(deps.list_cache.page("timeline", lambda: build_timeline(deps.storage), renew=insists()))
