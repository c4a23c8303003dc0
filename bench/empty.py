"""The yardstick: a Flask app without middleware. Its views send nothing or given bytes."""

import os
from pathlib import Path

from flask import Flask, Response

from common.http import health


def create_app() -> Flask:
    """Make an app whose ``/`` sends an empty answer and whose ``/same`` sends the bytes of the file BENCH_BODY."""
    app = Flask("empty", static_folder=None)
    health.register(app)  # gunicorn.conf.py expects the probes; they bring no middleware
    body = Path(os.environ["BENCH_BODY"]).read_bytes()

    @app.route("/", methods=["GET", "POST"])
    def nothing() -> str:
        return ""

    @app.get("/same")
    def same() -> Response:
        return Response(body, content_type="application/json")

    return app
