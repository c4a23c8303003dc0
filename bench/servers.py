"""The servers of a run: each service as one gunicorn with one worker, as in production, or another HTTP server."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import psutil

from bench import load, processor
from bench.report import Figure, in_turns, median_ratio
from bench.run import Run
from tests.support.processes import end, start

ROOT = Path(__file__).resolve().parent.parent
_TICK_SECONDS = 0.01
"""The resolution of processor time."""


@dataclass(frozen=True)
class Server:
    """A running server: its address, and the process that started it."""

    address: str
    pid: int
    ready_seconds: float = 0.0
    """Time from the start to the first answer."""

    @property
    def workers_bytes(self) -> list[int]:
        """Resident memory of each of gunicorn's workers, in bytes."""
        return [int(child.memory_info().rss) for child in psutil.Process(self.pid).children()]

    def rate(self, request: bytes, seconds: float, connections: int = load.CONNECTIONS) -> "Rate":
        """Measure the rate of answers to this request; the load generator is a separate process."""
        command = [sys.executable, "-m", "bench.load", self.address, str(seconds), str(connections)]
        before = processor.seconds(self.pid)
        outcome = subprocess.run(command, input=request, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout
        answers, elapsed = (float(part) for part in outcome.split())
        return Rate(answers / elapsed, answers / max(processor.seconds(self.pid) - before, _TICK_SECONDS))


class Rate(NamedTuple):
    per_second: float
    per_cpu_second: float
    """Steadier on a busy machine, because the time of other programs does not count."""


@contextmanager
def gunicorn(app: str, environment: Mapping[str, str], folder: Path, *options: str) -> Iterator[Server]:
    """Run ``app`` (module:factory()) until the block ends; it listens on a unix socket. ``options`` are gunicorn's.

    Logs go to a file as they would to a container's; the metrics are shared over processes as in production.
    """
    name = app.partition(".")[0]
    metrics = folder / f"{name}-metrics"
    metrics.mkdir(exist_ok=True)
    address = str(folder / f"{name}.sock")
    began = time.monotonic()
    process = start(
        [sys.executable, "-m", "gunicorn", "-c", "services/gunicorn.conf.py", *options, app],
        folder / f"{name}.log",
        {
            "PATH": os.environ.get("PATH", os.defpath),
            "PYTHONPATH": f"{ROOT / 'services'}{os.pathsep}{ROOT}",
            "BIND": f"unix:{address}",
            "PROMETHEUS_MULTIPROC_DIR": str(metrics),
            **environment,
        },
        ROOT,
    )
    try:
        wait(process, address, folder / f"{name}.log", "/readyz")
        yield Server(address, process.pid, time.monotonic() - began)
    finally:
        end(process)


def wait(process: subprocess.Popen[bytes], address: str, log: Path, path: str) -> None:
    """Wait until the server answers this path with a success; raise AssertionError after 30 s."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()[-2000:]
        with suppress(OSError, RuntimeError):
            load.answer(address, load.request(path))
            return
        time.sleep(0.01)
    raise AssertionError("the server does not answer")


def compare(run: Run, ours: tuple[Server, bytes], theirs: tuple[Server, bytes]) -> tuple[list["Rate"], list["Rate"]]:
    """Measure both servers' rates for their requests, in turns."""
    one, other = in_turns(
        *(
            lambda server=server, request=request: server.rate(request, run.seconds)
            for server, request in (ours, theirs)
        ),
        rounds=run.rounds,
    )
    return one, other


def ratio(what: str, goal: float, ours: list["Rate"], theirs: list["Rate"], *, by_cpu: bool = False) -> Figure:
    """Make the figure from two servers' rates, by the clock or by processor time; the detail shows the other one."""
    by_clock = median_ratio([rate.per_second for rate in ours], [rate.per_second for rate in theirs])
    per_cpu = median_ratio([rate.per_cpu_second for rate in ours], [rate.per_cpu_second for rate in theirs])
    rates = [statistics.median(rate.per_second for rate in side) for side in (ours, theirs)]
    beside = f"by the clock {by_clock:.2f}" if by_cpu else f"by processor time {per_cpu:.2f}"
    detail = f"{rates[0]:,.0f}/s : {rates[1]:,.0f}/s, {beside}"
    return Figure(what, per_cpu if by_cpu else by_clock, goal, detail=detail)
