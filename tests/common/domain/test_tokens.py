"""A token returns its claims only to the holder of the secret, and only if nobody changed it."""

import base64
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain import tokens
from common.domain.tokens import BadToken, Claims, Keyring, Preview


def secret(byte: int, length: int = 32) -> str:
    return base64.urlsafe_b64encode(bytes([byte]) * length).rstrip(b"=").decode()


RING = Keyring.parse(f"a:{secret(1)}")
CLAIMS = Claims(
    id="7ycn4pg5zzzzy0000000000c1s",
    filename="Férias.jpg",
    content_type="image/jpeg",
    size=1_234_567,
    sha256="a" * 43 + "=",
    thumbhash="1QcSHQRnh493V4dIh4eXh1h4kJUI",
    preview=Preview(content_type="image/webp", size=1234, sha256="b" * 43 + "="),
    issued_at=1_764_000_000,
)
TOKEN = tokens.issue(RING, CLAIMS)

claims = st.builds(
    Claims,
    id=st.just(CLAIMS.id),
    filename=st.text(max_size=60),
    content_type=st.text(max_size=20),
    size=st.integers(0, 2**62),
    sha256=st.text(max_size=44),
    thumbhash=st.none() | st.text(max_size=34),
    preview=st.none()
    | st.builds(Preview, content_type=st.text(max_size=20), size=st.integers(0, 2**62), sha256=st.text(max_size=44)),
    issued_at=st.integers(0, 2**40),
)


@given(claims)
def test_a_token_gives_back_its_claims(said: Claims) -> None:
    token = tokens.issue(RING, said)
    assert tokens.verify(RING, token) == said
    assert set(token) <= set(string.ascii_letters + string.digits + "-_."), "fit for a header and a URL"


def test_the_longest_name_that_a_key_can_hold_fits_a_token() -> None:
    worst = Claims(**{name: getattr(CLAIMS, name) for name in CLAIMS.__struct_fields__} | {"filename": '"' * 255})
    assert tokens.verify(RING, tokens.issue(RING, worst)) == worst


def test_longer_claims_than_any_real_upload_make_no_token() -> None:
    endless = Claims(**{name: getattr(CLAIMS, name) for name in CLAIMS.__struct_fields__} | {"filename": "a" * 2000})
    with pytest.raises(ValueError, match="too long"):
        tokens.issue(RING, endless)


def test_no_single_changed_character_is_believed() -> None:
    for place, character in enumerate(TOKEN):
        for other in ("A" if character != "A" else "B", ".", "=", "é", "\n", ""):
            if other != character:
                with pytest.raises(BadToken):
                    tokens.verify(RING, TOKEN[:place] + other + TOKEN[place + 1 :])


def test_the_last_character_has_no_second_form() -> None:
    """The last of 43 characters carries only four bits. Other characters that decode to the same bits are refused."""
    fitting = []
    for last in string.ascii_letters + string.digits + "-_":
        try:
            tokens.verify(RING, TOKEN[:-1] + last)
        except BadToken:
            continue
        fitting.append(last)
    assert fitting == [TOKEN[-1]]


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "...",
        "v1",
        "v1...",
        "v1.a..",
        TOKEN + "=",
        TOKEN + " ",
        "\n" + TOKEN,
        TOKEN + ".x",
        TOKEN.replace("v1.", "v2.", 1),
        TOKEN.replace("v1.a.", "v1.zz.", 1),
        TOKEN.replace("v1.a.", "v1..", 1),
        TOKEN.rpartition(".")[0],
        TOKEN.rpartition(".")[0] + ".",
        "é" * 40,
        "\ud800",
        "v1.a." + "A" * 10_000_000,
    ],
)
def test_other_texts_are_no_tokens(text: str) -> None:
    with pytest.raises(BadToken):
        tokens.verify(RING, text)


@given(st.text(max_size=100))
def test_no_text_does_more_than_be_refused(text: str) -> None:
    for token in (text, f"v1.a.{text}", f"{TOKEN}.{text}"):
        with pytest.raises(BadToken):
            tokens.verify(RING, token)


@pytest.mark.parametrize("inside", [b"", b"{}", b"[]", b"[1,2,3]", b"\xff", b'"x"', b'["id","name"]'])
def test_a_token_of_ours_with_unknown_claims_is_refused_not_an_error(inside: bytes) -> None:
    text = "v1.a." + base64.urlsafe_b64encode(inside).rstrip(b"=").decode()
    with pytest.raises(BadToken):
        tokens.verify(RING, f"{text}.{RING.upload_tokens.make(text.encode())}")


def test_the_first_key_signs_and_all_verify() -> None:
    newer = Keyring.parse(f"b:{secret(2)},a:{secret(1)}")
    assert tokens.verify(newer, TOKEN) == CLAIMS
    assert tokens.issue(newer, CLAIMS).startswith("v1.b.")


def test_a_key_that_was_taken_away_opens_nothing() -> None:
    for ring in (Keyring.parse(f"b:{secret(1)}"), Keyring.parse(f"a:{secret(2)}")):
        with pytest.raises(BadToken):
            tokens.verify(ring, TOKEN)
