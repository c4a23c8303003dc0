"""The cost of a replica: the memory of its worker, and the time from start to ready."""

import statistics
from collections.abc import Iterator
from contextlib import ExitStack

from bench import load
from bench.report import Figure, Result
from bench.run import Run
from bench.servers import Server, gunicorn
from bench.services import DEEP_PAGE, GRANT, granting
from tests.support.services import download_environment, environment

MEGABYTE = 1_000_000


def measure(run: Run) -> Iterator[Result]:
    """Yield the worst figures of the three services, after each has served requests."""
    services = {
        "upload": (granting(run.store, run.cache), GRANT),
        "catalog": (environment(run.store, run.cache, "catalog"), load.request(DEEP_PAGE)),
        "download": (
            download_environment(run.store, run.cache),
            load.request("/api/downloads", method="POST", body=b'{"variant":"original","ids":["0"]}'),
        ),
    }
    ready: dict[str, list[float]] = {name: [] for name in services}
    memory: dict[str, float] = {}
    for turn in range(run.rounds):
        for name, (variables, asked) in services.items():
            with ExitStack() as running:
                server: Server = running.enter_context(
                    gunicorn(f"{name}.app:create_app()", variables, run.folder(f"footprint-{name}-{turn}"))
                )
                ready[name].append(server.ready_seconds)
                if turn == 0:
                    server.rate(asked, run.seconds * 3)
                    memory[name] = max(server.workers_bytes) / MEGABYTE
    told = ", ".join(f"{name} {size:.0f}" for name, size in memory.items())
    yield Figure(
        "resident memory of a worker after load, largest of the three",
        max(memory.values()),
        85,
        at_least=False,
        detail=told,
        unit=" MB",
    )
    medians = {name: statistics.median(times) for name, times in ready.items()}
    told = ", ".join(f"{name} {seconds:.2f}" for name, seconds in medians.items())
    yield Figure(
        "time from start to ready, slowest of the three",
        max(medians.values()),
        1.5,
        at_least=False,
        detail=told,
        unit=" s",
    )
