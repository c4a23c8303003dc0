"""Serves the probes. Liveness means "this process runs", readiness means "send it requests".

Neither probe depends on Redis or S3. Otherwise an outage of one would take every replica out of service at once,
although many requests need neither or are answered from a cache. Readiness fails only once the service was told to
stop. The service still answers requests then (see gunicorn.conf.py).
"""

from flask import Flask


class Readiness:
    """Whether this process accepts more requests. Takes no lock, so a signal handler may change it."""

    def __init__(self) -> None:
        self.ready = True

    def fail(self) -> None:
        """Report not ready from now on."""
        self.ready = False


def register(app: Flask) -> None:
    """Serve ``/livez`` and ``/readyz``, which the gateway does not expose.

    Stores a Readiness in ``app.extensions["readiness"]``.
    """
    readiness = app.extensions["readiness"] = Readiness()

    @app.get("/livez")
    def alive() -> tuple[dict[str, str], int]:
        return {"status": "ok"}, 200

    @app.get("/readyz")
    def ready() -> tuple[dict[str, str], int]:
        return ({"status": "ok"}, 200) if readiness.ready else ({"status": "stopping"}, 503)
