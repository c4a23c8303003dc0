"""Probes. Liveness says "I run", readiness "send me work".

Neither asks Redis (it is only a cache) or S3: an outage of either would take every replica out of service at once,
and the answers that need neither, or a cached list, would be lost as well. Readiness fails for one reason: the service
was told to stop. It goes on serving meanwhile; see gunicorn.conf.py.
"""

from flask import Flask


class Readiness:
    """Whether this process wants more work. Safe to change from a signal handler: it takes no lock."""

    def __init__(self) -> None:
        self.ready = True

    def fail(self) -> None:
        """Want no more, from now on."""
        self.ready = False


def register(app: Flask) -> None:
    """Serve ``/livez`` and ``/readyz`` (not exposed by the gateway); ``app.extensions["readiness"]`` decides."""
    readiness = app.extensions["readiness"] = Readiness()

    @app.get("/livez")
    def alive() -> tuple[dict[str, str], int]:
        return {"status": "ok"}, 200

    @app.get("/readyz")
    def ready() -> tuple[dict[str, str], int]:
        return ({"status": "ok"}, 200) if readiness.ready else ({"status": "stopping"}, 503)
