"""What a container of ours cannot do, seen from the engine and from inside."""

import json
import socket
import time

import pytest

from tests.support.stack import SERVICES, Stack

OURS = (*SERVICES, "reconciler", "gateway")
ALL = (*OURS, "redis", "store")


@pytest.mark.parametrize("service", ALL)
def test_it_runs_without_root_on_a_read_only_file_system_and_without_capabilities(stack: Stack, service: str) -> None:
    for container in stack.containers(service):
        host = container.attrs["HostConfig"]
        assert container.attrs["Config"]["User"].split(":")[0] not in ("", "0", "root")
        assert host["ReadonlyRootfs"] is True
        assert host["CapDrop"] == ["ALL"]
        assert not host["CapAdd"]
        assert "no-new-privileges:true" in host["SecurityOpt"]
        assert not host["Privileged"]
        assert host["Memory"] > 0
        assert host["PidsLimit"] > 0
        assert host["NanoCpus"] > 0
        assert host["RestartPolicy"]["Name"] == "unless-stopped"


@pytest.mark.parametrize("service", OURS)
def test_the_kernel_agrees(stack: Stack, service: str) -> None:
    status, output = stack.containers(service)[0].exec_run(["cat", "/proc/1/status"])
    assert status == 0
    lines = dict(line.split(":\t", 1) for line in output.decode().splitlines() if ":\t" in line)
    assert "0" not in lines["Uid"].split()
    assert {int(lines[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {0}
    assert lines["NoNewPrivs"] == "1"
    status, _ = stack.containers(service)[0].exec_run(["touch", "/app/x" if service != "gateway" else "/etc/nginx/x"])
    assert status != 0


@pytest.mark.parametrize("service", SERVICES)
def test_no_program_of_a_service_needs_a_shell(stack: Stack, service: str) -> None:
    config = stack.containers(service)[0].attrs["Config"]
    assert config["Cmd"][0] == "gunicorn"
    assert config["Healthcheck"]["Test"][0] == "CMD"
    assert not config["Entrypoint"]


def test_only_the_gateway_and_s3_are_published_and_only_on_loopback(stack: Stack) -> None:
    published = {
        (container.labels["com.docker.compose.service"], binding["HostIp"], int(binding["HostPort"]))
        for container in stack.containers()
        for bindings in (container.attrs["NetworkSettings"]["Ports"] or {}).values()
        for binding in bindings or ()
    }
    assert published == {("gateway", "127.0.0.1", stack.port), ("store", "127.0.0.1", stack.s3_port)}


def test_no_secret_is_in_any_environment_or_command_line(stack: Stack) -> None:
    secrets = _flat(stack.secrets())
    for container in stack.containers(ended=True):
        shown = str(container.attrs)
        assert not [secret for secret in secrets if secret in shown], container.name


def test_each_service_reads_its_own_secrets_only(stack: Stack) -> None:
    found = stack.secrets()
    keys = {name: key["secret"] for name, key in found["s3"].items()}  # type: ignore[attr-defined]
    own = {"upload": {"upload-sign", "upload-publish"}, "catalog": {"catalog"}, "download": {"download"}}
    read = "import pathlib; print([p.read_text() for p in pathlib.Path('/run/vitrine').iterdir()])"
    for service in SERVICES:
        text = stack.inside(service, read)
        assert {name for name, secret in keys.items() if secret in text} == own[service]
        assert (str(found["token_keys"]) in text) is (service == "upload")


def test_of_the_store_a_service_reaches_s3_and_nothing_else_that_obeys(stack: Stack) -> None:
    """Its inner ports share a network with the services: they give no bytes, no names and no leave to write."""
    ports = {8333, 9333, 9340, 8888, 23646}
    code = f"""
import json
import urllib.error
import urllib.request
def ask(port, path):
    try:
        with urllib.request.urlopen(f"http://store:{{port}}{{path}}", timeout=3) as a:
            return [a.status, a.read(4000).decode("utf-8", "replace")]
    except urllib.error.HTTPError as error:
        return [error.code, ""]
    except (OSError, ValueError):
        return [0, ""]
paths = ["/buckets/?limit=9", "/buckets/vitrine/images/", "/vitrine?prefix=", "/dir/assign", "/dir/lookup?volumeId=1",
         "/vol/status", "/ui/index.html", "/status"]
print(json.dumps({{f"{{port}}{{path}}": ask(port, path) for port in {sorted(ports)} for path in paths}}))
"""
    answers = json.loads(stack.inside("download", code))
    for target, (_, text) in answers.items():
        assert "images" not in text, target
        assert '"auth"' not in text, target
        assert '"fid"' not in text, target


def test_who_needs_it_not_cannot_reach_it(stack: Stack) -> None:
    """Networks: Redis reaches nothing, the gateway neither Redis nor S3, and who signs addresses no Redis."""
    gateway = stack.containers("gateway")[0]
    for host in ("redis", "store"):
        status, _ = gateway.exec_run(["curl", "-s", "-m", "3", f"http://{host}:8333/"])
        assert status == 6, host  # no such name
    look = "import socket\ntry: print(socket.gethostbyname('redis'))\nexcept OSError: print('nowhere')"
    assert {name: stack.inside(name, look).strip() == "nowhere" for name in SERVICES} == {
        "upload": False,
        "catalog": False,
        "download": True,
    }


def test_a_container_whose_program_dies_is_started_again(stack: Stack) -> None:
    (reconciler,) = stack.containers("reconciler")
    reconciler.exec_run(["python", "-c", "import os, signal; os.kill(1, signal.SIGTERM)"])
    deadline = time.monotonic() + 60
    while True:
        reconciler.reload()
        if reconciler.attrs["RestartCount"] and reconciler.status == "running":
            break
        assert time.monotonic() < deadline, reconciler.attrs["State"]
        time.sleep(0.5)


def test_nothing_else_of_this_machine_is_opened(stack: Stack) -> None:
    with socket.socket() as probe:
        probe.settimeout(2)
        assert probe.connect_ex(("127.0.0.1", stack.port)) == 0


def _flat(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for name, part in value.items() if name != "access" for text in _flat(part)]
    if isinstance(value, list):
        return [text for part in value for text in _flat(part)]
    return [str(value)]
