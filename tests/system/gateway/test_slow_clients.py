"""A client that sends slowly holds a connection of the gateway for seconds, but never a thread of a service."""

import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.fake_server import FakeServer
from tests.support.nginx import Gateway

HEAD = b"POST /api/uploads HTTP/1.1\r\nHost: localhost\r\n"
SLOW = 60
LONGEST = 40.0
"""Seconds. The gateway waits 10 for a head and 15 for the next piece of a body; the rest is for a busy machine."""


def seconds_until_cut(port: int, first: bytes, drip: bytes) -> float:
    """How long the gateway keeps a connection that sends `first`, and then `drip` each second."""
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
        connection.sendall(first)
        while time.monotonic() - began < LONGEST:
            try:
                connection.sendall(drip)
                if connection.recv(65536) == b"":
                    break
            except TimeoutError:
                continue
            except OSError:
                break
    return time.monotonic() - began


@pytest.mark.long
def test_slow_heads_and_silent_bodies_are_cut_and_hold_up_nobody(
    gateway: Gateway, fakes: dict[str, FakeServer]
) -> None:
    """Sixty of each kind at once; meanwhile all other clients are answered as usual."""
    kinds: dict[str, Callable[[], float]] = {
        "a head without end": lambda: seconds_until_cut(gateway.port, HEAD, b"X"),
        "a silent head": lambda: seconds_until_cut(gateway.port, HEAD, b""),
        "nothing at all": lambda: seconds_until_cut(gateway.port, b"", b""),
        "a silent body": lambda: seconds_until_cut(gateway.port, HEAD + b"Content-Length: 100\r\n\r\n{", b""),
        "a silent chunk": lambda: seconds_until_cut(
            gateway.port, HEAD + b"Transfer-Encoding: chunked\r\n\r\n64\r\n{", b""
        ),
    }
    with ThreadPoolExecutor(SLOW * len(kinds)) as pool:
        waiting = [(kind, pool.submit(run)) for kind, run in kinds.items() for _ in range(SLOW)]
        answers = []
        while not all(future.done() for _, future in waiting):
            began = time.monotonic()
            assert gateway.ask("/api/images", headers={"Cache-Control": "no-cache"}).status == 200
            answers.append(time.monotonic() - began)
            time.sleep(0.2)
        kept = {kind: max(future.result() for name, future in waiting if name == kind) for kind in kinds}
    assert max(kept.values()) < LONGEST, kept
    assert sorted(answers)[len(answers) // 2] < 1
    assert fakes["upload"].seen == []


def test_a_body_that_drips_reaches_a_service_whole_or_not_at_all(
    gateway: Gateway, fakes: dict[str, FakeServer]
) -> None:
    """The gateway collects the body first: the service's thread is busy only while it answers."""
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=10) as connection:
        connection.sendall(HEAD + b"Content-Length: 5\r\nConnection: close\r\n\r\n")
        for byte in b"{ x }":
            assert fakes["upload"].seen == []
            connection.sendall(bytes([byte]))
            time.sleep(0.1)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
    assert [request.body for request in fakes["upload"].seen] == [b"{ x }"]
