"""HTTP of the catalog service."""

import re

from flask import Blueprint, Response, request

from catalog import pages, timeline
from catalog.pages import Page
from catalog.parts import parts
from catalog.queries import parse
from common.images import as_json, rfc3339
from common.keys import BadKey, image_prefix, is_id, parse_image_key
from common.problems import NotFound

views = Blueprint("catalog", __name__)

ALWAYS_ASK = "private, no-cache"
"""A browser may keep the answer but asks each time whether it still holds: an ETag makes that cheap."""

# The same wishes as the gateway's microcache knows: what fetch's cache modes "no-cache" and "reload" send, and curl.
_insists = re.compile(r"(?:^|[ ,])(?:no-cache|no-store|max-age=0+)(?:$|[ ,=])", re.IGNORECASE).search


@views.get("/api/images")
def list_images() -> Response:
    """One page, newest first. ``Cache-Control: no-cache`` insists on what S3 says now."""
    query = parse(request.args)
    storage = parts().storage
    return _answer(parts().list_cache.page(query.cache_key, lambda: pages.build(storage, query), renew=_renew()))


@views.get("/api/timeline")
def months() -> Response:
    """The months that hold pictures, newest first, and the times of the newest and the oldest picture."""
    storage = parts().storage
    return _answer(parts().list_cache.page("timeline", lambda: timeline.build(storage), renew=_renew()))


@views.get("/api/images/<image_id>")
def one_image(image_id: str) -> Response:
    """One picture, always as S3 has it now."""
    storage = parts().storage
    entry = parts().guard.call(lambda: storage.first(image_prefix(image_id))) if is_id(image_id) else None
    try:
        if entry is not None:
            return _conditional(*pages.tagged(as_json(parse_image_key(entry.key), entry.size)))
    except BadKey:
        pass  # nobody of ours wrote that key
    raise NotFound("There is no such picture, or it has been deleted.")


def _renew() -> bool:
    wish = request.headers.get("Cache-Control")
    return wish is not None and _insists(wish) is not None


def _answer(page: Page) -> Response:
    # Two forms of one thing: Age for caches (RFC 9111 section 5.1), and a time that stays true in one.
    age = {"Age": str(parts().list_cache.age(page)), "X-As-Of": rfc3339(page.built_at)}
    return _conditional(page.body, page.etag, age)


def _conditional(body: bytes, etag: str, more: dict[str, str] | None = None) -> Response:
    """The body, or 304 for who has it already."""
    headers = {"Content-Type": "application/json", "ETag": f'"{etag}"', "Cache-Control": ALWAYS_ASK, **(more or {})}
    response = Response(body, headers=headers)
    if "If-None-Match" in request.headers:  # else there is nothing to do, and it adds a Date beside gunicorn's
        response.make_conditional(request)
    return response
