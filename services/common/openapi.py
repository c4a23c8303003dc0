"""Each service's contract at ``/openapi.json``: a hand-kept document, read once at the start.

The gateway serves it as ``/api/<service>/openapi.json``.
"""

import hashlib
from pathlib import Path

from flask import Flask, Response, request


def register(app: Flask, document_path: Path) -> None:
    """Serve the OpenAPI document at ``document_path``. Raises OSError when it cannot be read."""
    document = document_path.read_bytes()
    etag = hashlib.sha256(document).hexdigest()[:32]

    @app.get("/openapi.json")
    def openapi() -> Response:
        response = Response(document, content_type="application/json")
        response.set_etag(etag)
        response.headers["Cache-Control"] = "no-cache"
        response.make_conditional(request)
        return response
