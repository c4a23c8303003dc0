"""The Kubernetes manifests as `kubectl apply -k` would send them, and functions that inspect them."""

import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from local.kubernetes import write_secrets

ROOT = Path(__file__).resolve().parents[2]
KUBECTL = Path(sys.prefix, "bin", "kubectl")
"""kubectl from this environment, a pinned wheel. It renders without a cluster."""

Object = dict[str, Any]


def render(overlay: str, folder: Path, edit: Mapping[str, tuple[str, str]] | None = None) -> "Manifests":
    """Render an overlay, with secrets made for it, from a copy of k8s/ in `folder`.

    `edit` replaces text in files of the copy: path below k8s/ → (old, new).
    """
    copy = folder / "k8s"
    if not copy.exists():
        shutil.copytree(ROOT / "k8s", copy, ignore=shutil.ignore_patterns("secrets"))
    for name, (old, new) in (edit or {}).items():
        text = (copy / name).read_text()
        assert old in text, (name, old)
        (copy / name).write_text(text.replace(old, new))
    write_secrets(copy / "overlays" / overlay)
    done = subprocess.run(
        [KUBECTL, "kustomize", copy / "overlays" / overlay], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert not done.stderr, done.stderr  # kustomize warns of deprecated fields
    return Manifests(list(yaml.load_all(done.stdout, Loader=yaml.CSafeLoader)))


@dataclass(frozen=True)
class Workload:
    """A Deployment, StatefulSet or Job, with its pods."""

    manifest: Object

    @property
    def kind(self) -> str:
        """Deployment, StatefulSet or Job."""
        return str(self.manifest["kind"])

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.manifest["metadata"]["name"])

    @property
    def labels(self) -> dict[str, str]:
        """The labels of its pods."""
        return dict(self.manifest["spec"]["template"]["metadata"]["labels"])

    @property
    def pod(self) -> Object:
        """The pods' spec."""
        return dict(self.manifest["spec"]["template"]["spec"])

    @property
    def containers(self) -> list[Object]:
        """All containers of a pod, the init containers first."""
        return [*self.pod.get("initContainers", []), *self.pod["containers"]]

    @property
    def main(self) -> Object:
        """The only long-running container."""
        (only,) = self.pod["containers"]
        return dict(only)


@dataclass(frozen=True)
class Manifests:
    """All objects of one overlay."""

    objects: list[Object]

    def of(self, kind: str) -> list[Object]:
        """Return the objects of a kind."""
        return [found for found in self.objects if found["kind"] == kind]

    def get(self, kind: str, name: str) -> Object:
        """Return the only object of this kind and name."""
        (only,) = (found for found in self.of(kind) if found["metadata"]["name"] == name)
        return only

    @property
    def workloads(self) -> list[Workload]:
        """Return all objects that create pods."""
        return [Workload(found) for kind in ("Deployment", "StatefulSet", "Job") for found in self.of(kind)]

    def workload(self, name: str) -> Workload:
        """Return the workload of this name."""
        (only,) = (found for found in self.workloads if found.name == name)
        return only

    def environment(self, container: Object) -> dict[str, str]:
        """Return the variables of a container, with references resolved."""
        found: dict[str, str] = {}
        for source in container.get("envFrom", []):
            found |= self.get("ConfigMap", source["configMapRef"]["name"])["data"]
        for variable in container.get("env", []):
            if "value" in variable:
                found[variable["name"]] = variable["value"]
            elif "resourceFieldRef" in variable["valueFrom"]:
                reference = variable["valueFrom"]["resourceFieldRef"]
                assert reference == {"resource": "limits.memory", "divisor": "1Mi"}  # we use no other
                found[variable["name"]] = str(mebibytes(container["resources"]["limits"]["memory"]))
            else:
                reference = variable["valueFrom"]["configMapKeyRef"]
                found[variable["name"]] = self.get("ConfigMap", reference["name"])["data"][reference["key"]]
        return found

    def secrets(self, workload: Workload) -> Iterator[tuple[str, Object]]:
        """Return the secrets that the pods mount, by volume."""
        for volume in workload.pod.get("volumes", []):
            if "secret" in volume:
                yield volume["name"], self.get("Secret", volume["secret"]["secretName"])


def mebibytes(quantity: str) -> int:
    """Return a Kubernetes quantity of memory in MiB."""
    number, unit = int(quantity[:-2]), quantity[-2:]
    return number * {"Mi": 1, "Gi": 1024}[unit]  # we use no other


def matches(selector: Object, labels: Mapping[str, str]) -> bool:
    """Return whether a label selector matches these labels (an empty one matches all)."""
    for key, value in selector.get("matchLabels", {}).items():
        if labels.get(key) != value:
            return False
    for expression in selector.get("matchExpressions", []):
        assert expression["operator"] == "In"  # we use no other
        if labels.get(expression["key"]) not in expression["values"]:
            return False
    return True
