"""Which tests may be skipped, and why. Every other skip fails the run."""

import os
from collections import Counter
from collections.abc import Iterable
from typing import NoReturn

import pytest

OPTIONAL = {
    "CONTAINERS": "a container engine and base images are not on every machine; CI requires them",
    "CORPUS": "real picture files are not on every machine; CI has them",
    "MOUNT": "only root may mount a small disk, and not everywhere",
}
"""What a machine may lack: the environment variable that says that it is there, and why it may be lacking.

Each is also a marker of that name in lower case: a test that carries it runs only where the variable is set. A test
that can find out by itself calls `lacking` instead. Where the variable is set, neither may skip.
"""


def lacking(variable: str, finding: str = "") -> NoReturn:
    """Skip the test that asks, because this machine lacks something; fail it where the variable says that it is there.

    `finding` says in the log what the test found missing.
    """
    if os.environ.get(variable):
        pytest.fail(f"{variable} is set, but {finding}", pytrace=False)
    pytest.skip(_reason(variable) + (f" ({finding})" if finding else ""))


def unexpected(skipped: dict[str, str]) -> list[str]:
    """Return the ids of those tests that nothing allows to be skipped. `skipped` gives each one's reason."""
    return [nodeid for nodeid, reason in skipped.items() if _kind(reason) is None]


def kinds(reasons: Iterable[str]) -> list[str]:
    """Return a line for each allowed kind of skip, with its count and its reason."""
    counted = Counter(kind for reason in reasons if (kind := _kind(reason)))
    return [f"skipped {count}: {_reason(variable)}" for variable, count in sorted(counted.items())]


def _reason(variable: str) -> str:
    return f"no {variable}: {OPTIONAL[variable]}"


def _kind(reason: str) -> str | None:
    """Return the variable that the reason of a skip names, None where it names none."""
    return next((variable for variable in OPTIONAL if reason.startswith(f"Skipped: {_reason(variable)}")), None)
