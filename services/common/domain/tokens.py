"""Makes and verifies capability tokens: stateless tokens that each authorise one upload until they expire.

    v1.<kid>.<claims: JSON, base64url>.<HMAC-SHA256 of everything before the last dot, base64url>

Secrets come from TOKEN_KEYS, "kid:secret,kid2:secret2". The first one signs, all verify. To rotate, put a new secret
first and remove the old one once its tokens have expired. MACs use a key derived from the secret for one purpose, so a
MAC made for one purpose never verifies for another.
"""

import base64
import binascii
import hmac
import re
from typing import Final, NamedTuple, Self

import msgspec

MAX_TOKEN_CHARS: Final = 2048
"""Limit for issuing and verifying. A token with the longest file name has about 900."""

MIN_SECRET_BYTES: Final = 32
"""The output length of the hash (RFC 2104, section 3)."""

COMPANION_PARTS: Final = -1
"""Marks an upload that Uppy sends, in parts of 5 MiB. In tokens of older versions its size is 0."""

_VERSION: Final = "v1"
_PURPOSE: Final = "upload token v1"
_is_kid: Final = re.compile(r"[A-Za-z0-9_-]{1,16}").fullmatch
_is_base64url: Final = re.compile(r"[A-Za-z0-9_-]*={0,2}").fullmatch


class BadToken(Exception):
    """The text is not a valid token. The reason is deliberately not given to the client."""


class Preview(msgspec.Struct, frozen=True, array_like=True):
    """The declared preview of an upload: `size` in bytes, `sha256` in base64."""

    content_type: str
    size: int
    sha256: str


class Claims(msgspec.Struct, frozen=True, array_like=True):
    """The claims of a token. New fields go last and have a default, so that older tokens still decode."""

    id: str
    filename: str
    content_type: str
    size: int
    """Bytes."""
    sha256: str
    """Base64. May be empty for a multipart upload: storage can only check the checksums of its parts."""
    thumbhash: str | None
    preview: Preview | None
    issued_at: int
    """Seconds since 1970."""
    part_size: int = 0
    """Bytes of each part except the last; 0 for a single PUT, COMPANION_PARTS if Uppy sends the file."""


class Macs:
    """Makes and checks MACs for one purpose. `keys` are the derived keys by kid; the first one signs."""

    def __init__(self, keys: dict[str, bytes]) -> None:
        # Copying a keyed hash takes half the time of creating one.
        self._keys = {kid: hmac.new(key, digestmod="sha256") for kid, key in keys.items()}
        self._kid = next(iter(keys))

    @property
    def kid(self) -> str:
        """The id of the signing key."""
        return self._kid

    def make(self, message: bytes) -> str:
        """Return the MAC of `message` with the first key: 43 characters of base64url."""
        return _mac(self._keys[self._kid], message)

    def verify(self, message: bytes, mac: str, kid: str | None = None) -> bool:
        """Whether `mac` is the MAC of `message` with key `kid`, or with any key if `kid` is None.

        Compares text, so only the canonical form matches, and takes constant time.
        """
        if not mac.isascii():
            return False
        keys = self._keys.values() if kid is None else [self._keys[kid]] if kid in self._keys else []
        return any(hmac.compare_digest(_mac(key, message), mac) for key in keys)


class _Secret(NamedTuple):
    kid: str
    value: bytes


class Keyring:
    """Holds the secrets; its repr shows only their ids. The first one signs, all verify."""

    def __init__(self, secrets: list[_Secret]) -> None:
        self._secrets = secrets
        self._purposes: dict[str, Macs] = {}
        self.upload_tokens = self.macs(_PURPOSE)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse "kid:secret,kid2:secret2" (kid: 1 to 16 of A-Z a-z 0-9 _ -; secret: base64url of 32 bytes or more).

        Raises ValueError with the number of the wrong entry and the reason. The message never contains a secret.
        """
        if not text.strip():
            raise ValueError("there is no key: expected kid:secret")
        secrets: list[_Secret] = []
        for number, entry in enumerate(text.split(","), start=1):
            secret = _read_entry(entry.strip(), f"entry {number}")
            if any(secret.kid == other.kid for other in secrets):
                raise ValueError(f"entry {number}: the kid {secret.kid} is there twice")
            secrets.append(secret)
        return cls(secrets)

    def macs(self, purpose: str) -> Macs:
        """Return the MACs for `purpose`, a constant of the program. MACs of another purpose never verify."""
        if purpose not in self._purposes:
            self._purposes[purpose] = Macs(
                {secret.kid: hmac.digest(secret.value, purpose.encode(), "sha256") for secret in self._secrets}
            )
        return self._purposes[purpose]

    def __repr__(self) -> str:
        return f"Keyring({', '.join(secret.kid for secret in self._secrets)})"


def issue(keyring: Keyring, claims: Claims) -> str:
    """Return a signed token with `claims`. Raises ValueError if it would exceed MAX_TOKEN_CHARS."""
    macs = keyring.upload_tokens
    text = f"{_VERSION}.{macs.kid}.{_encode(_write(claims))}"
    token = f"{text}.{macs.make(text.encode())}"
    if len(token) > MAX_TOKEN_CHARS:
        raise ValueError("claims too long for a token")
    return token


def verify(keyring: Keyring, token: str) -> Claims:
    """Return the claims of a valid token. Raises BadToken otherwise. The caller checks whether it has expired."""
    if len(token) > MAX_TOKEN_CHARS or not token.isascii():
        raise BadToken
    text, _, mac = token.rpartition(".")
    parts = text.split(".")
    if len(parts) != 3 or parts[0] != _VERSION:
        raise BadToken
    if not keyring.upload_tokens.verify(text.encode(), mac, parts[1]):
        raise BadToken
    try:
        return _read(_decode(parts[2]))
    except (
        binascii.Error,
        UnicodeError,
        msgspec.MsgspecError,
    ) as error:  # correctly signed, but by another version of this program
        raise BadToken from error


_write: Final = msgspec.json.Encoder().encode
_read: Final = msgspec.json.Decoder(Claims).decode


def _read_entry(entry: str, where: str) -> _Secret:
    kid, colon, text = entry.partition(":")
    if not colon:
        raise ValueError(f"{where}: expected kid:secret")
    if not _is_kid(kid):
        raise ValueError(f"{where}: a kid is 1 to 16 of A-Z a-z 0-9 _ -")
    if not _is_base64url(text):
        raise ValueError(f"{where} ({kid}): the secret is not base64url")
    try:
        value = _decode(text.rstrip("="))
    except binascii.Error:
        # "from None": the original exception may contain part of the secret.
        raise ValueError(f"{where} ({kid}): the secret is not base64url") from None
    if len(value) < MIN_SECRET_BYTES:
        raise ValueError(f"{where} ({kid}): the secret has fewer than {MIN_SECRET_BYTES} bytes")
    return _Secret(kid, value)


def _mac(keyed: hmac.HMAC, message: bytes) -> str:
    copy = keyed.copy()
    copy.update(message)
    return _encode(copy.digest())


def _encode(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
