"""The first step of every make target installs the pinned packages, or explains in one sentence why it cannot."""

import errno
import fcntl
import hashlib
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import pytest

from tests.support.gallery import ROOT

SECONDS = 100

T = TypeVar("T")


def _start(folder: Path, requirements: Path, environment: Mapping[str, str]) -> subprocess.Popen[str]:
    """Start the first step with only these pip settings."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    return subprocess.Popen(
        [sys.executable, "local/bootstrap.py", str(folder), str(requirements)],
        cwd=ROOT,
        env={**ours, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Wait for the end; return the exit status, standard output and standard error."""
    output, errors = process.communicate(timeout=SECONDS)
    assert "Traceback" not in errors
    return process.returncode, output, errors


class Mirror:
    """A folder with one tiny package, and a user configuration that makes it pip's only source."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        wheel = folder / "tiny-1.0-py3-none-any.whl"
        metadata = {"METADATA": "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n", "RECORD": ""}
        metadata["WHEEL"] = "Wheel-Version: 1.0\nGenerator: a test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr("tiny.py", "")
            for name, text in metadata.items():
                archive.writestr(f"tiny-1.0.dist-info/{name}", text)
        configuration = folder / "pip" / "pip.conf"
        configuration.parent.mkdir()
        configuration.write_text(f"[global]\nno-index = true\nfind-links = {folder}\n")
        self.environment = {"XDG_CONFIG_HOME": str(folder)}
        self.requirements = folder / "requirements.txt"
        self.requirements.write_text(f"tiny==1.0 --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n")


@pytest.fixture
def mirror(tmp_path: Path) -> Mirror:
    return Mirror(tmp_path / "mirror")


def test_two_starts_at_once_install_once_and_the_next_start_does_nothing(mirror: Mirror, tmp_path: Path) -> None:
    folder = tmp_path / "environment"
    starts = [_start(folder, mirror.requirements, mirror.environment) for _ in range(2)]
    ends = [_ended(start) for start in starts]
    assert [(status, output) for status, output, _ in ends] == [(0, "")] * 2
    assert "".join(errors for _, _, errors in ends).count("Successfully installed tiny") == 1
    subprocess.run([folder / "bin/python", "-c", "import tiny"], check=True)

    assert _ended(_start(folder, mirror.requirements, {"PIP_NO_INDEX": "true"})) == (0, "", "")


def test_an_environment_that_was_never_finished_is_made_anew(mirror: Mirror, tmp_path: Path) -> None:
    """The pins have no hash, so the installation fails. The old packages are gone, and the next start tries again."""
    folder = tmp_path / "environment"
    old = folder / "bin/old"
    old.parent.mkdir(parents=True)
    old.touch()
    mirror.requirements.write_text("tiny==1.0\n")
    status, output, errors = _ended(_start(folder, mirror.requirements, mirror.environment))
    assert (status, output) == (1, "")
    assert "Hashes are required" in errors
    assert errors.splitlines()[-1].startswith(f"make: pip could not install {mirror.requirements}; ")
    assert not old.exists()
    assert not (folder / ".installed").exists()


def test_other_pins_that_cannot_be_installed_leave_the_environment_as_it_was(mirror: Mirror, tmp_path: Path) -> None:
    """A gallery may run from it, and with the old pins again nothing has to be installed."""
    folder, old = tmp_path / "environment", mirror.requirements.read_text()
    assert _ended(_start(folder, mirror.requirements, mirror.environment))[0] == 0
    mirror.requirements.write_text("tiny==2.0 --hash=sha256:" + "0" * 64 + "\n")
    assert _ended(_start(folder, mirror.requirements, mirror.environment))[0] == 1
    subprocess.run([folder / "bin/python", "-c", "import tiny"], check=True)
    mirror.requirements.write_text(old)
    assert _ended(_start(folder, mirror.requirements, {"PIP_NO_INDEX": "true"})) == (0, "", "")


class HungPip:
    """A start whose pip hangs: it reads its configuration from a FIFO that nobody has written to."""

    def __init__(self, mirror: Mirror, folder: Path) -> None:
        self._lock = Path(f"{folder}.lock")
        self._fifo = folder.with_name("fifo")
        os.mkfifo(self._fifo)
        source = {"PIP_NO_INDEX": "true", "PIP_FIND_LINKS": str(mirror.requirements.parent)}
        self.start = _start(folder, mirror.requirements, {"PIP_CONFIG_FILE": str(self._fifo), **source})
        self._writer = _wait_for(self._open_for_writing)

    def runs(self) -> bool:
        """Whether pip is running: it then holds the lock."""
        with self._lock.open() as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def let_it_go_on(self) -> None:
        """Finish the configuration each time pip reads it, until pip has ended."""
        os.close(self._writer)
        _wait_for(lambda: not self.runs() or self._end_reading())

    def _open_for_writing(self) -> int | None:
        try:
            return os.open(self._fifo, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            assert error.errno == errno.ENXIO  # nobody is reading it
            return None

    def _end_reading(self) -> None:
        if writer := self._open_for_writing():
            os.close(writer)


def _wait_for(condition: Callable[[], T | None]) -> T:
    deadline = time.monotonic() + SECONDS
    while not (value := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return value


def test_a_start_that_is_terminated_ends_its_pip(mirror: Mirror, tmp_path: Path) -> None:
    pip = HungPip(mirror, tmp_path / "environment")
    assert pip.runs()
    pip.start.terminate()
    assert _ended(pip.start)[0] == 1
    assert not pip.runs()


def test_a_start_that_is_killed_leaves_the_lock_to_its_pip(mirror: Mirror, tmp_path: Path) -> None:
    """The next start waits for the lock, so two pips never fill one folder."""
    pip = HungPip(mirror, tmp_path / "environment")
    pip.start.kill()
    pip.start.wait(SECONDS)
    assert pip.runs()
    pip.let_it_go_on()
    pip.start.communicate(timeout=SECONDS)


def test_without_the_venv_module_one_sentence_says_what_to_install(mirror: Mirror, tmp_path: Path) -> None:
    """Debian's python3 lacks ensurepip; the package python3-venv provides it."""
    (tmp_path / "ensurepip.py").write_text("raise ModuleNotFoundError\n")
    status, _, errors = _ended(_start(tmp_path / "environment", mirror.requirements, {"PYTHONPATH": str(tmp_path)}))
    assert status == 1
    assert errors.splitlines()[-1].endswith("apt install python3-venv).")


def test_a_folder_that_cannot_be_written_is_named(mirror: Mirror) -> None:
    status, _, errors = _ended(_start(Path("/dev/null/environment"), mirror.requirements, {}))
    assert status == 1
    assert errors.splitlines()[-1] == "make: /dev/null/environment.lock: Not a directory."


def test_an_old_python_is_named() -> None:
    program = "import runpy, sys; sys.version_info = (3, 10, 9); runpy.run_path(sys.argv[1], run_name='__main__')"
    done = subprocess.run(
        [sys.executable, "-c", program, "local/bootstrap.py"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("make: Python 3.11 or newer is needed, and ")
    assert done.stderr.count("\n") == 1
