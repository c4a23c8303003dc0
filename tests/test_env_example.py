""".env.example names every variable that anything reads, and nothing that nothing reads."""

import ast
import re
from pathlib import Path

import msgspec

from download.settings import DownloadSettings
from local import settings as local_settings
from upload.settings import UploadSettings

ROOT = Path(__file__).parent.parent
EXAMPLE = (ROOT / ".env.example").read_text()


def test_every_variable_is_explained() -> None:
    documented = set(re.findall(r"^([A-Z0-9_]+)=", EXAMPLE, re.MULTILINE))
    services = {
        field.name.upper()
        for settings in (UploadSettings, DownloadSettings)
        for field in msgspec.structs.fields(settings)
    }
    services |= read_from_environment(ROOT / "services" / "common" / "settings.py")
    gunicorn = read_from_environment(ROOT / "services" / "gunicorn.conf.py")
    up = read_from_environment(ROOT / "local" / "settings.py") | {"NODE", "WEED", "VALKEY", "NGINX"}
    up |= {"PORT", "S3_PORT", "REDIS_PORT", "REPLICAS"} | set(local_settings.PASSED_THROUGH)
    compose = {
        name for file in ROOT.glob("docker-compose*.yml") for name in re.findall(r"\$\{([A-Z0-9_]+)", file.read_text())
    }
    assert documented == services | gunicorn | up | compose


def test_no_sample_value_is_a_usable_secret() -> None:
    for name, value in re.findall(
        r"^([A-Z0-9_]*(?:SECRET|KEYS|TOKEN|PASSWORD)[A-Z0-9_]*)=(.*)$", EXAMPLE, re.MULTILINE
    ):
        assert value in ("", "change-me"), name


def read_from_environment(file: Path) -> set[str]:
    """The names that a Python file asks os.environ or a mapping of it for."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        match node:
            case ast.Call(func=ast.Attribute(attr="get"), args=[ast.Constant(value=str(name)), *_]) if name.isupper():
                found.add(name)
    return found
