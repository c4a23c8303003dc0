"""Prepares an installation in containers with the code of `make up`: its secrets and its bucket.

    python -m local.containers secrets                   before anything starts
    python -m local.containers secrets --external-store  the same, for an external S3
    python -m local.containers store                     before the store starts, if `secrets` ran elsewhere
    python -m local.containers bucket                    when the store answers
    python -m local.containers rotate WHAT               replaces a kind of secret; see local/credentials.py

`secrets` writes one folder for each reader, so that each container mounts only its own. /secrets/all holds the source
of all secrets, and no long-running container mounts it. A second run changes nothing.
"""

import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from local import bucket, cache, certificates, rights, store
from local.credentials import Credentials, Key, load_or_make, rotate
from local.errors import CannotRunError
from local.files import write_private
from local.processes import own_secrets
from local.settings import BUCKET, SERVICES

SECRETS = Path("/secrets")
STORE_DATA = Path("/data")
STORE_READS_AT = Path("/etc/seaweedfs")
REDIS_HOST, REDIS_PORT = "redis", 6379
_READY_SECONDS = 60.0


def write_secrets(folder: Path, *, external_store: bool) -> None:
    """Write every reader's files below `folder`; make only secrets that do not exist yet.

    With an external store, the services get their S3 keys from elsewhere, so none are written.
    """
    credentials = load_or_make(folder / "all" / "secrets.json")
    redis_url = cache.url(REDIS_PORT, credentials.redis_password, REDIS_HOST)
    for service in SERVICES:
        found = own_secrets(credentials, service, redis_url)
        _write_folder(
            folder / service,
            {name: value for name, value in found.items() if not (external_store and name.startswith("S3_"))},
        )
    configuration = cache.configuration(REDIS_PORT, credentials.redis_password, Path("/tmp"), bind="*")  # noqa: S108
    _write_folder(folder / "redis", {"redis.conf": configuration})
    if not external_store:
        _write_store(folder / "store", credentials)
        admin = credentials.s3["admin"]
        _write_folder(folder / "bucket", {"S3_ACCESS_KEY_ID": admin.access, "S3_SECRET_ACCESS_KEY": admin.secret})


def security(environment: Mapping[str, str]) -> str:
    """Return the store's security.toml with the content of these WEED_… variables."""
    lines = []
    for name, value in environment.items():
        if name.startswith("WEED_"):
            key = name.removeprefix("WEED_").lower().replace("_", ".").replace("filer.signing", "filer_signing")
            lines.append(f'{key} = "{value}"\n')
    return "".join(lines)


def set_up_bucket(environment: Mapping[str, str]) -> None:
    """Wait for the store and set its bucket's CORS rules. Raises CannotRunError if the store is not ready in time."""
    folder = SECRETS / "bucket"
    key = Key(*((folder / name).read_text("utf-8") for name in ("S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY")))
    s3 = bucket.client(environment["S3_ENDPOINT_URL"], key)
    bucket.wait_until_it_stores(s3, BUCKET, time.monotonic() + _READY_SECONDS)
    bucket.set_up(s3, BUCKET, environment["PUBLIC_ORIGINS"].split(","))


def _write_store(folder: Path, credentials: Credentials) -> None:
    if not (folder / "store.key").exists():  # a running store keeps its certificates until it restarts
        certificates.make(folder)
    security_text = security(store.environment(credentials, STORE_READS_AT))
    identities = rights.store_identities(credentials.s3, BUCKET)
    for name, text in (("security.toml", security_text), ("identities.json", identities)):
        write_private(folder / name, text)


def _write_folder(folder: Path, files: Mapping[str, str]) -> None:
    """Make `folder` contain exactly these files."""
    for left in folder.iterdir():
        if left.name not in files:
            left.unlink()
    for name, text in files.items():
        write_private(folder / name, text)


def main(arguments: list[str]) -> int:
    """Run the command and return its exit status."""
    try:
        match arguments:
            case ["secrets"]:
                write_secrets(SECRETS, external_store=False)
                store.prepare(STORE_DATA)
            case ["secrets", "--external-store"]:
                write_secrets(SECRETS, external_store=True)
            case ["store"]:
                store.prepare(STORE_DATA)
            case ["bucket"]:
                set_up_bucket(os.environ)
            case ["rotate", what]:
                rotate(SECRETS / "all" / "secrets.json", what)
            case _:
                print(
                    "usage: python -m local.containers secrets [--external-store] | store | bucket | rotate WHAT",
                    file=sys.stderr,
                )
                return 2
    except CannotRunError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
