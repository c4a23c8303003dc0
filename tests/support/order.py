"""Which files of tests begin first, so that none of the longest is left to one process at the end."""

from pathlib import PurePosixPath

LONGEST = (
    "tests/chaos/test_endurance.py",
    "tests/browser/test_hundred_thousand_real.py",
    "tests/system/test_cache_faults.py",
    "tests/browser/test_states.py",
    "tests/system/test_up_ends.py",
    "tests/system/test_up_refuses.py",
    "tests/system/test_many_parts.py",
    "tests/browser/test_uploader_intake.py",
    "tests/system/test_every_fault.py",
    "tests/browser/test_uploader_lan.py",
    "tests/browser/test_uploader_faults.py",
    "tests/browser/test_uploader_resume.py",
    "tests/browser/test_uploader_parts.py",
)
"""Longest first; every other file takes less than half a minute."""


def place(path: PurePosixPath) -> int:
    """Return where a file of tests comes among all, by its path below the project; equal ones stay in order."""
    name = str(path)
    return LONGEST.index(name) if name in LONGEST else len(LONGEST)
