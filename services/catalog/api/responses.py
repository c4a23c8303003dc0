"""How the catalog's answers are written: bytes with an ETag, which cost no body when the client has them already."""

import re
from typing import Final

from flask import Response, request

from catalog.dependencies import dependencies
from catalog.listing import Page
from common.domain.images import rfc3339
from common.http.openapi import Reply

PICTURE_REQUEST_HEADERS: Final = {"If-None-Match": "ETags that the client has"}
LIST_REQUEST_HEADERS: Final = {
    **PICTURE_REQUEST_HEADERS,
    "Cache-Control": "no-cache insists on what S3 says from now on",
}
PICTURE_HEADERS: Final = ("ETag", "Cache-Control")
LIST_HEADERS: Final = (*PICTURE_HEADERS, "Age", "X-As-Of")
NOT_MODIFIED: Final = Reply("Not modified", headers=("ETag",))

ALWAYS_ASK = "private, no-cache"
"""A browser may keep the answer but asks each time whether it still holds: an ETag makes that cheap."""

# The same wishes as the gateway's microcache knows: what fetch's cache modes "no-cache" and "reload" send, and curl.
_insists = re.compile(r"(?:^|[ ,])(?:no-cache|no-store|max-age=0+)(?:$|[ ,=])", re.IGNORECASE).search


def insists() -> bool:
    """Whether the request asks for what S3 says from now on."""
    wish = request.headers.get("Cache-Control")
    return wish is not None and _insists(wish) is not None


def cached(page: Page) -> Response:
    """The page with its age."""
    # Two forms of one thing: Age for caches (RFC 9111 section 5.1), and a time that stays true in one.
    age = {"Age": str(dependencies().list_cache.age(page)), "X-As-Of": rfc3339(page.built_at)}
    return conditional(page.body, page.etag, age)


def conditional(body: bytes, etag: str, more: dict[str, str] | None = None) -> Response:
    """The body, or 304 for a client that has it already."""
    headers = {"Content-Type": "application/json", "ETag": f'"{etag}"', "Cache-Control": ALWAYS_ASK, **(more or {})}
    response = Response(body, headers=headers)
    if "If-None-Match" in request.headers:  # else there is nothing to do, and it adds a Date beside gunicorn's
        response.make_conditional(request)
    return response
