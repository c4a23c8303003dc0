"""Only a test that is marked `noisy`, with a reason, runs a second time when it was too slow; and the run says so."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.noisy import reason_of

ROOT = Path(__file__).resolve().parents[1]


def test_only_a_noisy_test_runs_twice(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "tests/support/samples/noisy.py"],
        cwd=ROOT,
        env={**os.environ, "NOISY_SAMPLES": str(tmp_path), "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == pytest.ExitCode.TESTS_FAILED, done.stderr
    assert "outcome: 1 passed, 2 failed, 0 skipped, 1 run twice" in done.stdout
    assert "RUN TWICE tests/support/samples/noisy.py::test_marked: an example" in done.stdout
    for name in ("test_marked_with_another_fault", "test_not_marked"):
        assert f"FAILED tests/support/samples/noisy.py::{name}" in done.stdout


@pytest.mark.parametrize("marker", [pytest.mark.noisy, pytest.mark.noisy(""), pytest.mark.noisy(reruns=3)])
def test_a_noisy_test_needs_a_reason(marker: pytest.MarkDecorator) -> None:
    with pytest.raises(pytest.UsageError, match="reason"):
        reason_of(marker.mark)
