"""A host with Docker and any Python can update with no request lost."""

import subprocess
import sys

from local.settings import ROOT


def test_it_needs_no_package() -> None:
    """-S leaves out what is installed: such a host has no environment of ours."""
    asked = [sys.executable, "-S", "-c", "import local.rolling"]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
