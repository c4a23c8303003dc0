"""Which tests may be skipped, and why. Every other skip fails the run."""

import os
from collections import Counter
from collections.abc import Iterable
from typing import NoReturn

import pytest

OPTIONAL = {
    "CONTAINERS": "a container engine and base images are not on every machine; CI requires them",
    "CORPUS": "real picture files are not on every machine; CI has them",
    "EXIFTOOL": "exiftool is not on every machine; CI installs it",
    "MOUNT": "only root may mount a small disk, and not everywhere",
}
"""Things that a machine may lack: the variable that says that the machine has it, and why it may be missing.

Each name in lower case is also a marker. A test with the marker runs only if the variable is set. A test that can find
out by itself calls `lacking` instead. If the variable is set, neither may skip.
"""


def lacking(variable: str, finding: str = "") -> NoReturn:
    """Skip the calling test, because this machine lacks something. Fail it if the variable says that it is there.

    `finding` says in the log what the test found missing.
    """
    if os.environ.get(variable):
        pytest.fail(f"{variable} is set, but {finding}", pytrace=False)
    pytest.skip(_reason(variable) + (f" ({finding})" if finding else ""))


def unexpected(skipped: dict[str, str]) -> list[str]:
    """Return the ids of skipped tests that must not be skipped. `skipped` has the reason of each."""
    return [nodeid for nodeid, reason in skipped.items() if _kind(reason) is None]


def kinds(reasons: Iterable[str]) -> list[str]:
    """Return a line for each allowed kind of skip, with its count and its reason."""
    counted = Counter(kind for reason in reasons if (kind := _kind(reason)))
    return [f"skipped {count}: {_reason(variable)}" for variable, count in sorted(counted.items())]


def _reason(variable: str) -> str:
    return f"no {variable}: {OPTIONAL[variable]}"


def _kind(reason: str) -> str | None:
    """Return the variable that the reason of a skip names, or None."""
    return next((variable for variable in OPTIONAL if reason.startswith(f"Skipped: {_reason(variable)}")), None)
