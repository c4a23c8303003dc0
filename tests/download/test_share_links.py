"""Share links are ours or nothing, and end when they say."""

import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain.keys import make_id
from common.domain.tokens import Keyring
from common.http.problems import Gone, NotFound
from download.share_links import ShareLinks

NEW, OLD = (f"{kid}:{secrets.token_urlsafe(32)}" for kid in ("new", "old"))
LINKS = ShareLinks(Keyring.parse(f"{NEW},{OLD}"))
ID = make_id(1_800_000_000_000, 0, 7)
END = 1_800_000_600
LINK = LINKS.make(ID, END)


def test_a_link_says_which_picture_and_until_when() -> None:
    assert LINKS.read(LINK, END - 1) == (ID, END)


@pytest.mark.parametrize("late", [0, 1, 10**9])
def test_it_ends_at_its_time(late: int) -> None:
    with pytest.raises(Gone):
        LINKS.read(LINK, END + late)


def test_an_older_key_still_verifies_and_a_removed_one_does_not() -> None:
    old = ShareLinks(Keyring.parse(OLD)).make(ID, END)
    assert LINKS.read(old, 0) == (ID, END)
    with pytest.raises(NotFound):
        ShareLinks(Keyring.parse(NEW)).read(old, 0)


def test_a_mac_for_another_purpose_does_not_pass() -> None:
    keyring = Keyring.parse(NEW)
    mac = keyring.upload_tokens.make(f"{ID}.{END}".encode())
    with pytest.raises(NotFound):
        ShareLinks(keyring).read(f"{ID}.{END}.{mac}", 0)


@given(st.integers(0, len(LINK) - 1), st.characters(codec="utf-8"))
def test_whatever_is_changed_makes_it_no_link(place: int, character: str) -> None:
    changed = LINK[:place] + character + LINK[place + 1 :]
    if changed != LINK:
        with pytest.raises(NotFound):
            LINKS.read(changed, 0)


@given(st.text())
def test_any_other_text_is_no_link(text: str) -> None:
    with pytest.raises(NotFound):
        LINKS.read(text, 0)


@pytest.mark.parametrize(
    "other",
    [LINK.replace(f".{END}", f".0{END}"), LINK.replace(f".{END}", f".+{END}"), f"{LINK}=", f"{LINK}.", f" {LINK}"],
)
def test_it_has_one_form(other: str) -> None:
    with pytest.raises(NotFound):
        LINKS.read(other, 0)
