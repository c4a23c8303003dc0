"""The processes of a local installation: their commands, their secrets, and the order in which they stop."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from local import cache, gateway, store, store_space
from local.credentials import Credentials
from local.settings import BUCKET, ROOT, SERVICES, Settings

# Groups in the order in which they stop: clients stop before the servers that they call.
STOP_ORDER = ("gateway", "services", "cache", "store")
THREADS = "16"


@dataclass(frozen=True)
class ProcessSpec:
    """One supervised process.

    `environment` is added to the variables that all processes share. It holds only the secrets of this process.
    `stop_seconds` is the time between SIGTERM and SIGKILL. The longest times of the groups add up to less than 9 s.
    """

    name: str
    group: str
    command: list[str]
    directory: Path
    stop_seconds: int
    environment: Mapping[str, str] = field(default_factory=dict)
    stop_as_group: bool = True

    @property
    def full_name(self) -> str:
        """The process's name in the supervisor."""
        return f"{self.group}:{self.name}"


@dataclass(frozen=True)
class Programs:
    """The paths of the servers' programs."""

    weed: Path
    valkey: Path
    nginx: Path


def socket_path(settings: Settings, service: str, replica: int) -> Path:
    """Return the socket of a replica of a service."""
    return settings.run / f"{service}-{replica}.sock"


def metrics_folder(settings: Settings, name: str) -> Path:
    """Return the folder in which the workers of one replica share their metrics."""
    return settings.run / "metrics" / name


def all_processes(
    settings: Settings, programs: Programs, credentials: Credentials, ports: store.StorePorts
) -> list[ProcessSpec]:
    """Return every process, in the order in which they start."""
    return [
        ProcessSpec(
            name="store",
            group="store",
            command=store.command(
                programs.weed, settings.data / "store", settings.run, ports, BUCKET, settings.origins
            ),
            directory=settings.run,
            stop_seconds=4,
            environment=store.environment(credentials, settings.run),
        ),
        ProcessSpec(
            name="cache",
            group="cache",
            command=[str(programs.valkey), str(settings.run / "valkey.conf")],
            directory=settings.run,
            stop_seconds=1,
        ),
        *(
            _service(settings, credentials, ports.s3_endpoint, name, replica)
            for name in SERVICES
            for replica in range(settings.replicas)
        ),
        ProcessSpec(
            name="reconciler",
            group="services",
            command=[sys.executable, "-m", "upload.reconciler"],
            directory=ROOT / "services",
            stop_seconds=2,
            environment={
                **service_environment(settings, credentials, ports.s3_endpoint, "upload"),
                "PROMETHEUS_MULTIPROC_DIR": str(metrics_folder(settings, "reconciler")),
            },
        ),
        ProcessSpec(
            name="gateway",
            group="gateway",
            command=_nginx(programs, settings.run / "gateway"),
            directory=settings.run / "gateway",
            stop_seconds=1,
        ),
        *([_relay(settings, programs)] if settings.public_host else []),
    ]


def own_secrets(credentials: Credentials, service: str, redis_url: str) -> dict[str, str]:
    """Return the secret variables of a service: only those of its own identity."""
    key = credentials.s3[{"upload": "upload-publish"}.get(service, service)]
    secrets = {"S3_ACCESS_KEY_ID": key.access, "S3_SECRET_ACCESS_KEY": key.secret}
    if service != "download":  # it caches nothing
        secrets["REDIS_URL"] = redis_url
    if service == "upload":
        sign = credentials.s3["upload-sign"]
        secrets |= {
            "S3_SIGN_ACCESS_KEY_ID": sign.access,
            "S3_SIGN_SECRET_ACCESS_KEY": sign.secret,
            "TOKEN_KEYS": credentials.token_keys,
            "ADMIN_TOKEN": credentials.admin_token,
        }
    if service == "download":
        secrets["LINK_KEYS"] = credentials.link_keys
    return secrets


def service_environment(settings: Settings, credentials: Credentials, s3_endpoint: str, service: str) -> dict[str, str]:
    """Return the settings of a service, with the secrets of its own identity only."""
    environment = {
        "S3_ENDPOINT_URL": s3_endpoint,
        "S3_PUBLIC_ENDPOINT_URL": settings.s3_public_endpoint,
        "S3_REGION": "us-east-1",
        "S3_BUCKET": BUCKET,
        "S3_ADDRESSING_STYLE": "path",
        "PUBLIC_ORIGINS": ",".join(settings.origins),
        "THREADS": THREADS,
        **own_secrets(credentials, service, cache.url(settings.redis_port, credentials.redis_password)),
    }
    upload_only = (
        "MAX_UPLOAD_BYTES",
        "UPLOAD_BUDGET",
        "STAGING_HOURS",
        "UPLOAD_KEY",
        "OPEN_UPLOADS",
        "COMPANION",
        "ADMIN_TOKEN",
    )
    if service == "upload":
        environment["STORE_SPACE_FILE"] = str(store_space.file_in(settings.run))
    return environment | {
        name: value for name, value in settings.passed_through.items() if service == "upload" or name not in upload_only
    }


def _nginx(programs: Programs, folder: Path) -> list[str]:
    return [sys.executable, str(ROOT / "local" / "replace_nginx.py"), *gateway.command(programs.nginx, folder)]


def _relay(settings: Settings, programs: Programs) -> ProcessSpec:
    return ProcessSpec(
        name="relay",
        group="gateway",
        command=_nginx(programs, settings.run / "relay"),
        directory=settings.run / "relay",
        stop_seconds=1,
    )


def _service(settings: Settings, credentials: Credentials, s3_endpoint: str, service: str, replica: int) -> ProcessSpec:
    name = f"{service}-{replica}"
    return ProcessSpec(
        name=name,
        group="services",
        command=[sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", f"{service}.app:create_app()"],
        directory=ROOT / "services",
        stop_seconds=2,
        environment={
            **service_environment(settings, credentials, s3_endpoint, service),
            "BIND": f"unix:{socket_path(settings, service, replica)}",
            "PROMETHEUS_MULTIPROC_DIR": str(metrics_folder(settings, name)),
        },
        stop_as_group=False,  # gunicorn's arbiter passes the signal on and lets its worker finish
    )
