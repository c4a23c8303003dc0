"""Builds the page when its sources have changed. Node comes from a wheel, so nobody has to install it."""

import ctypes
import fcntl
import hashlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from local import tools
from local.errors import CannotRunError

_LIBC = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1
# Files and folders in frontend/ that do not affect the build.
_NOT_SOURCES = {"node_modules", "dist", "dist.new", "dist.old", "test", "test-results"}
_INSTALL = ("ci", "--ignore-scripts", "--no-audit", "--no-fund")
_INSTALLED, _BUILT = "node_modules/.installed-from", "node_modules/.built-from"


def digest(folder: Path, names: set[str] | None = None) -> str:
    """Return a hash of the names and contents of the files below `folder`, or of the named files in it."""
    summed = hashlib.sha256()
    for path in sorted(_files(folder, names)):
        content = path.read_bytes()
        summed.update(f"{path.relative_to(folder)}\0{len(content)}\0".encode())
        summed.update(content)
    return summed.hexdigest()


def npm(folder: Path, environment: Mapping[str, str], *arguments: str) -> int:
    """Install npm's packages, then run npm with these arguments, if any, at the terminal. Return its exit status."""
    with _alone(folder, lambda: None):
        node, cli = tools.find_program("NODE", environment), tools.npm_cli(environment)
        own = _with_node(environment, node)
        packages = _packages(folder, node)
        if _stamp(folder / _INSTALLED) != packages:
            if status := subprocess.call([str(node), str(cli), *_INSTALL], cwd=folder, env=own):
                return status
            (folder / _INSTALLED).write_text(packages, "ascii")
        return subprocess.call([str(node), str(cli), *arguments], cwd=folder, env=own) if arguments else 0


def build(
    folder: Path,
    log: Path,
    environment: Mapping[str, str],
    say: Callable[[str], None],
    check: Callable[[], None],
) -> None:
    """Bring `folder`/dist up to date; simultaneous calls take turns.

    `check` is called during waits and may raise to end them. Raises CannotRunError if a step fails.
    """
    with _alone(folder, check):
        node, cli = tools.find_program("NODE", environment), tools.npm_cli(environment)
        # Without Node's path: it differs between environments, and each would rebuild the page of the other.
        packages, sources = _packages(folder, node), digest(folder)
        if not (folder / "dist/index.html").is_file() or _stamp(folder / _BUILT) != sources:
            own = _with_node(environment, node)
            if _stamp(folder / _INSTALLED) != packages:
                say("installing the packages that build the page (once, a minute or so) …")
                _run([str(node), str(cli), *_INSTALL], folder, log, own, check, "npm ci")
                (folder / _INSTALLED).write_text(packages, "ascii")
            say("building the page …")
            _run([str(node), str(cli), "run", "build"], folder, log, own, check, "npm run build")
            (folder / _BUILT).write_text(sources, "ascii")


def _packages(folder: Path, node: Path) -> str:
    return digest(folder, {"package.json", "package-lock.json"}) + str(node)


def _with_node(environment: Mapping[str, str], node: Path) -> dict[str, str]:
    """Return the environment with this Node first in PATH, because npm's scripts look for it there."""
    return {**environment, "PATH": f"{node.parent}:{environment.get('PATH', os.defpath)}"}


def _files(folder: Path, names: set[str] | None) -> Iterator[Path]:
    for entry in folder.iterdir():
        if (entry.name in _NOT_SOURCES) if names is None else (entry.name not in names):
            continue
        if entry.is_dir():
            yield from (path for path in entry.rglob("*") if path.is_file())
        elif entry.is_file():
            yield entry


def _stamp(path: Path) -> str:
    try:
        return path.read_text("ascii")
    except (OSError, UnicodeError):
        return ""


@contextmanager
def _alone(folder: Path, check: Callable[[], None]) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                check()
                time.sleep(0.1)
        yield
    finally:
        os.close(descriptor)


def _run(
    command: list[str],
    folder: Path,
    log: Path,
    environment: Mapping[str, str],
    check: Callable[[], None],
    name: str,
) -> None:
    with log.open("wb") as output:
        try:
            process = subprocess.Popen(
                command,
                cwd=folder,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                preexec_fn=lambda: _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL),  # noqa: PLW1509 - one thread
                process_group=0,
            )
        except OSError as error:
            raise CannotRunError(f"{command[0]} cannot be run: {error.strerror}.") from None
        try:
            while True:
                try:
                    status = process.wait(0.1)
                    break
                except subprocess.TimeoutExpired:
                    check()
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise
    if status:
        last = log.read_text("utf-8", "replace").strip().splitlines()[-8:]
        raise CannotRunError(f"{name} failed; the end of {log} says:\n" + "\n".join(last))
