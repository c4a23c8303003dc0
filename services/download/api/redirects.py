"""Answers with one signed URL, as a redirect or as JSON."""

from typing import Final

from flask import Response, request

from common.http.openapi import Reply
from common.http.responses import json_response
from download.api.schemas import Link
from download.signed_urls import SignedUrl, link_of

REDIRECT_REQUEST_HEADERS: Final = {"Accept": "application/json asks for the URL instead of a redirect"}
REDIRECT_REPLIES: Final = {
    200: Reply("The URL, for a client that asked for JSON", Link),
    302: Reply("Redirect to a signed URL of storage", headers=("Location", "Cache-Control")),
}


def redirect_to(signed: SignedUrl) -> Response:
    """Return a redirect, or JSON if the client prefers it. Not cacheable, because the picture may be deleted."""
    accept = request.accept_mimetypes
    headers = {"Vary": "Accept", "Cache-Control": "no-store"}
    if accept["application/json"] > accept["text/html"]:
        return json_response(link_of(signed), headers=headers)
    return Response(status=302, headers={"Location": signed.url, **headers})
