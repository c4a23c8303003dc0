"""The real embedded store, started with the command of `make up`."""

import functools
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from local import bucket as bucket_setup
from local import certificates, credentials, rights, tools
from local import store as command_line
from local.files import write_private
from tests.support.ports import first_port
from tests.support.processes import end, start

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

BUCKET = "vitrine"
ORIGINS = ("http://localhost:8080", "http://127.0.0.1:8080")


@dataclass(frozen=True)
class Store:
    """A running store with its bucket and identities."""

    endpoint_url: str
    bucket: str
    region: str
    credentials: dict[str, tuple[str, str]]
    """identity → access key, secret key; the identities are admin and the four of promise 7"""
    pid: int
    log: Path
    ports: command_line.StorePorts
    weed: Path

    def client(self, identity: str) -> "S3Client":
        """Return a boto3 client with this identity that never repeats a call."""
        return _client(self.endpoint_url, *self.credentials[identity])

    def environment(self, identity: str) -> dict[str, str]:
        """Return a service's S3 variables with this identity."""
        access, secret = self.credentials[identity]
        return {
            "S3_ENDPOINT_URL": self.endpoint_url,
            "S3_PUBLIC_ENDPOINT_URL": self.endpoint_url,
            "S3_REGION": self.region,
            "S3_BUCKET": self.bucket,
            "S3_ADDRESSING_STYLE": "path",
            "S3_ACCESS_KEY_ID": access,
            "S3_SECRET_ACCESS_KEY": secret,
        }


@functools.cache  # making a client takes longer than most calls
def _client(endpoint_url: str, access: str, secret: str) -> "S3Client":
    return bucket_setup.client(endpoint_url, credentials.Key(access, secret))


@contextmanager
def running_store(
    folder: Path, origins: tuple[str, ...] = ORIGINS, options: Sequence[str] = (), *, prepared: bool = True
) -> Iterator[Store]:
    """Run a store in `folder` until the block ends. It keeps the data of an earlier run in that folder.

    `options` follow the store's usual options and override them. Without `prepared`, the store uses its own defaults.
    """
    data, run = folder / "store", folder / "run"
    data.mkdir(exist_ok=True)
    run.mkdir(mode=0o700, exist_ok=True)
    if prepared:
        command_line.prepare(data)
    keys = credentials.make()
    ports = command_line.choose_ports(first_port(os.getpid() * 37))
    weed = tools.find_program("WEED", os.environ)
    certificates.make(run)
    write_private(command_line.identities_file(run), rights.store_identities(keys.s3, BUCKET))
    log = folder / "store.log"
    process = start(
        [*command_line.command(weed, data, run, ports, BUCKET, origins), *options],
        log,
        {"HOME": str(folder), "PATH": os.defpath, **command_line.environment(keys, run)},
        folder,
    )
    try:
        endpoint = f"http://127.0.0.1:{ports.s3}"
        admin = bucket_setup.client(endpoint, keys.s3["admin"])

        def still_there() -> None:
            assert process.poll() is None, f"the store ended: {log.read_text()[-2000:]}"

        bucket_setup.wait_until_it_stores(admin, BUCKET, time.monotonic() + 20, still_there)
        bucket_setup.set_up(admin, BUCKET, origins)
        yield Store(
            endpoint_url=endpoint,
            bucket=BUCKET,
            region="us-east-1",
            credentials={name: (key.access, key.secret) for name, key in keys.s3.items()},
            pid=process.pid,
            log=log,
            ports=ports,
            weed=weed,
        )
    finally:
        end(process)
