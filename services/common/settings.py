"""Reads settings once from the environment into a frozen object. A bad value stops the start and is named."""

import ipaddress
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

import msgspec

from common.s3.signing import is_bucket, is_region

REDIS_TIMEOUT_MS = 50
"""Default for REDIS_TIMEOUT_MS, in milliseconds."""
SAMPLE_SECRET_PREFIX = "change-me"  # noqa: S105 - the prefix of samples in .env.example, refused here


class SettingsError(Exception):
    """A variable is missing or its value is not valid. The message names it and never contains a secret."""


class Secret(str):
    """A string whose repr hides its value, so that logs and tracebacks do not show it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Secret('…')"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Settings that every service reads. The environment variable is the field's name in capitals."""

    s3_endpoint_url: str
    """The URL at which the services reach S3."""
    s3_public_endpoint_url: str
    """The URL at which browsers reach S3. Signed URLs use it, never the Host header of a request."""
    s3_region: str = "us-east-1"
    s3_bucket: str = "vitrine"
    s3_addressing_style: typing.Literal["path", "virtual"] = "path"
    s3_access_key_id: str = ""
    """If this and the secret are empty, AWS's default chain provides the credentials."""
    s3_secret_access_key: Secret = Secret("")
    redis_url: Secret = Secret("")
    """Empty: no shared list cache. A secret, because it contains a password."""
    redis_timeout_ms: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = REDIS_TIMEOUT_MS
    """Timeout of one Redis command. After a timeout Redis is not called for some seconds."""
    public_origins: tuple[str, ...]
    """The origins that serve the page. Only pages from these may send state-changing requests."""
    log_level: typing.Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    def __post_init__(self) -> None:
        for name in ("s3_endpoint_url", "s3_public_endpoint_url"):
            _check_url(name.upper(), getattr(self, name), "http://127.0.0.1:8333")
        check_pair(self, "s3_access_key_id", "s3_secret_access_key")
        for name, is_usable in (("s3_region", is_region), ("s3_bucket", is_bucket)):
            if not is_usable(getattr(self, name)):
                raise SettingsError(f"{name.upper()} is not valid: see .env.example for what it means")
        if not self.public_origins:
            raise SettingsError("PUBLIC_ORIGINS is empty: name at least the origin that serves the page")
        for origin in self.public_origins:
            _check_url("PUBLIC_ORIGINS", origin, "http://localhost:8080")

    @classmethod
    def load(cls, environ: Mapping[str, str]) -> Self:
        """Read the fields of this class from ``environ``. An empty variable counts as missing.

        A missing variable is read from the file with its name in the folder SECRETS_DIR, if that is set. Containers get
        their secrets this way, so that neither their environment nor `docker inspect` shows them.
        Raises SettingsError for a missing variable, an invalid value or a sample secret.
        """
        values: dict[str, Any] = {}
        folder = environ.get("SECRETS_DIR", "").strip()
        for field in msgspec.structs.fields(cls):
            variable = field.name.upper()
            text = environ.get(variable, "").strip() or _from_file(folder, variable)
            if text:
                values[field.name] = _convert(variable, text, field.type)
            elif field.required:
                raise SettingsError(f"{variable} is not set: see .env.example for what it means")
        return cls(**values)


def check_pair(settings: Settings, key_id: str, secret: str) -> None:
    """Raise SettingsError if only one of these two fields is set."""
    for name, other in ((key_id, secret), (secret, key_id)):
        if getattr(settings, other) and not getattr(settings, name):
            raise SettingsError(f"{name.upper()} is not set, but {other.upper()} is: set both or neither")


def is_loopback(url: str) -> bool:
    """Whether the host of ``url`` is this machine itself (RFC 6761 section 6.3, RFC 1122 section 3.2.1.3)."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _from_file(folder: str, variable: str) -> str:
    if not folder:
        return ""
    try:
        return (Path(folder) / variable).read_text("utf-8").strip()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeError) as error:
        raise SettingsError(f"{variable} cannot be read from SECRETS_DIR: {type(error).__name__}") from None


def _convert(variable: str, text: str, wanted: Any) -> Any:
    if typing.get_origin(wanted) is types.UnionType:  # "X | None": the variable is set, so convert to X
        (wanted,) = (kind for kind in typing.get_args(wanted) if kind is not types.NoneType)
    if wanted is Secret:
        if text.startswith(SAMPLE_SECRET_PREFIX):
            raise SettingsError(f"{variable} still has its sample value: generate your own secret")
        return Secret(text)
    value: Any = text
    if typing.get_origin(wanted) is tuple:
        value = tuple(part.strip() for part in text.split(",") if part.strip())
    try:
        return msgspec.convert(value, wanted, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{variable} cannot be used: {error}") from None


def _check_url(variable: str, url: str, example: str) -> None:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or parts.path or parts.query or parts.fragment or "@" in parts.netloc:
        raise SettingsError(f"{variable} needs scheme, host and port and nothing else, such as {example}")
