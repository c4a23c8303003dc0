"""The first step of every make target: a virtual environment with exactly the packages of a requirements file.

Usage: python3 local/bootstrap.py FOLDER REQUIREMENTS. It runs with whatever Python the machine has, before
anything is installed, so it uses the standard library alone.
"""

from __future__ import annotations

import ctypes
import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from local.parent import ParentWatch

OLDEST = (3, 11)


class CannotInstallError(Exception):
    """One sentence for the person at the terminal."""


def wanted_stamp(requirements: Path) -> str:
    """Return what identifies an environment: the pinned packages and the Python they are for."""
    summed = hashlib.sha256(requirements.read_bytes()).hexdigest()
    return f"{summed} {sys.version_info.major}.{sys.version_info.minor} {sys.base_prefix}\n"


def install(folder: Path, requirements: Path) -> None:
    """Make `folder` an environment with these packages, unless it is one already."""
    stamp = folder / ".installed"
    wanted = wanted_stamp(requirements)
    if _text(stamp) == wanted:
        return
    watch = ParentWatch()
    with Path(f"{folder}.lock").open("w") as lock:
        _wait_for(lock, watch)
        if _text(stamp) == wanted:  # another make did it meanwhile
            return
        if _text(stamp).partition(" ")[2] != wanted.partition(" ")[2]:  # none, half of one, or another Python's
            if folder.exists():
                shutil.rmtree(folder)
            _say(f"making the Python environment {folder.name} …")
            _run([sys.executable, "-m", "venv", str(folder)], watch, _venv_fault)
        _say(f"installing {_count(requirements)} pinned packages (half a minute or so, once) …")
        _run(
            [
                str(folder / "bin/python"),
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "--require-hashes",
                "--only-binary=:all:",  # a source package would run its own code, and want a compiler
                "--requirement",
                str(requirements),
            ],
            watch,
            lambda output: f"the packages could not be installed; pip says:\n{output[-1500:]}",
        )
        stamp.write_text(wanted, "utf-8")


def _count(requirements: Path) -> int:
    lines = requirements.read_text("utf-8").splitlines()
    return sum(1 for line in lines if "==" in line and not line.startswith((" ", "#")))


def _venv_fault(output: str) -> str:
    if "ensurepip" in output or "No module named venv" in output:
        return "Python's venv module is missing; install it (Debian and Ubuntu: apt install python3-venv)."
    return f"the Python environment could not be made: {output.strip()[-500:]}"


def _run(command: list[str], watch: ParentWatch, explain: Callable[[str], str]) -> None:
    """Run a command that dies with us; raise what `explain` makes of its output when it fails."""
    libc = ctypes.CDLL(None)
    next_word = time.monotonic() + 10
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=lambda: libc.prctl(1, signal.SIGKILL),  # noqa: PLW1509 - PR_SET_PDEATHSIG; one thread
    )
    try:
        while True:
            try:
                output, _ = process.communicate(timeout=0.2)
                break
            except subprocess.TimeoutExpired:
                if watch.ended():
                    raise CannotInstallError("stopped.") from None
                if time.monotonic() > next_word:
                    _say("  … still at it")
                    next_word = time.monotonic() + 10
    except BaseException:
        process.kill()
        process.wait()
        raise
    if process.returncode:
        raise CannotInstallError(explain(output))


def _wait_for(file: IO[str], watch: ParentWatch) -> None:
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if watch.ended():
                raise CannotInstallError("stopped.") from None
            time.sleep(0.2)


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError:
        return ""


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main(arguments: list[str]) -> int:
    """Run the command and return its exit status."""
    if sys.version_info < OLDEST:
        _say(
            f"make: Python {OLDEST[0]}.{OLDEST[1]} or newer is needed and this is {sys.version.split()[0]};"
            " name another with PYTHON=."
        )
        return 1
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    signal.signal(signal.SIGHUP, lambda *_: sys.exit(1))
    try:
        install(Path(arguments[0]), Path(arguments[1]))
    except CannotInstallError as error:
        _say(f"make: {error}")
        return 1
    except OSError as error:
        _say(f"make: {error.filename}: {error.strerror}.")
        return 1
    except KeyboardInterrupt:
        return 1
    return 0


if __name__ == "__main__":
    os.umask(0o022)
    sys.exit(main(sys.argv[1:]))
