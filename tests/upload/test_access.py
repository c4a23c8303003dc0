"""Authorisation is decided before anything is done: no text opens more than it should, and none causes an error."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain.tokens import Keyring, issue
from common.http.problems import Forbidden, Unauthorized
from tests.upload.test_presigned import CLAIMS, NOW
from upload import access
from upload.errors import Expired
from upload.limits import UPLOAD_SECONDS

KEYS = [f"k{number}:" + base64.urlsafe_b64encode(bytes([number]) * 32).decode() for number in (1, 2)]
KEYRING = Keyring.parse(KEYS[0])
TOKEN = issue(KEYRING, CLAIMS)
ADMIN = "operator-" + "x" * 32
ANY = st.text(max_size=200) | st.text(st.sampled_from(list("v1.k é\x00\ud800=-_Bearer")), max_size=60)
HEADERS = st.none() | ANY | ANY.map("Bearer {}".format) | ANY.map(lambda text: f"Bearer {TOKEN}{text}")


@given(HEADERS)
def test_any_authorization_is_ours_or_refused(header: str | None) -> None:
    try:
        claims = access.token_claims(header, CLAIMS.id, KEYRING, ADMIN)
    except (Unauthorized, Forbidden):
        return
    assert header is not None
    assert claims == CLAIMS
    assert header.split()[-1] == TOKEN


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", f"Basic {TOKEN}", TOKEN, f"Token {TOKEN}"])
def test_without_a_token_the_answer_says_which_scheme(header: str | None) -> None:
    with pytest.raises(Unauthorized) as caught:
        access.token_claims(header, CLAIMS.id, KEYRING, ADMIN)
    assert caught.value.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_is_read_in_any_case(scheme: str) -> None:
    """RFC 9110, section 11.1."""
    assert access.token_claims(f"{scheme} {TOKEN}", CLAIMS.id, KEYRING, None) == CLAIMS


def test_a_token_opens_its_own_upload_only() -> None:
    with pytest.raises(Forbidden, match="another upload"):
        access.token_claims(f"Bearer {TOKEN}", "0" * 26, KEYRING, ADMIN)


def test_the_operator_s_token_opens_all_where_there_is_one() -> None:
    assert access.token_claims(f"Bearer {ADMIN}", "0" * 26, KEYRING, ADMIN) is None
    with pytest.raises(Forbidden):
        access.token_claims(f"Bearer {ADMIN}", CLAIMS.id, KEYRING, None)


def test_the_right_to_upload_ends_and_the_right_to_delete_does_not() -> None:
    late = NOW + UPLOAD_SECONDS + 1
    assert access.upload_claims(f"Bearer {TOKEN}", CLAIMS.id, KEYRING, None, late - 1) == CLAIMS
    with pytest.raises(Expired):
        access.upload_claims(f"Bearer {TOKEN}", CLAIMS.id, KEYRING, None, late)
    assert access.token_claims(f"Bearer {TOKEN}", CLAIMS.id, KEYRING, None) == CLAIMS


def test_keys_are_rotated_without_loss() -> None:
    """A new key is put first, and tokens of the old one stay valid. Once the old key is removed, they end."""
    rotated = Keyring.parse(f"{KEYS[1]},{KEYS[0]}")
    assert access.token_claims(f"Bearer {TOKEN}", CLAIMS.id, rotated, None) == CLAIMS
    assert access.token_claims(f"Bearer {issue(rotated, CLAIMS)}", CLAIMS.id, rotated, None) == CLAIMS
    assert ".k2." in issue(rotated, CLAIMS)
    with pytest.raises(Forbidden):
        access.token_claims(f"Bearer {TOKEN}", CLAIMS.id, Keyring.parse(KEYS[1]), None)


@given(st.none() | ANY)
def test_only_the_upload_key_opens_the_door(sent: str | None) -> None:
    access.check_upload_key(None, sent)
    with pytest.raises((Unauthorized, Forbidden)):
        access.check_upload_key("the upload key of this place", sent)


def test_the_upload_key_itself_does() -> None:
    access.check_upload_key("the upload key of this place", "the upload key of this place")
