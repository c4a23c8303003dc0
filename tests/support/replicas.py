"""Replicas of a service as real processes, as `make up` runs them, each on its own port."""

import http.client
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.ports import free_ports
from tests.support.ports import first_port
from tests.support.processes import end, start

SERVICES = Path(__file__).parents[2] / "services"


@dataclass(frozen=True)
class Reply:
    """An answer, and the seconds that it took."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes
    seconds: float

    def json(self) -> Any:
        return json.loads(self.body)


class Replica:
    """One gunicorn with one worker."""

    def __init__(self, port: int) -> None:
        self.port = port

    def ask(
        self,
        path: str,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        seconds: float = 20,
    ) -> Reply:
        """Send one request on a new connection; `body` is sent as JSON."""
        began = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)
        sent = {**({"Content-Type": "application/json"} if body is not None else {}), **(headers or {})}
        try:
            connection.request(method, path, None if body is None else json.dumps(body), sent)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        return Reply(answer.status, answer.headers, content, time.monotonic() - began)

    def metric(self, sample: str) -> float:
        """Return the value of one sample at /metrics, named with its labels; 0 if it is missing."""
        for line in self.ask("/metrics").body.decode().splitlines():
            if line.startswith(f"{sample} "):
                return float(line.rpartition(" ")[2])
        return 0.0


@contextmanager
def running_replicas(
    service: str, environment: Mapping[str, str], folder: Path, count: int = 2, threads: int = 8
) -> Iterator[list[Replica]]:
    """Run `count` replicas of a service until the block ends; their logs are in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    ports = free_ports(count, first_port(os.getpid() * 31 + 1500))
    processes = []
    try:
        for port in ports:
            metrics = tempfile.mkdtemp(prefix=f"metrics-{port}-", dir=folder)
            variables = {"PATH": os.environ["PATH"], "BIND": f"127.0.0.1:{port}", "THREADS": str(threads)}
            command = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", f"{service}.app:create_app()"]
            processes.append(
                start(
                    command,
                    folder / f"{service}-{port}.log",
                    {**variables, **environment, "PROMETHEUS_MULTIPROC_DIR": metrics},
                    SERVICES,
                )
            )
        replicas = [Replica(port) for port in ports]
        for replica in replicas:
            _wait_for(replica)
        yield replicas
    finally:
        for process in processes:
            end(process)


def _wait_for(replica: Replica) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with suppress(OSError):
            if replica.ask("/readyz").status == 200:
                return
        time.sleep(0.05)
    raise AssertionError("the replica does not answer")
