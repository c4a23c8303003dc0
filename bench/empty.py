"""The yardstick: a Flask app without anything, whose view sends given bytes."""

import os
from pathlib import Path

from flask import Flask, Response

from common import health


def create_app() -> Flask:
    """``/`` answers GET and POST with nothing; ``/same`` with the bytes of the file named by BENCH_BODY."""
    app = Flask("empty", static_folder=None)
    health.register(app)  # the gunicorn configuration expects its probes; no middleware comes with them
    body = Path(os.environ["BENCH_BODY"]).read_bytes()

    @app.route("/", methods=["GET", "POST"])
    def nothing() -> str:
        return ""

    @app.get("/same")
    def same() -> Response:
        return Response(body, content_type="application/json")

    return app
