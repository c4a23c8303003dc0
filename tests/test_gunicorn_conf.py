"""What gunicorn is told is code, so it is tested: it reads no app and writes nowhere unexpected."""

import ast
import runpy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.http import wsgi

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
        "wsgi",
    }
    assert names <= known


def test_it_imports_nothing_of_the_app() -> None:
    tree = ast.parse(CONFIGURATION.read_text())
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names])
        if name
    }
    assert imported <= {"ctypes", "os", "signal", "socket", "pathlib", "typing", "gunicorn", "prometheus_client"}


class Wire:
    """A socket that remembers what each call sent."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def sendall(self, data: bytes) -> None:
        self.sent.append(data)


def answer(headers: list[tuple[str, str]], *chunks: bytes, method: str = "GET") -> list[bytes]:
    """What goes over the wire, call by call, for a view that gives these headers and chunks."""
    wire = Wire()
    request = SimpleNamespace(method=method, version=(1, 1), should_close=lambda: False)
    made = load()["_WholeAnswer"](request, wire, Config())
    made.start_response("200 OK", headers)
    for chunk in chunks:
        made.write(chunk)
    made.close()
    return wire.sent


def test_an_answer_goes_out_in_one_piece() -> None:
    (sent,) = answer([("Content-Length", "5"), ("X-A", "é")], b"hello")
    head, _, body = sent.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"Content-Length: 5\r\nX-A: \xe9" in head
    assert body == b"hello"


@pytest.mark.parametrize(
    ("headers", "chunks", "method", "after"),
    [
        ([("Content-Length", "0")], [b""], "GET", [b""]),
        ([("Content-Length", "0")], [], "GET", [b""]),
        ([("Content-Length", "5")], [b"hello"], "HEAD", [b""]),
        ([("Content-Length", "5")], [b"he", b"", b"llo"], "GET", [b"he", b"llo"]),
        ([], [b"he", b"llo"], "GET", [b"", b"2\r\nhe\r\n", b"3\r\nllo\r\n", b"0\r\n\r\n"]),
        ([], [], "GET", [b"", b"0\r\n\r\n"]),
    ],
    ids=["empty", "no chunk", "no body", "some chunks", "no length", "no length, no chunk"],
)
def test_a_head_goes_out_once_and_first(
    headers: list[tuple[str, str]], chunks: list[bytes], method: str, after: list[bytes]
) -> None:
    first, *others = answer(headers, *chunks, method=method)
    head, end, rest = first.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert end
    assert [rest, *[sent for sent in others if sent]] == after


def test_every_worker_answers_so_and_the_master_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """The master reads the configuration again at each reload: it must not build on what it set before."""
    monkeypatch.setattr(wsgi, "Response", before := wsgi.Response)
    loaded = load()
    assert wsgi.Response is before
    worker = SimpleNamespace(wsgi=SimpleNamespace(extensions={"readiness": SimpleNamespace(fail=lambda: None)}))
    with monkeypatch.context() as patched:
        patched.setattr("signal.signal", lambda *_: None)
        patched.setattr("signal.pthread_sigmask", lambda *_: None)
        loaded["post_worker_init"](worker)
    assert wsgi.Response is loaded["_WholeAnswer"]
