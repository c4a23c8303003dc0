"""Replaces the services' containers, one service after another, without losing a request.

    python -m local.rolling [file of docker compose…]

For each replica, it starts a new one from the current image and settings. When the new one is healthy, it stops the old
one, which finishes its requests first (DRAIN_SECONDS). It prints each step and stops at the first that fails. Old and
new replicas then run side by side, and it can be run again.
"""

import os
import subprocess
import sys
import time
from collections.abc import Sequence

from local.settings import SERVICES

NAMES_SECONDS = 2
"""Seconds. The gateway resolves its names every second (docker-compose.yml, RESOLVER)."""


class Rolling:
    """One project of docker compose."""

    def __init__(self, files: Sequence[str]) -> None:
        """Use these compose files; without any, docker compose's default."""
        self._compose = ["docker", "compose", *(option for file in files for option in ("--file", file))]

    def replace(self, service: str) -> None:
        """Replace all replicas of a service. Raises CalledProcessError if a step fails."""
        old = self._containers(service)
        if not old:
            self._scale(service, 1)
        # One at a time: the gateway may try a replica that does not listen yet or any more, and then only one other.
        for container in old:
            self._scale(service, len(old) + 1)
            _run(["docker", "stop", container])
            _run(["docker", "rm", container])
            time.sleep(NAMES_SECONDS)

    def restart(self, service: str) -> None:
        """Replace the only container of a service that no client waits for."""
        _run([*self._compose, "up", "--detach", "--no-deps", "--wait", service])

    def _scale(self, service: str, count: int) -> None:
        scale = ["--scale", f"{service}={count}", service]
        _run([*self._compose, "up", "--detach", "--no-deps", "--no-recreate", "--wait", *scale])

    def _containers(self, service: str) -> list[str]:
        listed = subprocess.run(
            [*self._compose, "ps", "--quiet", service], check=True, stdout=subprocess.PIPE, text=True, env=_quiet()
        )
        return listed.stdout.split()


def _run(command: Sequence[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=_quiet())


def _quiet() -> dict[str, str]:
    return {**os.environ, "COMPOSE_PROGRESS": "quiet"}


def main(files: Sequence[str]) -> int:
    """Replace the three services and the reconciler; return the exit status."""
    rolling = Rolling(files)
    try:
        for service in SERVICES:
            print(f"replacing {service} …", flush=True)
            rolling.replace(service)
        print("replacing reconciler …", flush=True)
        rolling.restart("reconciler")
    except subprocess.CalledProcessError as error:
        print(f"stopped: {' '.join(error.cmd)} failed with {error.returncode}.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
