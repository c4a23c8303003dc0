"""Free ports that stay free until their server binds them."""

import pytest

from local.ports import ADMIN_GRPC_OFFSET, free_port_pair
from tests.support.ports import MOST_AT_ONCE, PROCESSES, STRETCH, first_port

OF_THE_KERNEL = 32_768
"""From here on Linux gives ports to connecting programs (net.ipv4.ip_local_port_range)."""


@pytest.mark.enable_socket
@pytest.mark.parametrize("start", [0, 2700, 2767, 2768, 11_900, 10**9])
def test_the_store_s_administration_has_no_port_of_the_kernel(start: int) -> None:
    port = free_port_pair(start)
    assert 20_000 <= port < OF_THE_KERNEL - ADMIN_GRPC_OFFSET


def test_each_process_of_a_run_has_a_stretch_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    for worker in range(PROCESSES):
        monkeypatch.setenv("PYTEST_XDIST_WORKER", f"gw{worker}")
        for salt in (0, STRETCH - 1, 10**12 + 7, -5):
            assert worker * STRETCH <= first_port(salt) <= (worker + 1) * STRETCH - MOST_AT_ONCE
