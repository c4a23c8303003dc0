"""Probes: alive means that the process runs, ready that it accepts requests."""

from flask import Flask

from common.http import health


def test_whoever_was_told_to_stop_is_alive_and_wants_no_more_work() -> None:
    app = Flask("t")
    health.register(app)
    client = app.test_client()
    assert (client.get("/livez").status_code, client.get("/readyz").status_code) == (200, 200)
    app.extensions["readiness"].fail()
    assert (client.get("/livez").status_code, client.get("/readyz").status_code) == (200, 503)
