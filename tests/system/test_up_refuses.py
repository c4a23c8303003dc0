"""`make up` explains in one sentence why it cannot start, and leaves nothing running."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.gallery import ROOT, Gallery
from tests.support.remains import processes_of


def _refusal(gallery: Gallery, **variables: str) -> str:
    """Start it, assert that it ended by itself with one sentence, and return that sentence."""
    done = subprocess.run(
        ["make", "up"],
        cwd=ROOT,
        env={**gallery.environment, **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    assert done.stdout == ""
    lines = [line for line in done.stderr.splitlines() if not line.startswith("make: ***")]
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("make up: ")
    assert lines[0].endswith(".")
    return lines[0]


@pytest.fixture(scope="module", autouse=True)
def environment_is_there() -> None:
    """Built beforehand: a first start would print its progress as well as the one sentence."""
    subprocess.run([sys.executable, "local/bootstrap.py", ".venv", "requirements/up.txt"], cwd=ROOT, check=True)


@pytest.fixture
def refused(short_folder: Path) -> Iterator[Gallery]:
    """An installation that never starts."""
    gallery = Gallery(short_folder / "refused")
    yield gallery
    assert not processes_of(gallery.data_dir)


@pytest.mark.parametrize("variable", ["PORT", "S3_PORT", "REDIS_PORT"])
@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0"])
def test_a_busy_port_is_named_with_its_variable(refused: Gallery, variable: str, address: str) -> None:
    port = int(refused.environment[variable])
    with closing(socket.create_server((address, port))):
        said = _refusal(refused)
    assert str(port) in said
    assert f"another {variable}" in said


@pytest.mark.parametrize("variable", ["PORT", "S3_PORT", "REDIS_PORT", "REPLICAS"])
@pytest.mark.parametrize("value", ["x", "0", "-1", "65536", "8080.0", "٣"])
def test_a_number_that_is_none_is_named(refused: Gallery, variable: str, value: str) -> None:
    assert f"{variable}={value}" in _refusal(refused, **{variable: value})


def test_two_parts_on_one_port_are_refused(refused: Gallery) -> None:
    said = _refusal(refused, PORT=str(refused.s3_port))
    assert "PORT and S3_PORT" in said


@pytest.mark.parametrize("variable", ["WEED", "VALKEY", "NGINX", "NODE"])
@pytest.mark.parametrize("value", ["no-such-program", "/no/such/program"])
def test_a_missing_program_is_named(refused: Gallery, variable: str, value: str) -> None:
    assert f"{variable}={value} is not a program" in _refusal(refused, **{variable: value})


@pytest.mark.parametrize("folder", ["/proc/vitrine", "/dev/null/vitrine", "/etc/hostname"])
def test_a_folder_that_cannot_be_written_is_named(refused: Gallery, folder: str) -> None:
    assert f"DATA_DIR={folder} cannot be used" in _refusal(refused, DATA_DIR=folder)


def test_a_folder_too_deep_for_unix_sockets_is_named(refused: Gallery) -> None:
    folder = refused.data_dir / ("d" * 90)
    assert "too long for unix sockets" in _refusal(refused, DATA_DIR=str(folder))
    assert not folder.exists()


@pytest.mark.parametrize("character", ['"', "'", "$", ";", "#", "\\", "{", "\n"])
def test_a_folder_whose_name_would_mean_something_to_a_server_is_refused(refused: Gallery, character: str) -> None:
    assert "DATA_DIR has the character" in _refusal(refused, DATA_DIR=f"{refused.data_dir}{character}x")


def test_secrets_that_others_can_read_are_refused(refused: Gallery) -> None:
    refused.data_dir.mkdir(exist_ok=True)
    secrets = refused.data_dir / "secrets.json"
    secrets.write_text("{}")
    secrets.chmod(0o644)
    assert "chmod 600" in _refusal(refused)
    secrets.chmod(0o600)
    assert "damaged" in _refusal(refused)
    secrets.unlink()


def test_open_to_the_network_it_wants_a_key_or_a_word(refused: Gallery) -> None:
    assert "UPLOAD_KEY" in _refusal(refused, PUBLIC_HOST="192.0.2.7")


@pytest.mark.parametrize("host", ["a b", "x;y", "http://x", "0.0.0.0", "localhost", "-x"])
def test_a_public_host_that_is_none_is_refused(refused: Gallery, host: str) -> None:
    assert "PUBLIC_HOST" in _refusal(refused, PUBLIC_HOST=host, OPEN_UPLOADS="true")


def test_a_part_that_does_not_stay_up_stops_all_and_is_named(refused: Gallery) -> None:
    done = subprocess.run(
        ["make", "up"],
        cwd=ROOT,
        env={**refused.environment, "NGINX": "/bin/false", "REPLICAS": "1"},
        capture_output=True,
        text=True,
        timeout=240,  # it may be the first to build the page
        check=False,
    )
    assert done.returncode != 0
    assert "gateway does not stay up" in done.stderr
    assert "gateway.log" in done.stderr
    assert "Traceback" not in done.stderr
