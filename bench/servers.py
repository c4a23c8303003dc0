"""The servers of a run: store, cache, and each service as one gunicorn with one worker, as in production."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import psutil

from bench import load
from tests.support.processes import end, start

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Server:
    """A running server: where it listens, and the process that started it."""

    address: str
    pid: int

    def rate(self, request: bytes, seconds: float) -> "Rate":
        """What it gives to this request, asked for by a process of its own over several connections."""
        command = [sys.executable, "-m", "bench.load", self.address, str(seconds)]
        before = self._cpu()
        outcome = subprocess.run(command, input=request, cwd=ROOT, capture_output=True, check=True).stdout
        answers, elapsed = (float(part) for part in outcome.split())
        return Rate(answers / elapsed, answers / (self._cpu() - before))

    def _cpu(self) -> float:
        """Processor seconds that it and its workers have had."""
        me = psutil.Process(self.pid)
        times = [process.cpu_times() for process in (me, *me.children(recursive=True))]
        return sum(time.user + time.system for time in times)


class Rate(NamedTuple):
    per_second: float
    per_cpu_second: float
    """On a busy machine the steadier one: what others take does not count."""


@contextmanager
def gunicorn(app: str, environment: Mapping[str, str], folder: Path) -> Iterator[Server]:
    """Run ``app`` (module:factory()) until the block ends; it listens on a unix socket.

    Logs go to a file as they would to a container's; the metrics are shared over processes as in production.
    """
    name = app.partition(".")[0]
    metrics = folder / f"{name}-metrics"
    metrics.mkdir(exist_ok=True)
    address = str(folder / f"{name}.sock")
    process = start(
        [sys.executable, "-m", "gunicorn", "-c", "services/gunicorn.conf.py", app],
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
        _wait(process, address, folder / f"{name}.log")
        yield Server(address, process.pid)
    finally:
        end(process)


def _wait(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()[-2000:]
        with suppress(OSError, RuntimeError):
            load.answer(address, load.request("/livez"))
            return
        time.sleep(0.05)
    raise AssertionError("a service does not answer")
