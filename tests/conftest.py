"""What holds for every test: unit tests open no socket, and no test is skipped without a stated reason."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

from tests.support.noisy import TooSlow, reason_of
from tests.support.order import place
from tests.support.outcome import OPTIONAL, kinds, lacking, unexpected

if TYPE_CHECKING:
    from tests.support.gallery import Gallery

HERE = Path(__file__).parent

# Other load on the machine must fail no test, so no single example has a time limit.
settings.register_profile("steady", deadline=None)
settings.load_profile("steady")

# Folders whose tests speak to servers that they start themselves.
WITH_SERVERS = ("system", "browser", "containers", "chaos")


def pytest_configure(config: pytest.Config) -> None:
    for variable, reason in OPTIONAL.items():
        config.addinivalue_line("markers", f"{variable.lower()}: runs only where {variable} is set; {reason}")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip for want of what is optional, before any server is started for the test."""
    for variable in OPTIONAL:
        if item.get_closest_marker(variable.lower()) and not os.environ.get(variable):
            lacking(variable)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: place(PurePosixPath(item.path.relative_to(HERE.parent))))
    for item in items:
        folder = item.path.relative_to(HERE).parts[0]
        if folder in WITH_SERVERS:
            item.add_marker(pytest.mark.enable_socket)
        if noisy := item.get_closest_marker("noisy"):
            item.user_properties.append(("noisy", reason_of(noisy)))  # reports carry it to the process that prints
            item.add_marker(pytest.mark.flaky(reruns=1, only_rerun=[TooSlow.__name__]))


@pytest.fixture(scope="session")
def short_folder() -> Iterator[Path]:
    """A folder for servers whose unix sockets must have short paths, which pytest's own folders have not."""
    with tempfile.TemporaryDirectory(prefix="vt", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def gallery(short_folder: Path) -> "Iterator[Gallery]":
    """The whole system with two replicas of each service. Tests share it: leave it as you found it."""
    from tests.support.gallery import running_gallery  # unit tests need not load what starts servers

    with running_gallery(short_folder / "gallery", {"COMPANION": "true"}) as running:
        yield running


_outcomes: dict[str, list[str]] = {"passed": [], "failed": []}
_skipped: dict[str, str] = {}
"""The reason of each, by the test's id."""
_run_twice: dict[str, str] = {}
"""Why each of them may be, by the test's id."""


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.outcome == "rerun":
        _run_twice[report.nodeid] = str(dict(report.user_properties).get("noisy", "--reruns"))
    elif report.failed:
        _outcomes["failed"].append(report.nodeid)
    elif report.skipped:  # an expected failure is reported as skipped too
        _skipped[report.nodeid] = _reason(report)
    elif report.when == "call":
        _outcomes["passed"].append(report.nodeid)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    if report.skipped:
        _skipped[report.nodeid] = _reason(report)


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    """The words of a skip: the last of file, line and reason."""
    return report.longrepr[-1] if isinstance(report.longrepr, tuple) else str(report.longrepr)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what only the process that ran the tests knows: files that were skipped whole."""
    _skipped.update(node.workeroutput.get("skipped", {}))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["skipped"] = _skipped
    if exitstatus == pytest.ExitCode.OK and unexpected(_skipped):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any) -> None:
    for nodeid in unexpected(_skipped):
        terminalreporter.write_line(f"UNEXPECTED SKIP {nodeid}: allow it in tests/support/outcome.py or mend it")
    for line in kinds(_skipped.values()):
        terminalreporter.write_line(line)
    for nodeid, reason in _run_twice.items():
        terminalreporter.write_line(f"RUN TWICE {nodeid}: {reason}")
    outcomes = {**_outcomes, "skipped": _skipped, "run twice": _run_twice}
    counts = ", ".join(f"{len(ids)} {outcome}" for outcome, ids in outcomes.items())
    terminalreporter.write_line(f"outcome: {counts}")
