"""Writes the catalog's answers, with an ETag, so that an unchanged answer needs no body (304)."""

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
    "Cache-Control": "no-cache asks for a LIST of S3 that starts after this request",
}
PICTURE_HEADERS: Final = ("ETag", "Cache-Control")
LIST_HEADERS: Final = (*PICTURE_HEADERS, "Age", "X-As-Of")
NOT_MODIFIED: Final = Reply("Not modified", headers=("ETag",))

ALWAYS_ASK = "private, no-cache"
"""A browser may store the answer but must revalidate it each time, which is cheap with an ETag."""

# The same values as in the gateway's microcache: fetch sends them in its modes "no-cache" and "reload", and curl too.
_insists = re.compile(r"(?:^|[ ,])(?:no-cache|no-store|max-age=0+)(?:$|[ ,=])", re.IGNORECASE).search


def insists() -> bool:
    """Whether the request asks for a new LIST of S3."""
    wish = request.headers.get("Cache-Control")
    return wish is not None and _insists(wish) is not None


def cached(page: Page) -> Response:
    """Return the page, with its age in the headers."""
    # The same in two forms: Age is for caches (RFC 9111 section 5.1); X-As-Of stays correct in a cache.
    age = {"Age": str(dependencies().list_cache.age(page)), "X-As-Of": rfc3339(page.built_at)}
    return conditional(page.body, page.etag, age)


def conditional(body: bytes, etag: str, more: dict[str, str] | None = None) -> Response:
    """Return the body, or 304 if the client already has it."""
    headers = {"Content-Type": "application/json", "ETag": f'"{etag}"', "Cache-Control": ALWAYS_ASK, **(more or {})}
    response = Response(body, headers=headers)
    if "If-None-Match" in request.headers:  # otherwise the call would only add a second Date
        response.make_conditional(request)
    return response
