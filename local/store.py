"""The embedded store: SeaweedFS as one process, configured to be private and strict.

The reason for each option was found by experiment. Read its comment before you remove it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from local import certificates, memory, store_jobs
from local.credentials import Credentials
from local.ports import ADMIN_GRPC_OFFSET, free_port_pair, free_ports

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class StorePorts:
    """The store's TCP ports, all on loopback. Other programs use only `s3`."""

    s3: int
    s3_grpc: int
    master: int
    master_grpc: int
    volume: int
    volume_grpc: int
    filer: int
    filer_grpc: int
    admin: int

    @property
    def s3_endpoint(self) -> str:
        """The URL of S3 for the services."""
        return f"http://{LOOPBACK}:{self.s3}"

    @property
    def admin_grpc(self) -> int:
        """The administration's gRPC port. With any other distance, its jobs never run, without an error."""
        return self.admin + ADMIN_GRPC_OFFSET


def choose_ports(start: int, s3: int | None = None, others: frozenset[int] = frozenset()) -> StorePorts:
    """Find free ports from `start` upwards, except `others`. `s3` is used if it is given."""
    taken = others | ({s3} if s3 else frozenset())
    own, s3_grpc, master, master_grpc, volume, volume_grpc, filer, filer_grpc = found = free_ports(8, start, taken)
    taken |= frozenset(found)
    return StorePorts(
        s3=s3 or own,
        s3_grpc=s3_grpc,
        master=master,
        master_grpc=master_grpc,
        volume=volume,
        volume_grpc=volume_grpc,
        filer=filer,
        filer_grpc=filer_grpc,
        admin=free_port_pair(start + 100, taken),
    )


def command(weed: Path, data: Path, run: Path, ports: StorePorts, bucket: str, origins: Sequence[str]) -> list[str]:
    """Return the command line of the store.

    `data` holds the objects; `run` (private to the user) holds the identity file and the sockets. The command line
    contains no secret: the identities are in a file, the signing keys in the environment.
    """
    return [
        str(weed),
        "-logtostderr=true",
        "mini",
        f"-dir={data}",
        f"-ip={LOOPBACK}",
        f"-ip.bind={LOOPBACK}",
        f"-master.port={ports.master}",
        f"-master.port.grpc={ports.master_grpc}",
        "-master.telemetry=false",  # on by default
        f"-volume.port={ports.volume}",
        f"-volume.port.grpc={ports.volume_grpc}",
        # When all volume slots are in use, the store refuses writes even after deletes. Slots cost nothing.
        "-volume.max=10000",
        f"-filer.port={ports.filer}",
        f"-filer.port.grpc={ports.filer_grpc}",
        f"-filer.localSocket={run / 'filer.sock'}",  # by default in /tmp, open to all users
        f"-s3.port={ports.s3}",
        f"-s3.port.grpc={ports.s3_grpc}",
        f"-s3.localSocket={run / 's3.sock'}",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        f"-s3.config={identities_file(run)}",
        "-s3.iam=false",  # so identities change only in the file
        "-s3.allowDeleteBucketNotEmpty=false",
        "-s3.autoCreateBucket=false",
        # Without this option the store lets every origin read.
        f"-s3.allowedOrigins={','.join(origins)}",
        f"-bucket={bucket}",
        "-webdav=false",
        "-admin.ui=false",
        f"-admin.port={ports.admin}",
        f"-admin.port.grpc={ports.admin_grpc}",
        "-disableHttp",
    ]


def environment(credentials: Credentials, run: Path) -> dict[str, str]:
    """Return the store's environment: the keys of its internal HTTP and gRPC, and its memory limit.

    Without the four keys, every user of this machine could read and delete everything through the filer's port.
    """
    write, read, filer_write, filer_read = credentials.store_signing
    return {
        "GOMEMLIMIT": memory.store_limit(memory.available()),  # without it, a copy of 1 GiB takes up to 3 GB of memory
        "WEED_JWT_SIGNING_KEY": write,
        "WEED_JWT_SIGNING_READ_KEY": read,
        "WEED_JWT_FILER_SIGNING_KEY": filer_write,
        "WEED_JWT_FILER_SIGNING_READ_KEY": filer_read,
        **certificates.environment(run),
    }


def identities_file(run: Path) -> Path:
    """The path of the store's identity file."""
    return run / "identities.json"


def prepare(data: Path) -> None:
    """Prepare the store's folder before a start.

    The store saves its options in a file and would reuse options that we no longer pass, so that file is removed. A job
    that walks all keys is turned off.
    """
    (data / "mini.options").unlink(missing_ok=True)
    store_jobs.switch_off(data, store_jobs.LIFECYCLE)
