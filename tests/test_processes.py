"""Programs that tests start hear the terminal's signals, also where the shell around the tests ignores them."""

import signal
import sys
from pathlib import Path

import pytest

from tests.support.processes import start

HEARS = """
import signal, sys
sys.exit(signal.getsignal(signal.Signals[sys.argv[1]]) == signal.SIG_IGN)
"""


@pytest.mark.parametrize("name", ["SIGHUP", "SIGINT", "SIGQUIT"])
def test_a_program_hears_what_its_parent_ignores(name: str, tmp_path: Path) -> None:
    number = signal.Signals[name]
    before = signal.signal(number, signal.SIG_IGN)
    try:
        process = start([sys.executable, "-c", HEARS, name], tmp_path / "log", {})
        assert process.wait(20) == 0
    finally:
        signal.signal(number, before)
