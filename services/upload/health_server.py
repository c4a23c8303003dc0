"""Serves the probes and metrics of the reconciler, with the standard library's server: it has no other requests."""

import threading
import time
from wsgiref.simple_server import WSGIRequestHandler, make_server

from flask import Flask

from common.http import metrics

LONGEST_TURN_SECONDS = 900.0
"""Longer than a turn of 200 uploads, even if each takes as long as the time-outs of S3 calls allow."""


class Heartbeat:
    """Remembers when the last turn of the loop began."""

    def __init__(self) -> None:
        self.record()

    def record(self) -> None:
        """Record that a turn begins now."""
        self._last = time.monotonic()

    def is_recent(self, now: float | None = None) -> bool:
        """Whether the last turn began not too long ago (``now`` as ``time.monotonic``)."""
        return (time.monotonic() if now is None else now) - self._last < LONGEST_TURN_SECONDS


def create_app(heartbeat: Heartbeat) -> Flask:
    """Create an app with ``/livez``, ``/readyz`` (the same, since it receives no work) and ``/metrics``."""
    app = Flask("reconciler", static_folder=None)
    metrics.register(app)

    @app.get("/livez")
    @app.get("/readyz")
    def alive() -> tuple[dict[str, str], int]:
        return ({"status": "ok"}, 200) if heartbeat.is_recent() else ({"status": "stuck"}, 503)

    return app


def serve(bind: str, heartbeat: Heartbeat) -> int:
    """Serve at ``bind`` (host:port) in a daemon thread. Return the port."""
    host, _, port = bind.rpartition(":")
    server = make_server(host, int(port), create_app(heartbeat), handler_class=_Quiet)
    threading.Thread(target=server.serve_forever, name="health server", daemon=True).start()
    return server.server_port


class _Quiet(WSGIRequestHandler):
    timeout = 5  # seconds; it serves one request at a time, so a slow client must not block it

    def log_message(self, *_: object) -> None:
        """Do not log probes."""
