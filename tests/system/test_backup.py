"""A copy of a stopped store's folder is the whole gallery: a store started on the copy has every object."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from local import bucket as bucket_setup
from local import certificates, credentials, rights, tools
from local import store as command_line
from local.files import write_private
from tests.support.ports import first_port
from tests.support.processes import end, start
from tests.support.store import BUCKET, ORIGINS

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@contextmanager
def running(folder: Path, keys: credentials.Credentials) -> "Iterator[S3Client]":
    """Run a store on `folder`/store, with these identities and its own ports."""
    run = folder / "run"
    run.mkdir(mode=0o700)
    ports = command_line.choose_ports(first_port(os.getpid() * 43))
    certificates.make(run)
    write_private(command_line.identities_file(run), rights.store_identities(keys.s3, BUCKET))
    command_line.prepare(folder / "store")
    process = start(
        command_line.command(tools.find_program("WEED", os.environ), folder / "store", run, ports, BUCKET, ORIGINS),
        folder / "store.log",
        {"HOME": str(folder), "PATH": os.defpath, **command_line.environment(keys, run)},
        folder,
    )
    try:
        client = bucket_setup.client(ports.s3_endpoint, keys.s3["admin"])
        bucket_setup.wait_until_it_stores(client, BUCKET, time.monotonic() + 60)
        yield client
    finally:
        end(process)


def test_a_stopped_store_is_restored_from_a_copy_of_its_folder(short_folder: Path) -> None:
    old, new, packed = short_folder / "backup-old", short_folder / "backup-new", short_folder / "store.tgz"
    for folder in (old, new):
        (folder / "store").mkdir(parents=True)
    keys = credentials.make()
    contents = {f"images/{number:026}": os.urandom(20_000 + number) for number in range(40)}
    with running(old, keys) as client:
        for key, content in contents.items():
            client.put_object(Bucket=BUCKET, Key=key, Body=content, ContentType="image/jpeg", Metadata={"v": "1"})
    subprocess.run(["tar", "-czf", packed, "-C", old / "store", "."], check=True)
    subprocess.run(["tar", "-xzf", packed, "-C", new / "store"], check=True)
    with running(new, keys) as client:
        listed = client.list_objects_v2(Bucket=BUCKET, Prefix="images/")["Contents"]
        assert [entry["Key"] for entry in listed] == sorted(contents)
        for key, content in contents.items():
            found = client.get_object(Bucket=BUCKET, Key=key)
            assert found["Body"].read() == content
            assert (found["ContentType"], found["Metadata"]) == ("image/jpeg", {"v": "1"})
