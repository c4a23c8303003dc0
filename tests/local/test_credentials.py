"""The secrets of an installation are made once and are its owner's alone."""

import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from local.credentials import IDENTITIES, load_or_make
from local.errors import CannotRunError


def test_they_are_made_once_with_a_key_for_each_identity(tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    made = load_or_make(file)
    assert load_or_make(file) == made
    assert tuple(made.s3) == IDENTITIES
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_secrets_from_before_share_links_get_keys_for_them_and_stay_otherwise(tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    made = load_or_make(file)
    older = json.loads(file.read_text())
    del older["link_keys"]
    file.write_text(json.dumps(older))
    now = load_or_make(file)
    assert replace(now, link_keys=made.link_keys) == made
    assert load_or_make(file) == now


def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    load_or_make(file)
    file.chmod(0o640)
    with pytest.raises(CannotRunError, match="chmod 600"):
        load_or_make(file)


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", '{"s3": 1}'])
def test_a_damaged_file_is_named_and_left_alone(tmp_path: Path, text: str) -> None:
    file = tmp_path / "secrets.json"
    file.write_text(text)
    file.chmod(0o600)
    with pytest.raises(CannotRunError, match="damaged"):
        load_or_make(file)
    assert file.read_text() == text
