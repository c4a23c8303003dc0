"""The environment of a container with its secrets, as its program would find it."""

import base64
from pathlib import Path

from tests.support.manifests import Manifests, Workload


def settings_environment(manifests: Manifests, workload: Workload, folder: Path) -> dict[str, str]:
    """Return the variables of its container, with the secrets that it mounts laid out below `folder`."""
    environment = manifests.environment(workload.main)
    mounts = {mount["name"]: mount["mountPath"] for mount in workload.main["volumeMounts"]}
    for volume, secret in manifests.secrets(workload):
        assert mounts[volume] == environment["SECRETS_DIR"], workload.name
        for name, value in secret["data"].items():
            (folder / name).write_bytes(base64.b64decode(value))
    return environment | {"SECRETS_DIR": str(folder)}
