"""A test is skipped only for what a machine may lack, and the run says what and why."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.outcome import OPTIONAL

ROOT = Path(__file__).parents[1]

PLUGINS = ("no:cacheprovider", "pytest_socket", "pytest_timeout", "xdist.plugin")

MARKED = """
import pytest
@pytest.mark.corpus
@pytest.mark.parametrize("number", [1, 2])
def test_marked(number): pass
"""
PROBING = """
from tests.support.outcome import lacking
def test_probing(): lacking("CONTAINERS", "no engine answers")
"""
OF_ITS_OWN = """
import pytest
def test_of_its_own(): pytest.skip("no time")
"""
WHOLE_FILE = """
from tests.support.leaving import leave
leave()
"""
LEAVING = """
import pytest
def leave(): pytest.skip("no time", allow_module_level=True)
"""


@pytest.fixture
def run(tmp_path: Path) -> "Run":
    """Runs pytest as it is set up here over the files that a test gives."""
    return Run(tmp_path)


class Run:
    """A project of its own with the settings and the conftest.py of this one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "tests" / "support").mkdir(parents=True)
        for name in (
            "pyproject.toml",
            "tests/conftest.py",
            *(f"tests/support/{name}.py" for name in ("noisy", "order", "outcome")),
        ):
            shutil.copy(ROOT / name, folder / name)

        (folder / "tests" / "support" / "leaving.py").write_text(LEAVING)

    def __call__(self, *files: str, processes: int = 0, **variables: str) -> tuple[int, list[str]]:
        """The exit status and the lines of the log."""
        for number, text in enumerate(files):
            (self.folder / "tests" / f"test_{number}.py").write_text(text)
        environment = {
            name: value for name, value in os.environ.items() if name not in OPTIONAL and not name.startswith("PYTEST_")
        }
        variables["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # some take seconds to load
        command = [sys.executable, "-m", "pytest", "-n", str(processes)]
        command += (word for name in PLUGINS for word in ("-p", name))
        ran = subprocess.run(
            command, cwd=self.folder, env={**environment, **variables}, capture_output=True, text=True, check=False
        )
        return ran.returncode, ran.stdout.splitlines()


def test_each_kind_of_skip_is_named_with_its_count_and_reason(run: Run) -> None:
    status, log = run(MARKED, PROBING)
    assert status == 0
    assert f"skipped 2: no CORPUS: {OPTIONAL['CORPUS']}" in log
    assert f"skipped 1: no CONTAINERS: {OPTIONAL['CONTAINERS']}" in log
    assert "outcome: 0 passed, 0 failed, 3 skipped, 0 run twice" in log


def test_what_a_variable_says_is_there_is_not_skipped(run: Run) -> None:
    status, log = run(MARKED, PROBING, CORPUS="/pictures", CONTAINERS="required")
    assert status == 1
    assert "CONTAINERS is set, but no engine answers" in log
    assert "outcome: 2 passed, 1 failed, 0 skipped, 0 run twice" in log


@pytest.mark.parametrize("processes", [0, 1])
def test_any_other_skip_fails_the_run(run: Run, processes: int) -> None:
    """Also where another process runs the tests, and where files are skipped whole, at one and the same line."""
    status, log = run(MARKED, OF_ITS_OWN, WHOLE_FILE, WHOLE_FILE, processes=processes)
    assert status == 1
    assert f"skipped 2: no CORPUS: {OPTIONAL['CORPUS']}" in log
    named = {line.split(":")[0] for line in log if line.startswith("UNEXPECTED SKIP")}
    assert named == {f"UNEXPECTED SKIP tests/test_{number}.py" for number in (1, 2, 3)}
