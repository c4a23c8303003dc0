"""The secrets of one local installation: made once, kept in its data folder, readable by its owner only."""

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

    `s3` has a key for each of IDENTITIES; `store_signing` are the four keys with which the store's own parts
    prove themselves to each other over HTTP.
    """

    s3: Mapping[str, Key]
    token_keys: str
    link_keys: str
    admin_token: str
    redis_password: str
    store_signing: tuple[str, str, str, str]


def make() -> Credentials:
    """Make fresh ones. They are URL-safe text, so no configuration file has to quote them."""
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

    Raises CannotRunError when the file is there but is not ours to trust: damaged, or open to other users.
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
        if {field.name for field in fields(Credentials)} - set(found) == {"link_keys"}:  # from before share links
            found["link_keys"] = make().link_keys
            write_private(path, json.dumps(found, indent=2) + "\n")
        return _parse(found)
    except (ValueError, KeyError, TypeError):
        raise CannotRunError(
            f"{path} is damaged; restore it, or remove it to have new secrets made (old tokens then end)."
        ) from None


def rotate(path: Path, what: str) -> None:
    """Make one kind of secret anew at `path`: token-keys, link-keys, admin-token, redis-password or s3-keys.

    Of token and link keys the newest old one stays, so that what it signed goes on being good; all others end at once.
    Raises CannotRunError for any other kind, and when there are no secrets yet.
    """
    if not path.exists():
        raise CannotRunError(f"{path} is not there: there is nothing to make anew yet.")
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
                f"{what} cannot be made anew; choose token-keys, link-keys, admin-token, redis-password or s3-keys."
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
