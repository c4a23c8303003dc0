"""The embedded store: SeaweedFS in its one-process form, told to be private and strict.

Every option is here for a reason that was found by trying; read the comment before removing one.
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
    """The store's TCP ports, all on loopback. `s3` is the only one meant for anybody else."""

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
        """Where the services reach S3."""
        return f"http://{LOOPBACK}:{self.s3}"

    @property
    def admin_grpc(self) -> int:
        """The administration's gRPC port; at any other distance its jobs silently never run."""
        return self.admin + ADMIN_GRPC_OFFSET


def choose_ports(start: int, s3: int | None = None, others: frozenset[int] = frozenset()) -> StorePorts:
    """Find free ports from `start` upwards, none of `others`; `s3` is used as given when it is."""
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

    `data` holds the objects, `run` (private to the user) the identity file and the sockets. It has no secret
    in it: the identities stand in a file, the signing keys in the environment.
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
        # A store all of whose volume slots are taken refuses writes even after deletes; slots cost nothing.
        "-volume.max=10000",
        f"-filer.port={ports.filer}",
        f"-filer.port.grpc={ports.filer_grpc}",
        f"-filer.localSocket={run / 'filer.sock'}",  # in /tmp, open to all, by default
        f"-s3.port={ports.s3}",
        f"-s3.port.grpc={ports.s3_grpc}",
        f"-s3.localSocket={run / 's3.sock'}",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        f"-s3.config={identities_file(run)}",
        "-s3.iam=false",  # no second way to change identities
        "-s3.allowDeleteBucketNotEmpty=false",
        "-s3.autoCreateBucket=false",
        # Without it every origin is answered with leave to read.
        f"-s3.allowedOrigins={','.join(origins)}",
        f"-bucket={bucket}",
        "-webdav=false",
        "-admin.ui=false",
        f"-admin.port={ports.admin}",
        f"-admin.port.grpc={ports.admin_grpc}",
        "-disableHttp",
    ]


def environment(credentials: Credentials, run: Path) -> dict[str, str]:
    """Return the store's environment: the keys of its inner HTTP and gRPC, and a bound on its memory.

    Without the four keys everybody on this machine could read and delete everything over the filer's port.
    """
    write, read, filer_write, filer_read = credentials.store_signing
    return {
        "GOMEMLIMIT": memory.store_limit(memory.available()),  # a copy of 1 GiB takes up to 3 GB without it
        "WEED_JWT_SIGNING_KEY": write,
        "WEED_JWT_SIGNING_READ_KEY": read,
        "WEED_JWT_FILER_SIGNING_KEY": filer_write,
        "WEED_JWT_FILER_SIGNING_READ_KEY": filer_read,
        **certificates.environment(run),
    }


def identities_file(run: Path) -> Path:
    """Where the store reads who may do what."""
    return run / "identities.json"


def prepare(data: Path) -> None:
    """Make the store's folder what it should be before a start.

    The store keeps its options in a file and would reuse any that we no longer give, and a job of its walks all keys.
    """
    (data / "mini.options").unlink(missing_ok=True)
    store_jobs.switch_off(data, store_jobs.LIFECYCLE)
