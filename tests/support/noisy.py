"""Tests that measure can fail because other programs use the machine. Only they may run a second time.

They run again only after a TooSlow. Any other failure of such a test fails the run at once.
"""

import pytest


class TooSlow(AssertionError):
    """A noisy test measured more time than it allows."""


def reason_of(mark: pytest.Mark) -> str:
    """Return why the test may run twice: the marker's one argument. Raises UsageError if it is missing."""
    if len(mark.args) != 1 or not isinstance(mark.args[0], str) or not mark.args[0] or mark.kwargs:
        raise pytest.UsageError("mark a noisy test with its reason: @pytest.mark.noisy('why')")
    return mark.args[0]
