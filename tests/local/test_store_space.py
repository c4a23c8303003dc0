"""`make up` tells the upload service how full the store's disk is."""

import json
import shutil
from pathlib import Path

import pytest

from local.credentials import make
from local.processes import service_environment
from local.settings import parse
from local.store_space import EVERY_SECONDS, Writer, file_in


def space(run: Path) -> dict[str, int]:
    found: dict[str, int] = json.loads(file_in(run).read_text())
    return found


def test_it_writes_the_space_of_the_store_s_disk(tmp_path: Path) -> None:
    Writer(tmp_path, tmp_path).write(0.0)
    disk = shutil.disk_usage(tmp_path)
    assert space(tmp_path)["disk_bytes"] == disk.total
    assert abs(space(tmp_path)["free_bytes"] - disk.free) < 1 << 30  # others use the disk too
    assert [file.name for file in tmp_path.iterdir()] == ["store-space.json"]


def test_it_writes_once_a_second(tmp_path: Path) -> None:
    writer = Writer(tmp_path, tmp_path)
    writer.write(10.0)
    file_in(tmp_path).unlink()
    writer.write(10.0 + EVERY_SECONDS / 2)
    assert not file_in(tmp_path).exists()
    writer.write(10.0 + EVERY_SECONDS)
    assert file_in(tmp_path).exists()


def test_the_last_word_stays_when_nothing_can_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = Writer(tmp_path, tmp_path)
    writer.write(0.0)
    before = space(tmp_path)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    writer.write(EVERY_SECONDS)
    assert space(tmp_path) == before


def test_the_upload_service_alone_is_told_where_it_is() -> None:
    credentials = make()
    settings = parse({"UPLOAD_BUDGET": "20000000", "STAGING_HOURS": "48"})
    told = {
        name: service_environment(settings, credentials, "http://s3", name)
        for name in ("upload", "catalog", "download")
    }
    assert told["upload"]["STORE_SPACE_FILE"] == str(file_in(settings.run))
    assert (told["upload"]["UPLOAD_BUDGET"], told["upload"]["STAGING_HOURS"]) == ("20000000", "48")
    for other in ("catalog", "download"):
        assert not {"STORE_SPACE_FILE", "UPLOAD_BUDGET", "STAGING_HOURS"} & set(told[other])
