"""Sixteen thousand clients hold a connection and send little: all other clients are served as usual."""

import http.client
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from local import gateway as gateway_of_up
from local import tools
from local.ports import free_ports
from tests.support.fake_server import FakeServer
from tests.support.nginx import Gateway
from tests.support.ports import first_port
from tests.support.processes import end, start

MEMORY = 500 << 20
"""Bytes: below the memory limit of the gateway's container."""
PROCESSES, ADDRESSES, EACH = 4, 4, 1000
CONNECTIONS = PROCESSES * ADDRESSES * EACH
HOLDERS = Path(__file__).parents[2] / "support/holders.py"
HEAD = b"POST /api/uploads HTTP/1.1\r\nHost: localhost\r\n"
USUAL = 1.0
"""Seconds that half of the answers may take, while this test keeps the machine busy with 16,000 connections."""
STORE = """
pid nginx.pid;
events {{ worker_connections 8192; }}
http {{ access_log off; server {{ listen 127.0.0.1:{port} backlog=4096; return 200; }} }}
"""


@contextmanager
def holding(port: int, sent: bytes) -> Iterator[list[int]]:
    """Open the connections from other addresses; yields how many each process has opened."""
    command = [sys.executable, str(HOLDERS), str(port)]
    holders = [
        subprocess.Popen(
            [*command, str(10 + number * ADDRESSES), str(ADDRESSES), str(EACH), sent.hex()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for number in range(PROCESSES)
    ]
    try:
        yield [int(holder.stdout.readline()) for holder in holders if holder.stdout]
    finally:
        for holder in holders:
            holder.kill()
            holder.communicate()


@dataclass
class Normal:
    """A client that sends requests all the time, each on a new connection, and measures nginx meanwhile."""

    port: int
    pid: int
    path: str
    status: int
    answers: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    most: int = 0
    """The most files that nginx had open at once: the connections, and a few others."""
    memory: int = 0
    """The most memory that all workers had at once, in bytes."""
    _over: threading.Event = field(default_factory=threading.Event)

    @property
    def usual(self) -> float:
        """The median time of its answers."""
        return sorted(self.answers)[len(self.answers) // 2]

    def ask(self) -> None:
        """Send requests until the end."""
        workers = psutil.Process(self.pid).children(recursive=True)
        while not self._over.wait(0.1):
            began = time.monotonic()
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
                connection.request("GET", self.path)
                status = connection.getresponse().status
                connection.close()
                if status != self.status:
                    self.faults.append(f"status {status}")
            except (OSError, http.client.HTTPException) as error:
                self.faults.append(repr(error))
            self.answers.append(time.monotonic() - began)
            self.most = max(self.most, sum(worker.num_fds() for worker in workers))
            self.memory = max(self.memory, sum(worker.memory_info().rss for worker in workers))

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Send requests while the block runs."""
        thread = threading.Thread(target=self.ask)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()


@pytest.mark.long
@pytest.mark.parametrize(
    ("sent", "held"),
    [(b"", 0.9), (HEAD, 0.9), (HEAD + b"Content-Length: 100\r\n\r\n{", 0.25)],
    ids=["idle", "half a head", "a slow body"],  # one address may send 256 bodies at once
)
def test_the_gateway_has_room(
    fresh_gateway: Gateway, fakes: dict[str, FakeServer], folder: Path, sent: bytes, held: float
) -> None:
    """A client at another address is answered soon, while the others connect and while they hold."""
    pid = int((folder / "gateway/nginx.pid").read_text())
    normal = Normal(fresh_gateway.port, pid, "/api/config", 200)
    with normal.asking(), holding(fresh_gateway.port, sent) as opened:
        time.sleep(3)
    assert normal.faults == []
    assert normal.usual < USUAL
    assert len(normal.answers) > 20
    print(f"{sum(opened)} opened, {normal.most} held at once")
    print(f"half of the answers took {normal.usual:.2f} s at most, the slowest {max(normal.answers):.2f} s")
    assert normal.most > CONNECTIONS * held, "they were closed before they could do any harm"
    assert normal.memory < MEMORY, f"{normal.memory >> 20} MiB"


@pytest.mark.long
def test_the_relay_of_s3_gives_one_address_its_share_only(folder: Path, fakes: dict[str, FakeServer]) -> None:
    """Excess connections of that address are closed at once, and a client at another address reaches S3."""
    behind, port = free_ports(2, first_port(os.getpid() * 29 + 2100))
    gateway_of_up.render_relay(folder, "0.0.0.0", port, behind)
    (folder / "store").mkdir()
    (folder / "store/nginx.conf").write_text(STORE.format(port=behind))
    nginx = tools.find_program("NGINX", os.environ)
    processes = [
        start(gateway_of_up.command(nginx, folder / name), folder / f"{name}.log", {"PATH": os.defpath})
        for name in ("store", "relay")
    ]
    try:
        pid = _pid(folder / "relay/nginx.pid")
        normal = Normal(port, pid, "/", 200)
        _wait(port)
        with normal.asking(), holding(port, b"") as opened:
            time.sleep(3)
    finally:
        for process in processes:
            end(process)
    assert normal.faults == []
    assert normal.usual < USUAL
    print(f"{sum(opened)} opened, {normal.most} files at once")
    print(f"half of the answers took {normal.usual:.2f} s at most, the slowest {max(normal.answers):.2f} s")
    assert PROCESSES * ADDRESSES * 100 < normal.most < PROCESSES * ADDRESSES * 128 * 2 + 200


def _pid(file: Path) -> int:
    deadline = time.monotonic() + 10
    while not (file.exists() and file.read_text().strip()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return int(file.read_text())


def _wait(port: int) -> None:
    deadline = time.monotonic() + 10
    while True:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
            connection.request("GET", "/")
            if connection.getresponse().status == 200:
                return
        except (OSError, http.client.HTTPException):
            pass
        assert time.monotonic() < deadline
        time.sleep(0.05)
