"""Which tests may be skipped, and why. A skip that is not named here fails the run."""

from collections.abc import Iterable
from fnmatch import fnmatchcase

# pattern of the test's id → the reason
ALLOWED_SKIPS: dict[str, str] = {}


def unexpected(skipped: Iterable[str]) -> list[str]:
    """Return those of the skipped tests' ids that nothing allows."""
    return [nodeid for nodeid in skipped if not any(fnmatchcase(nodeid, pattern) for pattern in ALLOWED_SKIPS)]
