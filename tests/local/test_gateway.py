"""How much room the gateway of `make up` makes for connections."""

import pytest

from local.gateway import connections


@pytest.mark.parametrize(
    ("open_files", "expected"), [(1 << 20, 20_000), (20_256, 20_000), (20_000, 19_744), (1024, 768), (256, 256)]
)
def test_connections_follow_the_limit_of_open_files_up_to_a_bound(open_files: int, expected: int) -> None:
    """Files for logs and the like are left, and memory is not set aside for more than anybody needs."""
    assert connections(open_files) == expected
