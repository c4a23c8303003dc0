"""Make a virtual environment with the pinned packages of a requirements file: the first step of every make target.

Usage: python3 local/bootstrap.py FOLDER REQUIREMENTS

It runs before anything is installed, so it uses the standard library alone. pip reads the user's configuration, so
mirrors and proxies work.
"""

import fcntl
import hashlib
import os
import signal
import subprocess
import sys
from pathlib import Path

OLDEST = (3, 11)


def install(folder: Path, requirements: Path) -> None:
    """Make `folder` an environment with exactly these packages, unless it is one already.

    Raises SystemExit with a sentence for the person at the terminal, or OSError if a file cannot be read or written.
    """
    pins = hashlib.sha256(requirements.read_bytes()).hexdigest()
    python = f"{sys.version_info[0]}.{sys.version_info[1]} {sys.base_prefix}\n"
    stamp, wanted = folder / ".installed", f"{pins} {python}"
    if _text(stamp) == wanted:
        return
    print(f"installing {requirements} into {folder} (once, half a minute or so) …", file=sys.stderr, flush=True)
    with Path(f"{folder}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _text(stamp) == wanted:  # another make installed it meanwhile
            return
        if _text(stamp).partition(" ")[2] != python:  # an environment that was never finished has no stamp
            stamp.unlink(missing_ok=True)
            _make_environment(folder)
        # Other pins are installed in place, because a gallery may run from here. The old stamp stays until pip is done:
        # pip gets all packages before it changes any.
        _install_packages(folder, requirements, lock.fileno())
        stamp.write_text(wanted, "utf-8")


def _make_environment(folder: Path) -> None:
    try:
        import ensurepip  # noqa: F401, PLC0415 - Debian ships it, and parts of venv, apart from Python
        import venv  # noqa: PLC0415
    except ImportError:
        sys.exit("make: Python's venv module is missing; install it (Debian and Ubuntu: apt install python3-venv).")
    try:
        venv.create(folder, clear=True, symlinks=True, with_pip=True)
    except subprocess.CalledProcessError as error:
        sys.exit(f"make: Python could not install pip into {folder}:\n{error.output.decode(errors='replace')}")


def _install_packages(folder: Path, requirements: Path, lock: int) -> None:
    command = [str(folder / "bin/python"), "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
    # A source package would run code of its own and want a compiler.
    command += ["--require-hashes", "--only-binary=:all:", "--requirement", str(requirements)]
    # If we are killed, pip runs on and keeps the lock, so the next start waits for it.
    if subprocess.run(command, stdout=sys.stderr, pass_fds=[lock], check=False).returncode:
        sys.exit(
            f"make: pip could not install {requirements}; its error is above."
            " Without access to the internet, set a mirror in pip's configuration."
        )


def _text(path: Path) -> str:
    return path.read_text("utf-8") if path.exists() else ""


def main() -> None:
    """Run the command; exit with 0, or with 1 and a sentence on standard error."""
    if sys.version_info < OLDEST:
        sys.exit(
            f"make: Python 3.11 or newer is needed, and {sys.executable} is {sys.version.split()[0]};"
            " name another one with PYTHON=."
        )
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # an exception ends pip too
    try:
        install(Path(sys.argv[1]), Path(sys.argv[2]))
    except OSError as error:
        sys.exit(f"make: {error.filename}: {error.strerror}.")
    except KeyboardInterrupt:
        sys.exit(1)


if __name__ == "__main__":
    os.umask(0o022)
    main()
