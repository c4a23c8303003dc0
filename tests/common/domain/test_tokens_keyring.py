"""TOKEN_KEYS is parsed strictly, errors name the entry, and no message or repr contains a secret."""

import base64

import pytest

from common.domain.tokens import Keyring

SECRET = base64.urlsafe_b64encode(bytes(range(200, 232))).rstrip(b"=").decode()
OTHER = base64.urlsafe_b64encode(bytes(range(32))).rstrip(b"=").decode()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "there is no key"),
        ("  ", "there is no key"),
        (SECRET, "entry 1: expected kid:secret"),
        (f"a:{SECRET},", "entry 2: expected kid:secret"),
        (f"a:{SECRET},,b:{OTHER}", "entry 2: expected kid:secret"),
        (f":{SECRET}", "entry 1: a kid is"),
        (f"{SECRET}:a", "entry 1: a kid is"),
        (f"a.b:{SECRET}", "entry 1: a kid is"),
        (f"{'a' * 17}:{SECRET}", "entry 1: a kid is"),
        (f"a:{SECRET},a:{OTHER}", "entry 2: the kid a is there twice"),
        (f"a:{SECRET[:-4]}", r"entry 1 \(a\): the secret has fewer than 32 bytes"),
        ("a:", r"entry 1 \(a\): the secret has fewer than 32 bytes"),
        (f"a:{SECRET},b:{OTHER[:-2]}+/", r"entry 2 \(b\): the secret is not base64url"),
        (f"a:{SECRET}é", r"entry 1 \(a\): the secret is not base64url"),
        (f"a:{SECRET}AA", r"entry 1 \(a\): the secret is not base64url"),
        (f"a:{SECRET}:{SECRET}", r"entry 1 \(a\): the secret is not base64url"),
    ],
)
def test_a_fault_is_named_and_no_secret_shown(text: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault) as raised:
        Keyring.parse(text)
    assert SECRET[:8] not in str(raised.value)
    assert OTHER[:8] not in str(raised.value)
    assert raised.value.__cause__ is None


@pytest.mark.parametrize(
    "text", [f"a:{SECRET}", f" a:{SECRET} , b:{OTHER} ", f"a:{SECRET}=", f"key-2026_11:{SECRET}{SECRET[:-3]}"]
)
def test_spaces_between_entries_padding_and_longer_secrets_are_fine(text: str) -> None:
    assert len(Keyring.parse(text).macs("test").make(b"x")) == 43


def test_printing_a_ring_shows_the_names_of_its_keys_alone() -> None:
    ring = Keyring.parse(f"a:{SECRET},b:{OTHER}")
    assert repr(ring) == str(ring) == "Keyring(a, b)"
    assert SECRET[:8] not in repr(ring.macs("test"))


def test_a_mac_of_one_purpose_is_none_of_another() -> None:
    ring = Keyring.parse(f"a:{SECRET}")
    mac = ring.macs("share link").make(b"message")
    assert ring.macs("share link").verify(b"message", mac)
    assert not ring.macs("share link").verify(b"messagf", mac)
    assert not ring.macs("something else").verify(b"message", mac)
    assert not ring.upload_tokens.verify(b"message", mac)


def test_a_mac_is_known_by_its_key_or_by_any_of_the_ring() -> None:
    before = Keyring.parse(f"a:{SECRET}").macs("share link")
    after = Keyring.parse(f"b:{OTHER},a:{SECRET}").macs("share link")
    mac = before.make(b"message")
    assert before.kid == "a"
    assert after.kid == "b"
    assert after.verify(b"message", mac)
    assert after.verify(b"message", mac, "a")
    assert not after.verify(b"message", mac, "b")
    assert not after.verify(b"message", mac, "c")
    assert not after.verify(b"message", "é")
    assert not after.verify(b"message", "")
