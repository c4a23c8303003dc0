"""Defines and serves the Prometheus metrics that all services share.

With several workers, each writes its values to PROMETHEUS_MULTIPROC_DIR. The worker that answers a scrape adds them up.
"""

import os

from flask import Flask, Response
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

# Labels are fixed sets (routes, methods, statuses), never ids, so the number of series is bounded.
REQUESTS = Histogram(
    "vitrine_http_request_seconds",
    "Time to answer a request, by route.",
    ["service", "method", "route", "status"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
STORAGE_CALLS = Histogram(
    "vitrine_storage_call_seconds",
    "Time of a call to S3, including retries, by operation and outcome.",
    ["operation", "outcome"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
CACHE_FAULTS = Counter("vitrine_cache_faults_total", "Calls to Redis that failed or that the open circuit blocked.")

CACHE_CIRCUIT_OPEN = Gauge(
    "vitrine_cache_circuit_open",
    "1 while calls to Redis are blocked after a failure.",
    multiprocess_mode="livemax",
)
STORAGE_CIRCUIT_OPEN = Gauge(
    "vitrine_storage_circuit_open",
    "1 while calls to S3 are blocked because it did not answer in time.",
    multiprocess_mode="livemax",
)
PENDING_CHANGES = Gauge(
    "vitrine_owed_changes",
    "Generations not yet replaced in Redis. While this is not 0, lists may be stale up to their maximum age.",
    multiprocess_mode="livesum",
)


def register(app: Flask) -> None:
    """Serve ``/metrics``, which the gateway does not expose."""

    @app.get("/metrics")
    def metrics() -> Response:
        registry = REGISTRY
        if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
