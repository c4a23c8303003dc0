"""What `kubectl apply -k` needs before it: images in a local cluster, and secrets that are made once."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from local import kubernetes
from local.errors import CannotRunError
from local.kubernetes import IMAGES, TOOLS, bring_images, choose, main, write_secrets

EXTERNAL = "resources: [../../base]\n"
EMBEDDED = EXTERNAL + "components: [../../components/seaweedfs]\n"


def overlay(folder: Path, text: str) -> Path:
    (folder / "kustomization.yaml").write_text(text)
    return folder


def kept(folder: Path) -> dict[str, str]:
    return {str(file.relative_to(folder)): file.read_text() for file in sorted(folder.rglob("*")) if file.is_file()}


def brought(*installed: str, there: str = "") -> list[Sequence[str]]:
    """The commands that are run with these programs on the machine."""
    ran: list[Sequence[str]] = []
    bring_images(ran.append, lambda name: name in installed, lambda tool: tool.name == there)
    return ran


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_a_cluster_is_made_where_there_is_none_and_gets_every_image(tool: kubernetes.Tool) -> None:
    ran = brought(tool.name, "docker")
    assert ran[0][:2] == ["docker", "compose"]
    assert tool.make in ran
    loaded = [command[-1] for command in ran if tuple(command[:-1]) == tool.load]
    assert loaded == [f"{image}:local" for image in IMAGES]
    tagged = [command[2:] for command in ran if command[:2] == ["docker", "tag"]]
    assert tagged == [[f"{image}:latest", f"{image}:local"] for image in IMAGES]


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_one_that_is_there_is_used_whatever_else_is_installed(tool: kubernetes.Tool) -> None:
    ran = brought("docker", *(one.name for one in TOOLS), there=tool.name)
    assert not any(one.make in ran for one in TOOLS)
    assert sum(tuple(command[: len(tool.load)]) == tool.load for command in ran) == len(IMAGES)


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_a_new_cluster_leads_this_machines_ports_to_the_overlays_node_ports(tool: kubernetes.Tool) -> None:
    text = " ".join(tool.make)
    if "--config" in tool.make:
        text = Path(tool.make[tool.make.index("--config") + 1]).read_text()
        assert "hostPort: 8080, containerPort: 30080" in text
        assert "hostPort: 8333, containerPort: 30333" in text
    else:
        assert "127.0.0.1:8080:30080" in text
        assert "127.0.0.1:8333:30333" in text


def test_without_any_of_them_it_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CannotRunError, match="install kind, k3d or minikube"):
        choose(lambda _: False, lambda _: False)
    assert main(["local"], {"PATH": "/nowhere"}) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_without_docker_it_says_so_before_anything_is_made() -> None:
    with pytest.raises(CannotRunError, match="docker is missing"):
        brought("kind")


def test_secrets_are_made_once_and_are_private(tmp_path: Path) -> None:
    folder = overlay(tmp_path, EMBEDDED)
    write_secrets(folder)
    before = kept(folder / "secrets")
    assert before["bucket/S3_ACCESS_KEY_ID"]
    assert "UPLOAD_KEY" not in before
    write_secrets(folder)
    assert kept(folder / "secrets") == before
    for path in (folder / "secrets").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_with_a_store_of_someone_elses_there_is_an_upload_key_and_no_s3_key(tmp_path: Path) -> None:
    folder = overlay(tmp_path, EXTERNAL)
    write_secrets(folder)
    before = kept(folder / "secrets")
    assert len(before["UPLOAD_KEY"]) >= 32
    assert not [name for name in before if "/S3_" in name]
    write_secrets(folder)
    assert kept(folder / "secrets") == before


def test_one_secret_is_made_anew_and_the_others_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kubernetes, "OVERLAYS", tmp_path)
    folder = tmp_path / "mine"
    folder.mkdir()
    overlay(folder, EMBEDDED)
    assert main(["secrets", "mine"]) == 0
    before = kept(folder / "secrets")
    assert main(["rotate", "mine", "token-keys"]) == 0
    after = kept(folder / "secrets")
    assert {name for name in before if before[name] != after[name]} == {"all/secrets.json", "upload/TOKEN_KEYS"}
    first, second = after["upload/TOKEN_KEYS"].split(",")
    assert second == before["upload/TOKEN_KEYS"]
    assert first.startswith("k2:")
    assert json.loads(after["all/secrets.json"])["token_keys"] == after["upload/TOKEN_KEYS"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["secrets", "nosuch"], "is not an overlay"),
        (["rotate", "local", "nothing"], "cannot be replaced|nothing to replace"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], says: str
) -> None:
    import re

    monkeypatch.setattr(kubernetes, "OVERLAYS", tmp_path)
    (tmp_path / "local").mkdir()
    overlay(tmp_path / "local", EMBEDDED)
    assert main(arguments) == 1
    assert re.search(says, capsys.readouterr().err)
    assert main(["something"]) == 2
