"""Compares worker classes and numbers of threads: lists from Redis, and look-ups in a slow S3."""

import statistics
from collections.abc import Iterator
from contextlib import ExitStack

from bench import load
from bench.report import Result, Table, in_turns
from bench.run import Run
from bench.servers import Server, gunicorn
from bench.services import DEEP_PAGE, plant
from tests.support.services import environment
from tests.support.tap import Tap

STORE_SECONDS = 0.02
"""Seconds that S3 needs for a LIST in the same region; the embedded store needs a tenth."""
CONNECTIONS = 32

# name in the table → gunicorn's options
CHOICES = {
    "sync, 1 worker": ("--worker-class", "sync", "--workers", "1", "--threads", "1"),
    "gthread, 1 × 4 threads": ("--workers", "1", "--threads", "4"),
    "gthread, 1 × 8 threads": ("--workers", "1", "--threads", "8"),
    "gthread, 1 × 16 threads": ("--workers", "1", "--threads", "16"),
    "gthread, 2 × 8 threads": ("--workers", "2", "--threads", "8"),
}


def measure(run: Run) -> Iterator[Result]:
    """Measure the catalog with each choice, in turns."""
    image_id = plant(run.store, 0).partition("~")[0]
    slow = Tap(run.store.endpoint_url)
    slow.delay = STORE_SECONDS
    hit, look_up = load.request(DEEP_PAGE), load.request(f"/api/images/{image_id}")
    variables = {**environment(run.store, run.cache, "catalog"), "S3_ENDPOINT_URL": slow.url}
    with ExitStack() as running:
        running.callback(slow.close)
        servers = {
            name: running.enter_context(
                gunicorn("catalog.app:create_app()", variables, run.folder(f"workers-{number}"), *options)
            )
            for number, (name, options) in enumerate(CHOICES.items())
        }
        rows = [
            (name, f"{hits:,.0f}/s", f"{looks:,.0f}/s", f"{_bytes(server) / 1_000_000:.0f} MB")
            for (name, server), hits, looks in zip(
                servers.items(), _rates(run, servers, hit), _rates(run, servers, look_up), strict=True
            )
        ]
    head = ("gunicorn", "list from Redis", f"look-up, S3 takes {STORE_SECONDS * 1000:.0f} ms", "memory")
    yield Table(f"Workers and threads of one catalog, {CONNECTIONS} connections", head, rows)


def _rates(run: Run, servers: dict[str, Server], request: bytes) -> list[float]:
    measures = (
        lambda server=server: server.rate(request, run.seconds, CONNECTIONS).per_second for server in servers.values()
    )
    return [statistics.median(rates) for rates in in_turns(*measures, rounds=min(run.rounds, 3))]


def _bytes(server: Server) -> int:
    return sum(server.workers_bytes)
