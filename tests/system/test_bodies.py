"""A real gunicorn handles request bodies that differ from their announced length."""

import http.client
import json
import socket
import struct
import time
from collections.abc import Iterator

import pytest

from tests.support.replicas import Replica, running_replicas
from tests.support.services import WITHOUT_STORE

HEAD = b"POST /api/uploads HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.fixture(scope="module")
def replica(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replica]:
    folder = tmp_path_factory.mktemp("bodies")
    with running_replicas("upload", WITHOUT_STORE, folder, 1) as (only,):
        yield only


def connect(replica: Replica) -> socket.socket:
    return socket.create_connection(("127.0.0.1", replica.port), timeout=10)


def answered(replica: Replica, status: int) -> float:
    """The number of permission requests with this answer."""
    labels = f'method="POST",route="/api/uploads",service="upload",status="{status}"'
    return replica.metric(f"vitrine_http_request_seconds_count{{{labels}}}")


@pytest.mark.parametrize(
    "sent",
    [
        CHUNKED + b"20\r\n{}",
        CHUNKED + b"zz\r\n{}\r\n0\r\n\r\n",
        CHUNKED + b"2\r\n{}xx0\r\n\r\n",
        CHUNKED + b"2;=\r\n{}\r\n0\r\n\r\n",
        CHUNKED + b"2\r\n{}\r\n0\r\nContent-Length : 1\r\n\r\n",
        HEAD + b"Content-Length: 40\r\n\r\n{",
    ],
    ids=["a cut chunk", "no size", "no end of a chunk", "an extension", "a trailer", "cut short"],
)
def test_a_body_that_is_none_is_the_senders_fault(replica: Replica, sent: bytes) -> None:
    before = answered(replica, 400)
    with connect(replica) as wire:
        wire.sendall(sent)
        wire.shutdown(socket.SHUT_WR)
        answer = http.client.HTTPResponse(wire)
        answer.begin()
        body = answer.read()
    assert (answer.status, answer.headers["Content-Type"]) == (400, "application/problem+json")
    assert json.loads(body)["status"] == 400
    assert answered(replica, 400) == before + 1
    assert answered(replica, 500) == 0


def test_a_sender_that_goes_away_is_no_error_of_ours(replica: Replica) -> None:
    before = answered(replica, 400)
    deadline = time.monotonic() + 20
    while answered(replica, 400) == before:  # a connection that closes before its head is read is not seen at all
        assert time.monotonic() < deadline
        wire = connect(replica)
        wire.sendall(HEAD + b"Content-Length: 40\r\n\r\n{")
        time.sleep(0.2)  # time to read its head: a reset discards unread data
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        wire.close()  # with a reset
        time.sleep(0.2)  # time to answer and count it; otherwise the next round sees it
    assert answered(replica, 500) == 0


def test_a_body_that_says_it_is_too_large_is_not_waited_for(replica: Replica) -> None:
    with connect(replica) as wire:
        wire.sendall(HEAD + b"Content-Length: 2000000\r\n\r\n")
        assert wire.recv(65536).startswith(b"HTTP/1.1 413 ")
