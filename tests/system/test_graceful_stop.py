"""A service that is told to stop causes no error: it reports it, keeps serving, finishes its requests, and ends."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
import requests

from local.ports import free_ports
from tests.support.ports import first_port
from tests.support.processes import end, start
from tests.support.services import WITHOUT_STORE

SERVICES = Path(__file__).resolve().parents[2] / "services"
DRAIN = 2.0


class Service:
    """An upload service on its own port, with a store that does not exist."""

    def __init__(self, folder: Path, **variables: str) -> None:
        (self.port,) = free_ports(1, first_port(os.getpid() * 31 + 2300))
        self.url = f"http://127.0.0.1:{self.port}"
        self.folder = folder
        self.environment = {
            "PATH": os.defpath,
            **WITHOUT_STORE,
            "BIND": f"127.0.0.1:{self.port}",
            "SERVICE": "upload",
            "PROMETHEUS_MULTIPROC_DIR": str(folder / "metrics"),
            **variables,
        }

    def start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py"]
        self.process = start(command, self.folder / "log", self.environment, SERVICES)
        deadline = time.monotonic() + 60
        while True:
            with suppress(requests.Timeout):  # it listens before it has loaded
                if self.status("/readyz") == 200:
                    break
            assert time.monotonic() < deadline, (self.folder / "log").read_text()
            time.sleep(0.05)
        return self.process

    def status(self, path: str) -> int | None:
        """The status of an answer on a new connection; None when nobody listens."""
        try:
            return requests.get(self.url + path, timeout=5).status_code
        except requests.ConnectionError:
            return None

    def wait_for_status(self, path: str, status: int, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        found = None
        while found != status:
            assert time.monotonic() < deadline, found
            with suppress(requests.Timeout):
                found = self.status(path)
            time.sleep(0.02)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    running = Service(tmp_path, DRAIN_SECONDS=str(DRAIN), WORKERS="2")
    running.start()
    yield running
    end(running.process)


def test_on_term_readiness_fails_at_once_while_work_is_still_done(service: Service) -> None:
    began = time.monotonic()
    service.process.send_signal(signal.SIGTERM)
    service.wait_for_status("/readyz", 503, 1)
    while time.monotonic() < began + DRAIN - 0.5:
        assert service.status("/api/config") == 200
        assert service.status("/livez") == 200
        assert service.status("/readyz") == 503  # whichever worker is asked
        time.sleep(0.05)
    assert service.process.wait(10) == 0
    assert time.monotonic() - began >= DRAIN


def test_what_runs_at_the_end_of_the_drain_is_finished(service: Service) -> None:
    """A request that starts before the end and is answered after it: its body arrives in two halves."""
    body = b'{"files": []}'
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=10)
    connection.putrequest("POST", "/api/uploads")
    connection.putheader("Content-Type", "application/json")
    connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body[:5])
    service.process.send_signal(signal.SIGTERM)
    time.sleep(DRAIN + 1.5)
    assert service.process.poll() is None
    assert service.status("/livez") is None, "after the drain nobody new is let in"
    connection.send(body[5:])
    assert connection.getresponse().status == 400
    connection.close()
    assert service.process.wait(10) == 0


def test_a_second_term_changes_nothing_and_int_does_not_wait(tmp_path: Path) -> None:
    service = Service(tmp_path, DRAIN_SECONDS="60")
    service.start()
    began = time.monotonic()
    service.process.send_signal(signal.SIGTERM)
    service.wait_for_status("/readyz", 503, 10)
    service.process.send_signal(signal.SIGTERM)
    time.sleep(0.5)
    assert service.status("/api/config") == 200
    service.process.send_signal(signal.SIGINT)
    assert service.process.wait(30) == 0
    assert time.monotonic() - began < 40


def test_a_worker_that_is_replaced_while_the_service_leaves_wants_no_work_either(tmp_path: Path) -> None:
    running = Service(tmp_path, DRAIN_SECONDS="90")
    process = running.start()
    process.send_signal(signal.SIGTERM)
    running.wait_for_status("/readyz", 503, 10)
    (worker,) = psutil.Process(process.pid).children()
    worker.kill()
    running.wait_for_status("/livez", 200, 40)
    assert running.status("/readyz") == 503
    assert json.loads((tmp_path / "log").read_text().splitlines()[0])["logger"] == "gunicorn.error"
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0


def test_without_a_drain_it_ends_as_fast_as_it_can(tmp_path: Path) -> None:
    running = Service(tmp_path)
    process = running.start()
    began = time.monotonic()
    process.terminate()
    assert process.wait(30) == 0
    assert time.monotonic() - began < 10


def test_no_worker_outlives_its_master(tmp_path: Path) -> None:
    """It would hold the listening socket without accepting, and clients would hang."""
    running = Service(tmp_path, WORKERS="2")
    process = running.start()
    workers = psutil.Process(process.pid).children()
    process.kill()
    _, alive = psutil.wait_procs(workers, timeout=10)
    assert not alive
    assert running.status("/livez") is None


def test_the_metrics_of_an_earlier_run_are_not_counted(tmp_path: Path) -> None:
    (tmp_path / "metrics").mkdir()
    left = tmp_path / "metrics" / "counter_1.db"
    left.write_bytes(b"rubbish")
    running = Service(tmp_path)
    process = running.start()
    assert not left.exists()
    assert running.status("/metrics") == 200
    end(process)
