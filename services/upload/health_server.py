"""The reconciler's probes and metrics: it answers no other requests, so the standard library's server will do."""

import threading
import time
from wsgiref.simple_server import WSGIRequestHandler, make_server

from flask import Flask

from common.http import metrics

LONGEST_TURN_SECONDS = 900.0
"""A turn of 200 uploads that each take the time S3's time-outs allow is still shorter."""


class Pulse:
    """When the loop last came round."""

    def __init__(self) -> None:
        self.beat()

    def beat(self) -> None:
        """Say that a turn begins."""
        self._last = time.monotonic()

    def beats(self, now: float | None = None) -> bool:
        """Whether the last turn began not too long ago (``now`` as ``time.monotonic``)."""
        return (time.monotonic() if now is None else now) - self._last < LONGEST_TURN_SECONDS


def create_app(pulse: Pulse) -> Flask:
    """An app with ``/livez``, ``/readyz`` (the same: nobody sends it work) and ``/metrics``."""
    app = Flask("reconciler", static_folder=None)
    metrics.register(app)

    @app.get("/livez")
    @app.get("/readyz")
    def alive() -> tuple[dict[str, str], int]:
        return ({"status": "ok"}, 200) if pulse.beats() else ({"status": "stuck"}, 503)

    return app


def serve(bind: str, pulse: Pulse) -> int:
    """Answer at ``bind`` (host:port) in a thread that ends with the process; returns the port."""
    host, _, port = bind.rpartition(":")
    server = make_server(host, int(port), create_app(pulse), handler_class=_Quiet)
    threading.Thread(target=server.serve_forever, name="health server", daemon=True).start()
    return server.server_port


class _Quiet(WSGIRequestHandler):
    timeout = 5  # it answers one at a time: nobody may hold it

    def log_message(self, *_: object) -> None:
        """Log no line a probe."""
