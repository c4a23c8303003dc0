"""The whole gallery in containers, started from docker-compose.yml with its own ports and volumes."""

import json
import os
import subprocess
from pathlib import Path

import docker
from docker.errors import DockerException, ImageNotFound
from docker.models.containers import Container
from testcontainers.compose import DockerCompose

from local.ports import free_ports
from tests.support.ports import first_port

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("upload", "catalog", "download")
BASES = (
    "python:3.13-slim",
    "node:22-slim",
    "nginxinc/nginx-unprivileged:1.30",
    "redis:8",
    "chrislusf/seaweedfs:4.48",
)


def why_not() -> str:
    """Return why containers cannot run here, or an empty string if they can."""
    try:
        engine = docker.from_env(timeout=5)
        engine.ping()
    except DockerException:
        return "no container engine answers"
    plugin = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
    if plugin.returncode:
        return "docker compose is not installed"
    for image in BASES:
        try:
            engine.images.get(image)
        except ImageNotFound:
            try:
                pull = ["docker", "pull", "--quiet", image]
                if subprocess.run(pull, capture_output=True, timeout=180, check=False).returncode:
                    return f"{image} is missing and cannot be pulled"
            except subprocess.TimeoutExpired:
                return f"{image} is missing and pulling it takes too long"
    return ""


class Stack:
    """One project of compose. It runs between `start` and `end`."""

    def __init__(self, project: str) -> None:
        """Choose ports; start nothing yet."""
        self.project = project
        self.port, self.s3_port = free_ports(2, first_port(os.getpid() * 41))
        self.url = f"http://localhost:{self.port}"
        self.s3_url = f"http://127.0.0.1:{self.s3_port}"
        self.engine = docker.from_env(timeout=60)
        # testcontainers and compose read these variables. The developer's own .env must not affect the tests.
        self.environment = {
            "COMPOSE_PROJECT_NAME": project,
            "COMPOSE_ENV_FILES": os.devnull,
            "PORT": str(self.port),
            "S3_PORT": str(self.s3_port),
            "PUBLIC_ORIGINS": "",
            "S3_PUBLIC_ENDPOINT_URL": "",
            "SERVER_NAMES": "",
            "PUBLISH_ADDRESS": "",
        }
        self._compose = DockerCompose(ROOT, build=True, wait=True, keep_volumes=False)

    def start(self) -> None:
        """`docker compose up -d --build --wait`."""
        os.environ.update(self.environment)
        try:
            self._compose.start()
        except subprocess.CalledProcessError as error:
            raise AssertionError(f"{error.stderr}\n{self.compose('logs', '--tail', '20')}") from None

    def end(self) -> None:
        """Stop the project and remove its containers and volumes.

        A network may stay: after a restart under load, the engine sometimes counts an endpoint that no longer exists.
        """
        said = self.compose("down", "--volumes", "--timeout", "2", check=False)
        ours = {"label": f"com.docker.compose.project={self.project}"}
        assert not self.containers(ended=True), said
        assert not self.engine.volumes.list(filters=ours), said

    def compose(self, *arguments: str, check: bool = True) -> str:
        """Run a command of docker compose on this project; return its output."""
        done = subprocess.run(
            ["docker", "compose", *arguments],
            cwd=ROOT,
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            check=False,
        )
        assert not check or done.returncode == 0, f"{arguments}: {done.stdout[-3000:]}{done.stderr[-3000:]}"
        return done.stdout

    def containers(self, service: str | None = None, *, ended: bool = False) -> list[Container]:
        """Return the engine's containers of a service, or of all services."""
        labels = [f"com.docker.compose.project={self.project}"]
        if service:
            labels.append(f"com.docker.compose.service={service}")
        found: list[Container] = self.engine.containers.list(all=ended, filters={"label": labels})
        return sorted(found, key=lambda container: str(container.name))

    def inside(self, service: str, code: str) -> str:
        """Run Python in the first container of a service; return its output."""
        status, output = self.containers(service)[0].exec_run(["python", "-c", code])
        assert status == 0, output.decode()
        return str(output.decode())

    def log_lines(self, service: str) -> list[str]:
        """Return the logs of all containers of a service."""
        return [
            line
            for container in self.containers(service, ended=True)
            for line in container.logs().decode("utf-8", "replace").splitlines()
        ]

    def secrets(self) -> dict[str, object]:
        """Return all secrets of this installation, read by the container that made them."""
        read = "print(open('/secrets/all/secrets.json').read())"
        return dict(json.loads(self.compose("run", "--rm", "--no-deps", "-T", "secrets", "python", "-c", read)))
