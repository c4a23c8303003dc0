"""Tests docs/examples/nginx-tls.conf, the TLS proxy of docs/operations.md, with a real gateway and store."""

import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from local import certificates, gateway, tools
from local.ports import free_ports
from tests.support.fake_server import FakeServer
from tests.support.nginx import Gateway, running_gateway
from tests.support.pictures import picture
from tests.support.ports import first_port
from tests.support.processes import end, start
from tests.support.services import digest, running_services
from tests.support.store import Store

EXAMPLE = Path(__file__).parents[3] / "docs/examples/nginx-tls.conf"


@dataclass(frozen=True)
class Proxy:
    """The addresses of the two names, and the authority that signed their certificates."""

    page: str
    s3: str
    authority: str
    log: Path


@pytest.fixture
def proxy(folder: Path, fakes: dict[str, FakeServer], store: Store) -> Iterator[Proxy]:
    """The example with other names, ports and files, and nothing else changed."""
    page_port, s3_port = free_ports(2, first_port(os.getpid() * 31 + 1900))
    certificates.make(folder)
    replicas = {name: [fake.path] for name, fake in fakes.items()}
    behind = {"PUBLIC_ORIGINS": f"https://localhost:{page_port}", "TRUSTED_PROXIES": "set_real_ip_from 127.0.0.1;"}
    with running_gateway(folder, replicas, **behind) as inner:
        nginx = folder / "tls"
        _write(nginx, inner, store, page_port, s3_port)
        process = start(
            gateway.command(tools.find_program("NGINX", os.environ), nginx), folder / "tls.log", {"PATH": os.defpath}
        )
        try:
            found = Proxy(
                f"https://localhost:{page_port}",
                f"https://localhost:{s3_port}",
                str(folder / "ca.crt"),
                nginx / "vitrine.log",
            )
            _wait(found)
            yield found
        finally:
            end(process)


def _write(nginx: Path, inner: Gateway, store: Store, page_port: int, s3_port: int) -> None:
    nginx.mkdir()
    text = EXAMPLE.read_text("utf-8")
    ports = iter((page_port, s3_port))
    for pattern, new in (
        (r"listen 443 ssl;", lambda _: f"listen 127.0.0.1:{next(ports)} ssl;"),
        (r"server_name [^;]+;", lambda _: "server_name localhost;"),
        (r"/etc/letsencrypt/\S+/fullchain\.pem", lambda _: str(nginx.parent / "store.crt")),
        (r"/etc/letsencrypt/\S+/privkey\.pem", lambda _: str(nginx.parent / "store.key")),
        (r"/var/log/nginx/", lambda _: f"{nginx}/"),
        (r"127\.0\.0\.1:8080", lambda _: f"127.0.0.1:{inner.port}"),
        (r"http://127\.0\.0\.1:8333", lambda _: store.endpoint_url),
    ):
        text, count = re.subn(pattern, new, text)
        assert count, pattern
    (nginx / "nginx.conf").write_text(f"pid nginx.pid;\nevents {{}}\nhttp {{\n{text}\n}}\n", "utf-8")


def _wait(proxy: Proxy) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            requests.get(f"{proxy.page}/healthz", verify=proxy.authority, timeout=5).raise_for_status()
            return
        except requests.ConnectionError:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_the_gallery_speaks_https_and_knows_who_asks(proxy: Proxy, fakes: dict[str, FakeServer]) -> None:
    """It also sees through a client that claims another address."""
    answer = requests.get(
        f"{proxy.page}/api/images", verify=proxy.authority, timeout=10, headers={"X-Forwarded-For": "192.0.2.7"}
    )
    assert answer.status_code == 200
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    (seen,) = fakes["catalog"].seen
    assert (seen.headers["X-Forwarded-Proto"], seen.headers["X-Forwarded-For"]) == ("https", "127.0.0.1")
    changed = {"Origin": proxy.page}
    assert requests.post(f"{proxy.page}/api/uploads", verify=proxy.authority, timeout=10, headers=changed).ok


def test_what_was_signed_for_the_public_name_passes_and_nothing_of_it_is_logged(proxy: Proxy, store: Store) -> None:
    """A picture is uploaded through the proxy as permitted, once, and is published."""
    services = running_services(store, None, S3_PUBLIC_ENDPOINT_URL=proxy.s3, PUBLIC_ORIGINS=proxy.page)
    content = picture()
    granted = services.grant(content)
    put = granted["put"]
    assert put["url"].startswith(f"{proxy.s3}/vitrine/staging/")
    for sent, status in ((content + b"x", 403), (content, 200), (content, 412)):
        answer = requests.put(put["url"], data=sent, headers=put["headers"], timeout=10, verify=proxy.authority)
        assert answer.status_code == status
    assert services.complete(granted).status_code == 201
    log = proxy.log.read_text()
    assert log.count(" PUT ") == 3
    assert "Signature" not in log
    assert granted["id"] not in log


def test_what_the_store_answers_can_run_nothing_in_a_browser(proxy: Proxy, store: Store) -> None:
    """For pictures, refusals and the answer to a PUT: the type is not guessed, and an opened file is in a sandbox."""
    services = running_services(store, None, S3_PUBLIC_ENDPOINT_URL=proxy.s3, PUBLIC_ORIGINS=proxy.page)
    granted = services.grant(content := picture())
    put = granted["put"]
    sent = requests.put(put["url"], data=content, headers=put["headers"], timeout=10, verify=proxy.authority)
    assert services.complete(granted).status_code == 201
    signed = services.download.get(f"/api/images/{granted['id']}/original").headers["Location"]
    host = {"Host": urlsplit(signed).netloc}  # the download service of this test signs for the store's own name
    through = signed.replace(store.endpoint_url, proxy.s3)
    got = requests.get(through, headers=host, timeout=10, verify=proxy.authority)
    refused = requests.get(f"{proxy.s3}/vitrine/images/x", timeout=10, verify=proxy.authority)
    assert (sent.status_code, got.status_code, refused.status_code) == (200, 200, 403)
    assert got.content == content
    for answer in (sent, got, refused):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        policy = answer.headers["Content-Security-Policy"]
        assert policy == "sandbox; default-src 'none'; style-src 'unsafe-inline'"


def test_a_large_picture_is_not_stopped(proxy: Proxy, store: Store) -> None:
    """nginx's default limit is a megabyte."""
    services = running_services(store, None, S3_PUBLIC_ENDPOINT_URL=proxy.s3, PUBLIC_ORIGINS=proxy.page)
    content = os.urandom(6_000_000)
    put = services.grant(content, sha256=digest(content))["put"]
    sent = requests.put(put["url"], data=content, headers=put["headers"], timeout=30, verify=proxy.authority)
    assert sent.status_code == 200
