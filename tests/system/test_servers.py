"""The servers that the other tests use are the real ones."""

import subprocess

import pytest
from botocore.exceptions import ClientError

from local import bucket
from tests.support.cache import Cache
from tests.support.store import ORIGINS, Store


def test_the_store_keeps_what_it_was_given(store: Store) -> None:
    admin = store.client("admin")
    admin.put_object(Bucket=store.bucket, Key="images/kept", Body=b"bytes")
    assert admin.get_object(Bucket=store.bucket, Key="images/kept")["Body"].read() == b"bytes"


def test_lifecycle_rules_of_an_earlier_version_are_gone_after_the_bucket_s_set_up(store: Store) -> None:
    """The store would not apply them: the reconciler expires objects."""
    admin = store.client("admin")
    rule = {"ID": "staging", "Status": "Enabled", "Filter": {"Prefix": "staging/"}, "Expiration": {"Days": 7}}
    admin.put_bucket_lifecycle_configuration(Bucket=store.bucket, LifecycleConfiguration={"Rules": [rule]})  # type: ignore[list-item]
    for _ in range(2):
        bucket.set_up(admin, store.bucket, ORIGINS)
        with pytest.raises(ClientError, match="NoSuchLifecycleConfiguration"):
            admin.get_bucket_lifecycle_configuration(Bucket=store.bucket)


def test_the_store_refuses_a_wrong_secret(store: Store) -> None:
    access, _ = store.credentials["admin"]
    wrong = Store(**{**vars(store), "credentials": {"admin": (access, "wrong")}})
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        wrong.client("admin").list_objects_v2(Bucket=store.bucket)


def test_nobody_commands_the_store_without_its_certificate(store: Store) -> None:
    """Without mutual TLS, the store's own shell lets every user of the machine list and delete."""
    ports = store.ports
    command = [
        str(store.weed),
        "shell",
        f"-master=127.0.0.1:{ports.master}.{ports.master_grpc}",
        f"-filer=127.0.0.1:{ports.filer}.{ports.filer_grpc}",
    ]
    try:
        done = subprocess.run(
            command, input="fs.ls /buckets\nexit\n", capture_output=True, text=True, timeout=4, check=False
        )
    except subprocess.TimeoutExpired as waited_in_vain:
        assert store.bucket not in (waited_in_vain.stdout or b"").decode()
    else:
        assert store.bucket not in done.stdout


def test_the_cache_answers_again_after_it_hung_and_after_it_was_killed(cache: Cache) -> None:
    cache.stop()
    cache.cont()
    cache.flush()
    cache.kill()
    cache.ensure_running()
    cache.flush()
