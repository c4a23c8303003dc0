"""The store's garbage collector has room: it gets enough, and its goal is well below what the container may take.

Compose and Kubernetes start the store by a shell's line, which runs here with a program that tells what it was given.
"""

import os
import re
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from tests.support.manifests import ROOT, Manifests, mebibytes


class Started(NamedTuple):
    """What the store gets: bytes in MiB, and its arguments."""

    goal: int
    limit: int
    arguments: list[str]


def started(command: list[str], environment: dict[str, str], limit: int, folder: Path) -> Started:
    """Run the command with another program in the store's place."""
    weed = folder / "weed"
    weed.write_text('#!/bin/sh\necho "$GOMEMLIMIT" "$@"\n')
    weed.chmod(0o755)
    path = f"{folder}{os.pathsep}{os.defpath}"
    done = subprocess.run(command, env={**environment, "PATH": path}, capture_output=True, text=True, check=True)
    goal, *arguments = done.stdout.split()
    found = re.fullmatch(r"([0-9]+)MiB", goal)
    assert found, goal
    return Started(int(found[1]), limit, arguments)


@pytest.mark.parametrize("chosen", ["1400", "4096"])
def test_with_compose(chosen: str, tmp_path: Path) -> None:
    text = (ROOT / "docker-compose.yml").read_text().replace("${STORE_MEMORY_MIB:-1400}", chosen)
    store = yaml.safe_load(text)["services"]["store"]
    assert store["mem_limit"] == f"{chosen}m"
    line = [part.replace("$$", "$") for part in (*store["entrypoint"], "mini")]
    environment = {name: str(value) for name, value in store["environment"].items()}
    check(started(line, environment, int(chosen), tmp_path))


def test_with_kubernetes(local: Manifests, tmp_path: Path) -> None:
    container = local.workload("store").main
    limit = mebibytes(container["resources"]["limits"]["memory"])
    line = [part.replace("$$", "$") for part in (*container["command"], "mini")]
    check(started(line, local.environment(container), limit, tmp_path))


def check(store: Started) -> None:
    assert store.goal >= 512
    assert 0.6 * store.limit < store.goal <= 0.8 * store.limit
    assert store.arguments == ["mini"]
