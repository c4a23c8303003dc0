"""The services learn a client's address from the gateway alone, whatever the client says of itself."""

from pathlib import Path

import pytest

from tests.support.fake_server import FakeServer
from tests.support.nginx import Gateway, running_gateway
from upload.budget import client_address

HEADER = client_address._HEADER.removeprefix("HTTP_").replace("_", "-").title()
FORGED = "203.0.113.9"
CALLS = [
    ("POST", "/api/uploads", "upload"),
    ("POST", "/api/uploads/x/sign", "upload"),
    ("DELETE", "/api/images/x", "upload"),
    ("POST", "/s3/multipart", "upload"),
    ("GET", "/api/images/x", "catalog"),
    ("POST", "/api/downloads", "download"),
]
CLAIMS = [
    {},
    {"X-Client-Address": FORGED},
    {"x-client-address": FORGED},
    {"X_Client_Address": FORGED},
    {"X-Forwarded-For": FORGED, "X-Real-IP": FORGED, "Forwarded": f"for={FORGED}"},
]


@pytest.mark.parametrize(("method", "path", "service"), CALLS)
@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: " ".join(claim) or "nothing")
def test_what_a_client_says_of_its_address_is_not_believed(
    gateway: Gateway, fakes: dict[str, FakeServer], method: str, path: str, service: str, claim: dict[str, str]
) -> None:
    assert gateway.ask(path, method, claim).status == 200
    (request,) = fakes[service].seen
    assert request.headers.get_all(HEADER) == ["127.0.0.1"]
    assert FORGED not in str(request.headers)


def test_two_headers_are_not_believed_either(gateway: Gateway, fakes: dict[str, FakeServer]) -> None:
    gateway.raw(
        b"POST /api/uploads HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n"
        b"X-Client-Address: 203.0.113.9\r\nX-Client-Address: 203.0.113.10\r\n\r\n"
    )
    (request,) = fakes["upload"].seen
    assert request.headers.get_all(HEADER) == ["127.0.0.1"]


@pytest.mark.parametrize(
    ("sent", "address"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("2001:db8::7", "2001:db8::7"),
        ("203.0.113.9, 198.51.100.7", "198.51.100.7"),  # only what the proxy itself has added counts
        ("rubbish", "127.0.0.1"),
    ],
)
def test_behind_a_trusted_proxy_it_is_the_client_that_the_proxy_names(
    folder: Path, fakes: dict[str, FakeServer], sent: str, address: str
) -> None:
    replicas = {name: [fake.path] for name, fake in fakes.items()}
    with running_gateway(folder, replicas, TRUSTED_PROXIES="set_real_ip_from 127.0.0.1;") as behind:
        behind.ask("/api/uploads", "POST", {"X-Forwarded-For": sent, "X-Client-Address": FORGED})
    (request,) = fakes["upload"].seen
    assert request.headers.get_all(HEADER) == [address]
