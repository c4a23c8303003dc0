"""A person who drops 500 photos is never refused; a flood is refused, with a Retry-After."""

import http.client
import json
import socket
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.fake_server import FakeServer
from tests.support.nginx import Gateway, running_gateway


@pytest.fixture
def gateway(fresh_gateway: Gateway) -> Gateway:
    """A fresh gateway: it would count the requests of earlier tests."""
    return fresh_gateway


def ask_many(gateway: Gateway, calls: list[tuple[str, str]], at_once: int) -> list[http.client.HTTPMessage]:
    """Send the calls over `at_once` kept connections at full speed; return each answer's headers."""

    def run(share: list[tuple[str, str]]) -> list[http.client.HTTPMessage]:
        connection = http.client.HTTPConnection("localhost", gateway.port, timeout=15)
        found = []
        for method, path in share:
            connection.request(method, path)
            answer = connection.getresponse()
            answer.read()
            answer.headers["status"] = str(answer.status)
            found.append(answer.headers)
        connection.close()
        return found

    with ThreadPoolExecutor(at_once) as pool:
        shares = [calls[start::at_once] for start in range(at_once)]
        return [headers for share in pool.map(run, shares) for headers in share]


def test_a_drop_of_500_files_passes_at_full_speed(gateway: Gateway) -> None:
    """Each file asks for a permission, signs once more and completes, while the page loads lists and pictures."""
    calls = []
    for file in range(500):
        calls += [
            ("POST", "/api/uploads"),
            ("POST", f"/api/uploads/{file}/sign"),
            ("POST", f"/api/uploads/{file}/complete"),
        ]
        if file % 5 == 0:
            calls += [("GET", f"/api/images?cursor={file}"), ("POST", "/api/downloads"), ("GET", "/")]
    answers = ask_many(gateway, calls, 5)
    assert Counter(headers["status"] for headers in answers) == {"200": len(calls)}


def test_a_flood_is_refused_with_a_time_to_come_back(gateway: Gateway) -> None:
    """429 with Retry-After as a problem document; the page's files still load."""
    answers = ask_many(gateway, [("POST", "/api/uploads")] * 4000, 8)
    statuses = Counter(headers["status"] for headers in answers)
    assert set(statuses) == {"200", "429"}
    assert statuses["200"] >= 2000
    refused = [headers for headers in answers if headers["status"] == "429"]
    assert {headers["Retry-After"] for headers in refused} == {"2"}
    assert {headers["Content-Type"] for headers in refused} == {"application/problem+json"}
    assert all(headers["X-Request-ID"] for headers in refused)
    assert gateway.ask("/").status == 200
    assert gateway.ask("/api/images").status == 200, "reading has a count of its own"


def test_a_flood_does_not_push_everything_else_out_of_the_log(gateway: Gateway) -> None:
    """About one refusal in a hundred is logged, with the number that it stands for; all other lines are there."""
    answers = ask_many(gateway, [("POST", "/api/uploads")] * 5000, 8)
    refused = sum(headers["status"] == "429" for headers in answers)
    assert refused > 2000
    lines = [json.loads(line) for line in gateway.whole_log().splitlines() if line.startswith("{")]
    counted = Counter((line["status"], line["one_in"]) for line in lines if line["path"] == "/api/uploads")
    assert set(counted) == {(200, 1), (429, 100)}
    assert counted[200, 1] == len(answers) - refused
    assert 0 < counted[429, 100] < refused / 25


def test_one_address_may_have_only_so_many_changes_under_way(gateway: Gateway, fakes: dict[str, FakeServer]) -> None:
    """A client with slow bodies is refused beyond 256; reading and other addresses still work."""
    head = b"POST /api/uploads HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\nConnection: close\r\n\r\n{"
    with ExitStack() as dripping:
        for _ in range(256):
            dripping.enter_context(socket.create_connection(("127.0.0.1", gateway.port))).sendall(head)
        deadline = time.monotonic() + 8
        while (reply := gateway.ask("/api/uploads", "POST")).status != 429:
            assert time.monotonic() < deadline, "all are let in"
        assert reply.headers["Retry-After"] == "2"
        assert gateway.ask("/api/images").status == 200
        with socket.create_connection(("127.0.0.1", gateway.port), 10, ("127.0.0.2", 0)) as other:
            other.sendall(head + b"12345678")
            assert other.recv(100).startswith(b"HTTP/1.1 200")
    # The service saw the probes, which have no body, and the other address; no unfinished request reached it.
    assert [request.body for request in fakes["upload"].seen if request.body] == [b"{12345678"]


def test_reading_is_limited_too(gateway: Gateway) -> None:
    """A crawler that requests every picture's address at once is slowed down."""
    answers = ask_many(gateway, [("GET", "/api/images/x/thumbnail")] * 2500, 8)
    statuses = Counter(headers["status"] for headers in answers)
    assert statuses["200"] >= 1000
    assert statuses["429"] > 0


def test_a_proxy_that_is_named_says_for_whom_it_asks(folder: Path, fakes: dict[str, FakeServer]) -> None:
    """Otherwise all clients of the proxy would share one limit. The nearest address that is not a proxy's counts."""
    replicas = {name: [fake.path] for name, fake in fakes.items()}
    with running_gateway(folder, replicas, TRUSTED_PROXIES="set_real_ip_from 127.0.0.1;") as behind:
        behind.ask("/api/images", headers={"X-Forwarded-For": "6.6.6.6, 192.0.2.7"})
    assert [request.headers["X-Forwarded-For"] for request in fakes["catalog"].seen] == ["192.0.2.7"]


def test_nobody_else_is_believed(gateway: Gateway, fakes: dict[str, FakeServer]) -> None:
    """A client that could choose its address would get any number of limits."""
    gateway.ask("/api/images", headers={"X-Forwarded-For": "192.0.2.7"})
    assert [request.headers["X-Forwarded-For"] for request in fakes["catalog"].seen] == ["127.0.0.1"]
