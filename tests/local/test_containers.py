"""What containers read: each its own secrets, the same that make up would give it."""

import json
import tomllib
from pathlib import Path

import pytest

from local import store
from local.containers import security, write_secrets
from local.credentials import Credentials, load_or_make

READERS = ("all", "upload", "catalog", "download", "redis", "store", "bucket")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in READERS:
        (tmp_path / name).mkdir()
    return tmp_path


def text(folder: Path) -> str:
    return "".join(path.read_text() for path in sorted(folder.iterdir()))


def credentials(folder: Path) -> Credentials:
    return load_or_make(folder / "all" / "secrets.json")


def test_each_service_has_its_own_identity_and_no_other_secret(folder: Path) -> None:
    write_secrets(folder, external_store=False)
    made = credentials(folder)
    readers = {
        "upload-sign": {"upload"},
        "upload-publish": {"upload"},
        "catalog": {"catalog"},
        "download": {"download"},
    }
    for identity, key in made.s3.items():
        found = {service for service in ("upload", "catalog", "download") if key.secret in text(folder / service)}
        assert found == readers.get(identity, set()), identity
    assert made.token_keys in text(folder / "upload")
    for other in ("catalog", "download", "redis", "store"):
        assert made.token_keys not in text(folder / other)
        assert made.admin_token not in text(folder / other)


def test_the_services_reach_redis_by_the_password_that_it_asks_for(folder: Path) -> None:
    write_secrets(folder, external_store=False)
    password = credentials(folder).redis_password
    assert f"requirepass {password}\n" in (folder / "redis" / "redis.conf").read_text()
    assert not (folder / "download" / "REDIS_URL").exists()
    for service in ("upload", "catalog"):
        assert (folder / service / "REDIS_URL").read_text() == f"redis://:{password}@redis:6379/0"


def test_the_administrators_key_is_the_buckets_set_ups_alone(folder: Path) -> None:
    write_secrets(folder, external_store=False)
    admin = credentials(folder).s3["admin"]
    assert text(folder / "bucket") == admin.access + admin.secret
    for other in ("upload", "catalog", "download", "redis"):
        assert admin.secret not in text(folder / other)


def test_a_second_time_changes_nothing(folder: Path) -> None:
    write_secrets(folder, external_store=False)
    before = {name: text(folder / name) for name in READERS}
    write_secrets(folder, external_store=False)
    assert {name: text(folder / name) for name in READERS} == before


def test_with_a_store_of_someone_elses_there_are_no_keys_to_it(folder: Path) -> None:
    write_secrets(folder, external_store=False)
    write_secrets(folder, external_store=True)
    assert not list((folder / "upload").glob("S3_*"))
    assert (folder / "upload" / "TOKEN_KEYS").exists()


def test_the_stores_file_says_what_its_environment_says_in_make_up(folder: Path) -> None:
    write_secrets(folder, external_store=False)
    environment = store.environment(credentials(folder), Path("/etc/seaweedfs"))
    said = tomllib.loads((folder / "store" / "security.toml").read_text())
    assert said == tomllib.loads(security(environment))
    one, two, three, four = credentials(folder).store_signing
    assert said["jwt"]["signing"] == {"key": one, "read": {"key": two}}
    assert said["jwt"]["filer_signing"] == {"key": three, "read": {"key": four}}
    assert said["grpc"]["ca"] == "/etc/seaweedfs/ca.crt"
    assert said["grpc"]["filer"] == {"cert": "/etc/seaweedfs/store.crt", "key": "/etc/seaweedfs/store.key"}
    assert {
        identity["name"] for identity in json.loads((folder / "store" / "identities.json").read_text())["identities"]
    }


def test_nothing_can_be_read_by_others(folder: Path) -> None:
    write_secrets(folder, external_store=False)
    for path in folder.rglob("*"):
        assert path.is_dir() or path.stat().st_mode & 0o077 == 0, path
