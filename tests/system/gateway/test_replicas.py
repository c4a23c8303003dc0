"""A replica may die, hang or restart without an error for any user; if a whole service does, the others still work."""

import os
import signal
import socket
import socketserver
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import pytest

from tests.support.fake_server import Answer, FakeServer, Request
from tests.support.nginx import Gateway, directives, running_gateway
from tests.support.processes import end, start

ROOT = Path(__file__).parents[3]
CALLS = [
    ("POST", "/api/uploads"),
    ("POST", "/api/uploads/x/complete"),
    ("GET", "/api/config"),
    ("DELETE", "/api/uploads/x"),
]


class Replicas:
    """Two upload services as processes of their own, behind a gateway."""

    def __init__(self, folder: Path) -> None:
        self.paths = [folder / "upload-0.sock", folder / "upload-1.sock"]
        self._folder = folder
        self._processes: dict[int, subprocess.Popen[bytes]] = {}

    def start(self, index: int) -> None:
        """Start one and wait until it listens."""
        self.paths[index].unlink(missing_ok=True)
        command = [sys.executable, "-m", "tests.support.fake_server", str(self.paths[index]), str(index)]
        environment = {"PATH": os.defpath, "PYTHONPATH": str(ROOT)}
        self._processes[index] = start(command, self._folder / "fakes.log", environment, ROOT)
        deadline = time.monotonic() + 10
        while not self.paths[index].exists():
            assert time.monotonic() < deadline, (self._folder / "fakes.log").read_text()
            time.sleep(0.01)

    def signal(self, index: int, number: signal.Signals) -> None:
        """Send a signal to one; after a kill its socket file is still there, as in production."""
        self._processes[index].send_signal(number)
        if number == signal.SIGKILL:
            self._processes[index].wait()

    def end(self) -> None:
        """End both."""
        for process in self._processes.values():
            end(process)


@pytest.fixture
def replicas(folder: Path) -> Iterator[Replicas]:
    """Two running replicas."""
    both = Replicas(folder)
    both.start(0)
    both.start(1)
    yield both
    both.end()


@pytest.fixture
def pair(folder: Path, fakes: dict[str, FakeServer], replicas: Replicas) -> Iterator[Gateway]:
    """A gateway with two upload replicas."""
    services = {"upload": replicas.paths, "catalog": [fakes["catalog"].path], "download": [fakes["download"].path]}
    with running_gateway(folder, services) as running:
        yield running


@contextmanager
def load(gateway: Gateway) -> Iterator[Counter[object]]:
    """Send requests all the time over six kept connections; the counter holds the results when the block ends."""
    seen: Counter[object] = Counter()
    lock, stopped = threading.Lock(), threading.Event()

    def ask(number: int) -> None:
        connection = HTTPConnection("localhost", gateway.port, timeout=20)
        while not stopped.is_set():
            number += 1
            try:
                connection.request(*CALLS[number % len(CALLS)])
                answer = connection.getresponse()
                answer.read()
                result: object = answer.status
            except (OSError, HTTPException) as error:
                result = repr(error)
                connection.close()
            with lock:
                seen[result] += 1
            time.sleep(0.01)  # some 300 a second in all: below the limit of one client for as long as a test runs
        connection.close()

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        stopped.set()
        for thread in threads:
            thread.join()


def test_a_replica_killed_under_load_costs_nobody_an_error(pair: Gateway, replicas: Replicas) -> None:
    """POST and DELETE are retried too, since all of them can be repeated."""
    with load(pair) as seen:
        time.sleep(0.5)
        replicas.signal(0, signal.SIGKILL)
        time.sleep(1.5)
    assert set(seen) == {200}
    assert seen[200] > 200


def test_both_may_restart_one_after_the_other(pair: Gateway, replicas: Replicas) -> None:
    """A recent failure excludes no running replica: otherwise both would be excluded here for ten seconds."""
    with load(pair) as seen:
        for _ in range(2):
            for index in (0, 1):
                time.sleep(0.3)
                replicas.signal(index, signal.SIGKILL)
                time.sleep(0.3)
                replicas.start(index)
    assert set(seen) == {200}


def test_all_gone_and_back_needs_no_patience(pair: Gateway, replicas: Replicas) -> None:
    """As soon as one replica is back, requests are answered."""
    for index in (0, 1):
        replicas.signal(index, signal.SIGKILL)
    for _ in range(5):
        reply = pair.ask("/api/uploads", "POST")
        assert (reply.status, reply.headers["Retry-After"]) == (503, "2")
        assert reply.json()["status"] == 503
    replicas.start(1)
    assert [pair.ask("/api/uploads", "POST").status for _ in range(10)] == [200] * 10


def test_a_hung_replica_holds_up_few(pair: Gateway, replicas: Replicas) -> None:
    """The requests that wait for it count against it, so later ones go to the other replica."""
    replicas.signal(0, signal.SIGSTOP)
    answered: list[int] = []
    waiting = [threading.Thread(target=lambda: answered.append(pair.ask("/api/config").status)) for _ in range(4)]
    for thread in waiting:
        thread.start()
    time.sleep(0.5)
    begun = time.monotonic()
    assert {pair.ask("/api/config").json()["service"] for _ in range(50)} == {"1"}
    assert time.monotonic() - begun < 2
    replicas.signal(0, signal.SIGCONT)
    for thread in waiting:
        thread.join()
    assert answered == [200] * 4


def test_a_hung_replica_is_given_up_for_another(pair: Gateway, replicas: Replicas) -> None:
    """A client that reaches it before the gateway knows waits some seconds and gets its answer."""
    replicas.signal(0, signal.SIGSTOP)
    begun = time.monotonic()
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: pair.ask("/api/config"), range(4)))
    replicas.signal(0, signal.SIGCONT)
    assert [(answer.status, answer.json()["service"]) for answer in answers] == [(200, "1")] * 4
    assert 5 < time.monotonic() - begun < 14, "some of them were sent to the hung one first"


@pytest.mark.long
@pytest.mark.parametrize(("service", "path"), [("upload", "/api/uploads"), ("download", "/api/downloads")])
def test_an_expensive_call_is_not_repeated_after_a_time_out(
    folder: Path, fakes: dict[str, FakeServer], service: str, path: str
) -> None:
    """A replica that does not answer in time may be busy with this very call; a second one must not be busy too."""
    second, released = FakeServer(folder / "second.sock", service), threading.Event()
    second.start()
    both = [fakes[service], second]

    def hang(request: Request) -> Answer:
        released.wait(30)
        return Answer()

    for fake in both:
        fake.answer = hang
    services = {name: [fake.path] for name, fake in fakes.items()} | {service: [fake.path for fake in both]}
    try:
        with running_gateway(folder, services) as running:
            reply = running.ask(path, "POST", body=b"{}", seconds=25)
    finally:
        released.set()
        second.stop()
    assert (reply.status, reply.headers["Retry-After"]) == (503, "2")
    assert reply.headers["Content-Type"] == "application/problem+json"
    assert sum(len(fake.seen) for fake in both) == 1


@pytest.mark.parametrize(("service", "path"), [("upload", "/api/uploads"), ("download", "/api/downloads")])
def test_an_expensive_call_whose_connection_timed_out_goes_to_another_replica(
    folder: Path, fakes: dict[str, FakeServer], service: str, path: str
) -> None:
    """The silent replica has processed nothing: it is a port whose queue of connections is full."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as silent, ExitStack() as waiting:
        for _ in range(3):  # two fit; Linux leaves every further one without an answer
            client = waiting.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(silent.getsockname())
        servers = f"server 127.0.0.1:{silent.getsockname()[1]} max_fails=0;\n{directives([fakes[service].path])}"
        services = {name: [fake.path] for name, fake in fakes.items()}
        with running_gateway(folder, services, **{f"{service.upper()}_SERVERS": servers}) as running:
            begun = time.monotonic()
            assert [running.ask(path, "POST", body=b"{}").status for _ in range(4)] == [200] * 4
            assert time.monotonic() - begun > 0.9, "none of them met the silent replica"
    assert len(fakes[service].seen) == 4


def test_a_reload_costs_nobody_a_request(pair: Gateway, folder: Path) -> None:
    """The old workers serve their kept connections to the end."""
    with load(pair) as seen:
        for _ in range(4):
            time.sleep(0.4)
            os.kill(int((folder / "gateway" / "nginx.pid").read_text()), signal.SIGHUP)
        time.sleep(0.5)
    assert set(seen) == {200}


class OneRequestEach(socketserver.BaseRequestHandler):
    """Promises to keep the connection, but closes it when a second request comes."""

    def handle(self) -> None:
        assert self.request.recv(65536)
        self.server.answered.append(1)  # type: ignore[attr-defined]
        self.request.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        self.request.recv(65536)


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_a_kept_connection_that_a_replica_just_closes_costs_nobody_a_request(
    folder: Path, fakes: dict[str, FakeServer], method: str, path: str
) -> None:
    """A replica may stop between two requests; the second one is sent on another connection."""
    server = socketserver.ThreadingUnixStreamServer(str(folder / "closing.sock"), OneRequestEach)
    answered: list[int] = []
    server.answered = answered  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    services = {name: [fake.path] for name, fake in fakes.items()} | {"upload": [folder / "closing.sock"]}
    try:
        with running_gateway(folder, services) as running:
            replies = [running.ask(path, method, body=b"{}") for _ in range(12)]
            lines = [running.access_line(reply.headers["X-Request-ID"]) for reply in replies]
    finally:
        server.shutdown()
        server.server_close()
    assert [reply.status for reply in replies] == [200] * 12
    assert len(answered) == 12
    assert any(line["upstream_status"] == "502, 200" for line in lines), "no request met a closing connection"


def test_one_dead_service_leaves_the_others_alone(gateway: Gateway, fakes: dict[str, FakeServer]) -> None:
    """503 with Retry-After for its own calls only; the page loads."""
    fakes["upload"].stop()
    reply = gateway.ask("/api/uploads", "POST", body=b"x" * 200_000)
    assert (reply.status, reply.headers["Retry-After"]) == (503, "2")
    assert reply.headers["Content-Type"] == "application/problem+json"
    for path in ("/", "/api/images", "/api/images/x", "/api/images/x/download"):
        assert gateway.ask(path).status == 200


@pytest.mark.parametrize("status", [500, 502, 503, 504, 429])
def test_an_answer_is_an_answer(pair_of_fakes: tuple[Gateway, list[FakeServer]], status: int) -> None:
    """An answer is not retried at another replica: with storage down, that would double its requests."""
    gateway, fakes = pair_of_fakes
    for fake in fakes:
        fake.answer = lambda request: Answer(status)
    assert gateway.ask("/api/uploads", "POST").status == status
    assert sum(len(fake.seen) for fake in fakes) == 1


def test_a_request_is_tried_twice_at_most(pair_of_fakes: tuple[Gateway, list[FakeServer]]) -> None:
    """A request that kills each replica that gets it must not reach them all."""
    gateway, fakes = pair_of_fakes

    def die(request: Request) -> Answer:
        raise ConnectionResetError

    for fake in fakes:
        fake.answer = die
    assert gateway.ask("/api/uploads", "POST", body=b"{}").status == 503
    assert [len(fake.seen) for fake in fakes] == [1, 1]
    assert {fake.seen[0].body for fake in fakes} == {b"{}"}


@pytest.fixture
def pair_of_fakes(folder: Path, fakes: dict[str, FakeServer]) -> Iterator[tuple[Gateway, list[FakeServer]]]:
    """A gateway with two fake upload services."""
    second = FakeServer(folder / "second.sock", "upload")
    second.start()
    both = [fakes["upload"], second]
    services = {name: [fake.path] for name, fake in fakes.items()} | {"upload": [fake.path for fake in both]}
    with running_gateway(folder, services) as running:
        yield running, both
    second.stop()
