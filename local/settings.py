"""The settings of `make up`, read from the environment."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.errors import CannotRunError

ROOT = Path(__file__).resolve().parent.parent
BUCKET = "vitrine"
SERVICES = ("upload", "catalog", "download")

# Variables that are passed on to the services unchanged if they are set.
PASSED_THROUGH = (
    "LOG_LEVEL",
    "MAX_UPLOAD_BYTES",
    "UPLOAD_BUDGET",
    "STAGING_HOURS",
    "UPLOAD_KEY",
    "OPEN_UPLOADS",
    "COMPANION",
    "ADMIN_TOKEN",
    "WORKERS",
    "THREADS",
)

MIN_UPLOAD_KEY_LENGTH = 16
"""The upload service wants as many (services/upload/settings.py). Checked here too, so that the start stops at once."""

# An IPv4 address or a host name. It becomes part of URLs and of the servers' configuration.
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
# Folders are written into the configuration of nginx and the supervisor, where these characters have a meaning.
_TROUBLE = re.compile(r"[\x00-\x1f\x7f\"'\\$;#{}]")


@dataclass(frozen=True)
class Settings:
    """One local installation. All ports are TCP; `data` is absolute."""

    port: int
    s3_port: int
    redis_port: int
    data: Path
    public_host: str
    replicas: int
    auth_url: str
    auth_sign_in: str
    passed_through: Mapping[str, str]

    @property
    def run(self) -> Path:
        """Folder for sockets and rendered configuration, recreated at each start and private to the user."""
        return self.data / "run"

    @property
    def logs(self) -> Path:
        """Folder with one rotated log file per part."""
        return self.data / "logs"

    @property
    def hosts(self) -> tuple[str, ...]:
        """The host names of the gateway."""
        return ("localhost", "127.0.0.1", *([self.public_host] if self.public_host else []))

    @property
    def origins(self) -> tuple[str, ...]:
        """The origins of the page."""
        return tuple(f"http://{host}:{self.port}" for host in self.hosts)

    @property
    def s3_public_endpoint(self) -> str:
        """The URL of S3 for browsers."""
        return f"http://{self.public_host or '127.0.0.1'}:{self.s3_port}"

    @property
    def listen_address(self) -> str:
        """The address on which the gateway and S3 listen."""
        return "0.0.0.0" if self.public_host else "127.0.0.1"


def parse(environment: Mapping[str, str]) -> Settings:
    """Read the settings. Raises CannotRunError that names the invalid variable."""
    ports = {
        "PORT": _number(environment, "PORT", 8080, 65535),
        "S3_PORT": _number(environment, "S3_PORT", 8333, 65535),
        "REDIS_PORT": _number(environment, "REDIS_PORT", 6390, 65535),
    }
    for name, port in ports.items():
        for other, same in ports.items():
            if name < other and port == same:
                raise CannotRunError(f"{name} and {other} are both {port}; give them different ports.")
    public_host = environment.get("PUBLIC_HOST", "")
    if public_host and (not _HOST.fullmatch(public_host) or public_host in ("localhost", "0.0.0.0")):
        raise CannotRunError(
            f"PUBLIC_HOST={public_host} is not a name or IPv4 address by which others reach this machine."
        )
    passed_through = {name: environment[name] for name in PASSED_THROUGH if environment.get(name)}
    for name, value in passed_through.items():
        if re.search(r"[\x00-\x1f\x7f\"']", value):
            raise CannotRunError(f"{name} must not contain quotes or control characters.")
    if 0 < len(passed_through.get("UPLOAD_KEY", "")) < MIN_UPLOAD_KEY_LENGTH:
        raise CannotRunError(
            f"UPLOAD_KEY is too short to resist guessing: use {MIN_UPLOAD_KEY_LENGTH} or more characters."
        )
    if public_host and "UPLOAD_KEY" not in passed_through and passed_through.get("OPEN_UPLOADS") != "true":
        raise CannotRunError(
            "With PUBLIC_HOST everyone on the network could upload: set UPLOAD_KEY, "
            "or OPEN_UPLOADS=true if you want that."
        )
    data = Path(environment.get("DATA_DIR") or ".data").expanduser().absolute()
    for name, folder in (("DATA_DIR", data), ("The project's folder", ROOT)):
        if trouble := _TROUBLE.search(str(folder)):
            raise CannotRunError(f"{name} has the character {trouble[0]!r} in its path; choose another folder.")
    return Settings(
        port=ports["PORT"],
        s3_port=ports["S3_PORT"],
        redis_port=ports["REDIS_PORT"],
        data=data,
        public_host=public_host,
        replicas=_number(environment, "REPLICAS", 2, 32),
        auth_url=_auth_url(environment.get("AUTH_URL", "")),
        auth_sign_in=_auth_sign_in(environment.get("AUTH_SIGN_IN", "")),
        passed_through=passed_through,
    )


def _auth_url(text: str) -> str:
    if text and not re.fullmatch(r"https?://[0-9.]+(:[0-9]+)?(/[\w./-]*)?", text, re.ASCII):
        raise CannotRunError(
            f"AUTH_URL={text} is not a URL with an IPv4 address, such as http://127.0.0.1:4180/oauth2/auth; "
            "the gateway of make up does not resolve names."
        )
    return text


def _auth_sign_in(text: str) -> str:
    if text and not re.fullmatch(r"(https?://[\w.:-]+)?/[\w./?=&%:-]*", text, re.ASCII):
        raise CannotRunError(f"AUTH_SIGN_IN={text} is not a URL or a path, such as /oauth2/start?rd=")
    return text


def _number(environment: Mapping[str, str], name: str, default: int, most: int) -> int:
    text = environment.get(name, "")
    if not text:
        return default
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 1 <= int(text) <= most:
        raise CannotRunError(f"{name}={text} is not a number from 1 to {most}.")
    return int(text)
