"""A job's settings are the bytes that the store's own library would write."""

from pathlib import Path

import pytest

from local.store import prepare
from local.store_jobs import switched_off


def test_the_message_names_the_job_and_says_nothing_of_being_enabled() -> None:
    assert switched_off("s3_lifecycle") == b"\x0a\x0cs3_lifecycle\x2a\x00"


def test_a_name_too_long_for_one_byte_of_length_is_refused() -> None:
    with pytest.raises(ValueError, match="too long"):
        switched_off("x" * 128)


def test_before_a_start_old_options_are_gone_and_the_job_is_off_whatever_the_folder_held(tmp_path: Path) -> None:
    (tmp_path / "mini.options").write_text("-filer=false")
    config = tmp_path / "admin" / "plugin" / "job_types" / "s3_lifecycle" / "config.pb"
    config.parent.mkdir(parents=True)
    config.write_bytes(switched_off("s3_lifecycle")[:-2] + b"\x2a\x02\x08\x01")
    prepare(tmp_path)
    assert not (tmp_path / "mini.options").exists()
    assert config.read_bytes() == switched_off("s3_lifecycle")
    prepare(tmp_path)
    assert config.read_bytes() == switched_off("s3_lifecycle")
