"""One request id from the client's answer to the last log line, and never a secret in a line."""

from pathlib import Path

import pytest

from tests.support.fake_server import FakeServer
from tests.support.nginx import Gateway, running_gateway

SECRET = "s3cr3t-capability"


@pytest.mark.parametrize("ours", ["abcdefgh", "0123-ABC.x_y", "a" * 64])
def test_a_client_s_own_id_is_used_throughout(gateway: Gateway, fakes: dict[str, FakeServer], ours: str) -> None:
    """The service, the answer and the log line have the id that the client chose."""
    reply = gateway.ask("/api/uploads", "POST", {"X-Request-ID": ours})
    assert reply.headers["X-Request-ID"] == ours
    assert fakes["upload"].seen[0].headers.get_all("X-Request-ID") == [ours]
    line = gateway.access_line(ours)
    assert (line["method"], line["path"], line["status"]) == ("POST", "/api/uploads", 200)
    assert line["upstream"].endswith("upload.sock")
    assert isinstance(line["duration"], float)


@pytest.mark.parametrize("bad", ["short", "a" * 65, "with blank", 'quote"quote', "ümlaut-ümlaut", "a,b,c,d,e", ""])
def test_an_id_that_could_forge_a_line_is_replaced(gateway: Gateway, fakes: dict[str, FakeServer], bad: str) -> None:
    """Only a harmless format is accepted; otherwise the gateway makes an id."""
    reply = gateway.ask("/api/uploads", "POST", {"X-Request-ID": bad})
    assert len(reply.headers["X-Request-ID"]) == 32
    assert fakes["upload"].seen[0].headers["X-Request-ID"] == reply.headers["X-Request-ID"]


@pytest.mark.parametrize(
    ("path", "logged"),
    [
        (f"/api/s/{SECRET}", "/api/s/-"),
        (f"/api/%73/{SECRET}", "/api/s/-"),
        (f"//api/x/../s//{SECRET}?a=b", "/api/s/-"),
        (f"/s3/multipart/{SECRET}/1?key={SECRET}", "/s3/multipart/-"),
        (f"/s3/{SECRET.upper()}", "/s3/-"),
        (f"/api/uploads/x?upload_id={SECRET}", "/api/uploads/x"),
        (f"/api/nope?X-Amz-Signature={SECRET}", "/api/nope"),
        (f"/?X-Amz-Signature={SECRET}", "/index.html"),
    ],
)
@pytest.mark.parametrize("alive", [True, False], ids=["service up", "service down"])
def test_no_line_holds_a_query_or_a_share_link(
    gateway: Gateway, fakes: dict[str, FakeServer], path: str, logged: str, alive: bool
) -> None:
    """Neither the access line nor an error line, to which nginx would append the raw request."""
    if not alive:
        for fake in fakes.values():
            fake.stop()
    headers = {"Authorization": f"Bearer {SECRET}", "Referer": f"http://localhost/api/s/{SECRET}"}
    reply = gateway.ask(path, headers=headers)
    assert gateway.access_line(reply.headers["X-Request-ID"])["path"] == logged
    assert SECRET not in gateway.log_text().lower()


@pytest.mark.parametrize(
    "request_head",
    [
        b"GET /api/s/%s HTTP/1.1\r\n\r\n",
        b"GET /api/s/%s HTTP/9.9\r\nHost: localhost\r\n\r\n",
        b"GET /api/s/%s\x01 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /api/s/%s HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
        b"GET /api/s/%s HTTP/1.1\r\nHost: localhost\r\nbad header\r\n\r\n",
        b"GET /api/s/%s%%zz HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"POST /api/s/%s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999999\r\n\r\n",
    ],
)
def test_a_malformed_request_does_not_spill_it_either(gateway: Gateway, request_head: bytes) -> None:
    """nginx normally logs what it could not read; here it does not."""
    answer = gateway.raw(request_head % SECRET.encode())
    assert answer
    assert SECRET not in gateway.whole_log()
    assert SECRET.encode() not in answer


def test_probes_do_not_fill_the_log(gateway: Gateway) -> None:
    """A probe every few seconds would bury everything else."""
    gateway.ask("/healthz")
    gateway.access_line(gateway.ask("/").headers["X-Request-ID"])
    assert "healthz" not in gateway.whole_log()


def test_a_hostile_user_agent_stays_inside_its_field(gateway: Gateway) -> None:
    """Each line is one JSON object, whatever a client sends."""
    agent = 'x","status":999,"y":"\\\x7f\t'
    reply = gateway.ask("/", headers={"User-Agent": agent})
    line = gateway.access_line(reply.headers["X-Request-ID"])
    assert (line["status"], line["user_agent"]) == (200, agent)


def test_lines_that_wait_are_written_when_it_ends(folder: Path, fakes: dict[str, FakeServer]) -> None:
    """Lines are written in batches; a gateway that is told to stop loses none."""
    with running_gateway(folder, {name: [fake.path] for name, fake in fakes.items()}) as running:
        asked = [running.ask("/").headers["X-Request-ID"] for _ in range(3)]
    assert [each in running.log_text() for each in asked] == [True] * 3
