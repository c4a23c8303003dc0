"""What gunicorn is told is code, so it is tested: it reads no app and writes nowhere unexpected."""

import ast
import runpy
from pathlib import Path
from typing import Any

import pytest

CONFIGURATION = Path(__file__).parent.parent / "services" / "gunicorn.conf.py"


def load() -> dict[str, Any]:
    return runpy.run_path(str(CONFIGURATION))


def test_the_environment_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIND", "unix:/somewhere/upload.sock")
    monkeypatch.setenv("WORKERS", "3")
    monkeypatch.setenv("THREADS", "5")
    loaded = load()
    assert (loaded["bind"], loaded["workers"], loaded["threads"]) == ("unix:/somewhere/upload.sock", 3, 5)


def test_it_writes_no_control_socket_and_no_access_line_of_its_own() -> None:
    loaded = load()
    assert loaded["control_socket_disable"] is True
    assert loaded["accesslog"] is None


def test_every_setting_is_one_of_gunicorns() -> None:
    """A misspelled one would be ignored without a word."""
    from gunicorn.config import KNOWN_SETTINGS

    known = {setting.name for setting in KNOWN_SETTINGS}
    names = {name for name in load() if name.islower() and not name.startswith("_")} - {
        "ctypes",
        "os",
        "signal",
        "socket",
    }
    assert names <= known


def test_it_imports_nothing_of_the_app_or_of_gunicorn() -> None:
    """Not of gunicorn, so that it replaces nothing there."""
    tree = ast.parse(CONFIGURATION.read_text())
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names])
        if name
    }
    assert imported <= {"ctypes", "os", "signal", "socket", "pathlib", "typing", "prometheus_client"}
