"""The secrets of one local installation. They are made once and kept in its data folder, readable only by its owner."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

from local.errors import CannotRunError
from local.files import write_private

IDENTITIES = ("admin", "upload-sign", "upload-publish", "catalog", "download")


@dataclass(frozen=True)
class Key:
    """An S3 access key."""

    access: str
    secret: str


@dataclass(frozen=True)
class Credentials:
    """All secrets of one installation.

    `s3` has a key for each of IDENTITIES. The store's own parts use the four keys of `store_signing` to authenticate
    each other over HTTP.
    """

    s3: Mapping[str, Key]
    token_keys: str
    link_keys: str
    admin_token: str
    redis_password: str
    store_signing: tuple[str, str, str, str]


def make() -> Credentials:
    """Make new secrets. They are URL-safe text, so no configuration file has to quote them."""
    return Credentials(
        s3={name: Key("VT" + secrets.token_hex(9).upper(), secrets.token_urlsafe(30)) for name in IDENTITIES},
        token_keys=f"k1:{secrets.token_urlsafe(32)}",
        link_keys=f"k1:{secrets.token_urlsafe(32)}",
        admin_token=secrets.token_urlsafe(32),
        redis_password=secrets.token_urlsafe(32),
        store_signing=(
            secrets.token_urlsafe(32),
            secrets.token_urlsafe(32),
            secrets.token_urlsafe(32),
            secrets.token_urlsafe(32),
        ),
    )


def load_or_make(path: Path) -> Credentials:
    """Read the secrets at `path`, or make them there with mode 600.

    Raises CannotRunError if the file is damaged or readable by other users.
    """
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        made = make()
        write_private(path, json.dumps(asdict(made), indent=2) + "\n")
        return made
    if path.stat().st_mode & 0o077:
        raise CannotRunError(f"{path} can be read by other users; make it private with chmod 600.")
    try:
        found = json.loads(text)
        if {field.name for field in fields(Credentials)} - set(found) == {"link_keys"}:  # an older version wrote it
            found["link_keys"] = make().link_keys
            write_private(path, json.dumps(found, indent=2) + "\n")
        return _parse(found)
    except (ValueError, KeyError, TypeError):
        raise CannotRunError(
            f"{path} is damaged; restore it, or remove it to get new secrets (old tokens then become invalid)."
        ) from None


def rotate(path: Path, what: str) -> None:
    """Replace one kind of secret at `path`: token-keys, link-keys, admin-token, redis-password or s3-keys.

    The newest old token or link key stays, so tokens and links that it signed stay valid. All others end at once.
    Raises CannotRunError for an unknown kind, or if there are no secrets yet.
    """
    if not path.exists():
        raise CannotRunError(f"{path} does not exist, so there is nothing to replace yet.")
    old, new = load_or_make(path), make()
    match what:
        case "token-keys":
            changed = replace(old, token_keys=_in_front(old.token_keys))
        case "link-keys":
            changed = replace(old, link_keys=_in_front(old.link_keys))
        case "admin-token":
            changed = replace(old, admin_token=new.admin_token)
        case "redis-password":
            changed = replace(old, redis_password=new.redis_password)
        case "s3-keys":
            changed = replace(old, s3=new.s3)
        case _:
            raise CannotRunError(
                f"{what} cannot be replaced; choose token-keys, link-keys, admin-token, redis-password or s3-keys."
            )
    write_private(path, json.dumps(asdict(changed), indent=2) + "\n")


def _in_front(keys: str) -> str:
    newest = keys.split(",", maxsplit=1)[0]
    number = int(newest.partition(":")[0].removeprefix("k"))
    return f"k{number + 1}:{secrets.token_urlsafe(32)},{newest}"


def _parse(found: Mapping[str, object]) -> Credentials:
    if set(found) != {field.name for field in fields(Credentials)}:
        raise ValueError
    s3, signing = found["s3"], found["store_signing"]
    if not isinstance(s3, dict) or not isinstance(signing, list):
        raise TypeError
    one, two, three, four = (_text(value) for value in signing)
    return Credentials(
        s3={name: Key(_text(s3[name]["access"]), _text(s3[name]["secret"])) for name in IDENTITIES},
        token_keys=_text(found["token_keys"]),
        link_keys=_text(found["link_keys"]),
        admin_token=_text(found["admin_token"]),
        redis_password=_text(found["redis_password"]),
        store_signing=(one, two, three, four),
    )


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError
    return value
