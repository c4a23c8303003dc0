"""On a machine with several users, the installation reveals nothing: ports, files, command lines, logs."""

import ipaddress
import json
import stat
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import psutil
import pytest
import requests

from local.bucket import client
from local.stale_processes import find
from tests.support.gallery import Gallery, running_gallery
from tests.support.store import ORIGINS


def _listening(gallery: Gallery) -> set[tuple[str, int]]:
    """Every address and TCP port on which any process of the installation listens, including UDP sockets."""
    return {
        (connection.laddr.ip, connection.laddr.port)
        for process in find(gallery.data_dir)
        for connection in process.net_connections("inet")
        if connection.status in (psutil.CONN_LISTEN, psutil.CONN_NONE) and connection.laddr
    }


def _secrets(gallery: Gallery) -> list[str]:
    found = asdict(gallery.credentials)
    keys = [key["secret"] for key in found["s3"].values()]
    tokens = [found["token_keys"].split(":")[1], found["admin_token"], found["redis_password"]]
    return [*keys, *tokens, *found["store_signing"]]


def test_everything_listens_on_loopback_alone(gallery: Gallery) -> None:
    listening = _listening(gallery)
    assert {gallery.port, gallery.s3_port, gallery.redis_port} <= {port for _, port in listening}
    assert {address for address, _ in listening} == {"127.0.0.1"}


def test_what_else_listens_answers_no_stranger(gallery: Gallery) -> None:
    """The store's inner ports and the cache require their keys: no bytes, no names, no deletions without."""
    name = "a-picture-of-ours"
    admin = client(gallery.s3_url, gallery.credentials.s3["admin"])
    admin.put_object(Bucket="vitrine", Key=f"images/{name}", Body=b"private")
    for address, port in _listening(gallery) - {("127.0.0.1", gallery.port)}:
        for path in ("", "/buckets/vitrine/images/", "/buckets/?limit=9", "/vitrine?prefix=images/"):
            answer = _ask("GET", f"http://{address}:{port}{path}")
            assert answer is None or name not in answer.text, (port, path)
        for path in (f"/buckets/vitrine/images/{name}", f"/vitrine/images/{name}"):
            for method in ("GET", "DELETE"):
                answer = _ask(method, f"http://{address}:{port}{path}")
                assert answer is None or answer.status_code >= 400, (method, port, path)
    assert admin.get_object(Bucket="vitrine", Key=f"images/{name}")["Body"].read() == b"private"
    admin.delete_object(Bucket="vitrine", Key=f"images/{name}")


def _ask(method: str, url: str) -> requests.Response | None:
    try:
        return requests.request(method, url, timeout=3)
    except requests.RequestException:
        return None


def test_its_folder_and_its_secrets_are_for_their_owner_only(gallery: Gallery) -> None:
    data = gallery.data_dir
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    assert stat.S_IMODE((data / "run").stat().st_mode) == 0o700
    assert stat.S_IMODE((data / "secrets.json").stat().st_mode) == 0o600
    secrets = _secrets(gallery)
    for file in data.rglob("*"):
        if file.is_file() and not file.is_relative_to(data / "store"):
            text = file.read_text("utf-8", "replace")
            if any(secret in text for secret in secrets):
                assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
                assert not file.is_relative_to(data / "logs"), file


def test_no_secret_stands_in_a_command_line(gallery: Gallery) -> None:
    secrets = _secrets(gallery)
    for process in find(gallery.data_dir):
        assert not [word for word in process.cmdline() if any(secret in word for secret in secrets)]


def test_each_part_has_its_own_secrets_and_no_others(gallery: Gallery) -> None:
    found = gallery.credentials
    s3 = {name: key.secret for name, key in found.s3.items()}
    own = {
        "upload-0": {s3["upload-publish"], s3["upload-sign"], found.token_keys, found.admin_token},
        "reconciler": {s3["upload-publish"], s3["upload-sign"], found.token_keys, found.admin_token},
        "catalog-0": {s3["catalog"]},
        "download-0": {s3["download"]},
        "store": set(found.store_signing),
        "cache": set(),
        "gateway": set(),
    }
    everything = set().union(*own.values(), {s3["admin"]})
    for part, pid in gallery.pids.items():
        if part in own:
            held = set(psutil.Process(pid).environ().values())
            assert held & everything == own[part], part


def test_its_services_are_not_led_astray_by_the_callers_environment(gallery: Gallery) -> None:
    """A proxy, an AWS profile or Python's variables in the caller's shell must not reach the services."""
    for pid in gallery.pids.values():
        names = set(psutil.Process(pid).environ())
        assert not names & {"HTTP_PROXY", "http_proxy", "AWS_PROFILE", "PYTHONPATH", "GUNICORN_CMD_ARGS"}


def test_the_supervisor_takes_commands_on_a_private_unix_socket_only(gallery: Gallery) -> None:
    socket = gallery.data_dir / "run" / "supervisor.sock"
    assert stat.S_ISSOCK(socket.stat().st_mode)
    assert stat.S_IMODE(socket.stat().st_mode) == 0o600


@pytest.fixture(scope="module")
def public(short_folder: Path) -> Iterator[Gallery]:
    """An installation open to the network, under this machine's own address."""
    found = [
        address.address
        for addresses in psutil.net_if_addrs().values()
        for address in addresses
        if address.family.name == "AF_INET" and not ipaddress.ip_address(address.address).is_loopback
    ]
    host = found[0] if found else "127.0.0.2"
    settings = {"PUBLIC_HOST": host, "UPLOAD_KEY": "a-key-for-the-network", "REPLICAS": "1"}
    with running_gallery(short_folder / "public", settings) as running:
        yield running


def test_open_to_the_network_only_the_gateway_and_s3_listen_there(public: Gallery) -> None:
    listening = _listening(public)
    there = {port for address, port in listening if address != "127.0.0.1"}
    assert there == {public.port, public.s3_port}


def test_open_to_the_network_both_are_reached_and_nothing_else(public: Gallery) -> None:
    host = public.settings["PUBLIC_HOST"]
    assert requests.get(f"http://{host}:{public.port}/api/images", timeout=5).status_code == 200
    assert requests.get(f"http://{host}:{public.s3_port}/vitrine", timeout=5).status_code == 403
    for _, port in _listening(public):
        if port not in (public.port, public.s3_port):
            with pytest.raises(requests.ConnectionError):
                requests.get(f"http://{host}:{port}/", timeout=2)


def test_open_to_the_network_browsers_are_sent_to_the_public_address(public: Gallery) -> None:
    host = public.settings["PUBLIC_HOST"]
    file = {"filename": "a.jpg", "content_type": "image/jpeg", "size": 4, "sha256": "A" * 43 + "="}
    answer = requests.post(
        f"http://{host}:{public.port}/api/uploads",
        json={"files": [file]},
        headers={"X-Upload-Key": public.settings["UPLOAD_KEY"]},
        timeout=5,
    )
    assert answer.status_code == 201, answer.text
    url = json.loads(answer.text)["uploads"][0]["put"]["url"]
    assert url.startswith(f"http://{host}:{public.s3_port}/vitrine/staging/")


def test_pages_of_other_origins_get_no_leave_from_storage(gallery: Gallery) -> None:
    asked = {"Access-Control-Request-Method": "PUT"}
    url = f"{gallery.s3_url}/vitrine/staging/x"
    ours = requests.options(url, headers={"Origin": gallery.url, **asked}, timeout=5)
    assert ours.headers.get("Access-Control-Allow-Origin") == gallery.url
    for origin in (*ORIGINS, "http://evil.example", "null"):
        theirs = requests.options(url, headers={"Origin": origin, **asked}, timeout=5)
        assert "Access-Control-Allow-Origin" not in theirs.headers, origin
