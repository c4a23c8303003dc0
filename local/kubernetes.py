"""Prepares `kubectl apply -k k8s/overlays/…`: makes the secrets, and the images for a cluster on this machine.

    python -m local.kubernetes local            a cluster (made if there is none), the images in it, the secrets
    python -m local.kubernetes secrets OVERLAY  the secrets of an overlay, in its folder secrets/ (git-ignored)
    python -m local.kubernetes rotate OVERLAY WHAT  replaces one kind; see local/credentials.py

Each command can run again; `local` and `secrets` keep what exists.
"""

import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from local import containers, credentials
from local.errors import CannotRunError
from local.files import private_folder, write_private
from local.settings import ROOT

OVERLAYS = ROOT / "k8s" / "overlays"
CLUSTER = "vitrine"
IMAGES = tuple(f"vitrine-{name}" for name in ("gateway", "upload", "catalog", "download", "setup"))
TAG = "local"  # the overlay uses this name
_READERS = ("all", "upload", "catalog", "download", "redis", "store", "bucket")

Run = Callable[[Sequence[str]], None]


@dataclass(frozen=True)
class Tool:
    """A tool that runs a cluster in containers on this machine: its command lines for the cluster CLUSTER."""

    name: str
    context: str
    """kubectl's context for the cluster; kubectl's current context may be another one."""
    is_there: tuple[str, ...]
    """Exits with 0 if the cluster exists."""
    make: tuple[str, ...]
    """Creates the cluster and maps this machine's ports 8080 and 8333 to the node ports of the overlay."""
    load: tuple[str, ...]
    """Loads images into the cluster; their names are appended."""


TOOLS = (
    Tool(
        "kind",
        f"kind-{CLUSTER}",
        ("kind", "get", "kubeconfig", "--name", CLUSTER),
        ("kind", "create", "cluster", "--name", CLUSTER, "--config", str(ROOT / "k8s" / "kind.yaml"), "--wait", "180s"),
        ("kind", "load", "docker-image", "--name", CLUSTER),
    ),
    Tool(
        "k3d",
        f"k3d-{CLUSTER}",
        ("k3d", "cluster", "get", CLUSTER),
        (
            *("k3d", "cluster", "create", CLUSTER, "--wait"),
            *("--port", "127.0.0.1:8080:30080@server:0", "--port", "127.0.0.1:8333:30333@server:0"),
        ),
        ("k3d", "image", "import", "--cluster", CLUSTER),
    ),
    Tool(
        "minikube",
        CLUSTER,
        ("minikube", "status", "--profile", CLUSTER),
        (
            *("minikube", "start", "--profile", CLUSTER, "--driver", "docker", "--cni", "calico"),
            *("--ports", "127.0.0.1:8080:30080", "--ports", "127.0.0.1:8333:30333"),
        ),
        ("minikube", "image", "load", "--profile", CLUSTER),
    ),
)


def choose(installed: Callable[[str], bool], is_there: Callable[[Tool], bool]) -> tuple[Tool, bool]:
    """Return the tool that has the cluster, or else the first installed one, and whether the cluster exists.

    Raises CannotRunError if no tool is installed.
    """
    found = [tool for tool in TOOLS if installed(tool.name)]
    for tool in found:
        if is_there(tool):
            return tool, True
    if not found:
        raise CannotRunError("no tool for a local cluster was found: install kind, k3d or minikube, and Docker.")
    return found[0], False


def bring_images(run: Run, installed: Callable[[str], bool], is_there: Callable[[Tool], bool]) -> Tool:
    """Build the images and load them into the local cluster; create the cluster if needed. Raises CannotRunError."""
    tool, exists = choose(installed, is_there)
    if not installed("docker"):
        raise CannotRunError("docker is missing; install it, because it builds the images.")
    run(["docker", "compose", "--project-directory", str(ROOT), "build"])
    for image in IMAGES:
        run(["docker", "tag", f"{image}:latest", f"{image}:{TAG}"])
    if not exists:
        run(tool.make)
    for image in IMAGES:
        run([*tool.load, f"{image}:{TAG}"])
    return tool


def write_secrets(overlay: Path) -> None:
    """Write the files for the overlay's secretGenerator; existing secrets stay."""
    folder = private_folder(overlay / "secrets")
    for name in _READERS:
        private_folder(folder / name)
    containers.write_secrets(folder, external_store=_is_external(overlay))
    upload_key = folder / "UPLOAD_KEY"
    if _is_external(overlay) and not upload_key.exists():
        write_private(upload_key, secrets.token_urlsafe(24))


def _is_external(overlay: Path) -> bool:
    """Return whether the overlay uses an external store, which also issues the S3 keys."""
    return "components/seaweedfs" not in (overlay / "kustomization.yaml").read_text("utf-8")


def _overlay(name: str) -> Path:
    folder = OVERLAYS / name
    if not (folder / "kustomization.yaml").is_file():
        raise CannotRunError(f"k8s/overlays/{name} is not an overlay.")
    return folder


def _run(command: Sequence[str]) -> None:
    print("+", *command, file=sys.stderr, flush=True)
    done = subprocess.run(command, check=False)
    if done.returncode:
        raise CannotRunError(f"{command[0]} {command[1]} failed; its output is above.")


def _answers(tool: Tool) -> bool:
    return not subprocess.run(tool.is_there, capture_output=True, check=False).returncode


def main(arguments: list[str], environment: Mapping[str, str] = os.environ) -> int:
    """Run the command and return its exit status."""
    path = environment.get("PATH")
    try:
        match arguments:
            case ["local"]:
                tool = bring_images(_run, lambda name: shutil.which(name, path=path) is not None, _answers)
                write_secrets(_overlay("local"))
                print(f"now run: kubectl --context {tool.context} apply -k k8s/overlays/local")
                print("then open, in a minute or two: http://localhost:8080")
            case ["secrets", name]:
                write_secrets(_overlay(name))
                print(f"k8s/overlays/{name}/secrets is complete")
            case ["rotate", name, what]:
                overlay = _overlay(name)
                credentials.rotate(overlay / "secrets" / "all" / "secrets.json", what)
                write_secrets(overlay)
                print(f"replaced; now run: kubectl apply -k k8s/overlays/{name}")
            case _:
                print(
                    "usage: python -m local.kubernetes local | secrets OVERLAY | rotate OVERLAY WHAT", file=sys.stderr
                )
                return 2
    except CannotRunError as error:
        print(f"kubernetes: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
