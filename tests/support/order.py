"""The order of test files. The longest start first, so that none of them runs alone at the end."""

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
"""Longest first. Every other file takes less than half a minute."""


def place(path: PurePosixPath) -> int:
    """Return the sort key of a test file, given its path below the project. Files with equal keys keep their order."""
    name = str(path)
    return LONGEST.index(name) if name in LONGEST else len(LONGEST)
