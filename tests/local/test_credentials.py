"""The secrets of an installation are made once and are its owner's alone."""

import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from local.credentials import IDENTITIES, load_or_make, rotate
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


@pytest.mark.parametrize("what", ["token-keys", "link-keys", "admin-token", "redis-password", "s3-keys"])
def test_one_kind_is_made_anew_and_all_others_stay(tmp_path: Path, what: str) -> None:
    file = tmp_path / "secrets.json"
    before = load_or_make(file)
    rotate(file, what)
    after = load_or_make(file)
    field = {"s3-keys": "s3"}.get(what, what.replace("-", "_"))
    assert getattr(after, field) != getattr(before, field)
    assert replace(after, **{field: getattr(before, field)}) == before


@pytest.mark.parametrize("what", ["token-keys", "link-keys"])
def test_what_an_old_key_signed_goes_on_being_good_until_the_next_change(tmp_path: Path, what: str) -> None:
    file = tmp_path / "secrets.json"
    rings = []
    load_or_make(file)
    for _ in range(3):
        made = load_or_make(file)
        rings.append((made.token_keys if what == "token-keys" else made.link_keys).split(","))
        rotate(file, what)
    assert [[key.partition(":")[0] for key in ring] for ring in rings] == [["k1"], ["k2", "k1"], ["k3", "k2"]]
    assert rings[1][1] == rings[0][0]
    assert rings[2][1] == rings[1][0]


def test_there_is_nothing_to_make_anew_before_there_is_something_nor_of_a_kind_that_is_none(tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    with pytest.raises(CannotRunError, match="nothing to replace"):
        rotate(file, "token-keys")
    before = load_or_make(file)
    with pytest.raises(CannotRunError, match="choose token-keys"):
        rotate(file, "store_signing")
    assert load_or_make(file) == before
