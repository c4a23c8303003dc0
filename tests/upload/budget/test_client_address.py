"""Whose budget a request counts towards."""

import pytest

from upload.budget.client_address import client_of, group_of


@pytest.mark.parametrize(
    ("address", "group"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("::ffff:c000:207", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
        ("", "unknown"),
        ("unix:", "unknown"),
        ("192.0.2.7, 192.0.2.8", "unknown"),
        ("192.0.2.007", "unknown"),
        ("a" * 5000, "unknown"),
    ],
)
def test_an_ipv4_address_stands_for_itself_and_an_ipv6_address_for_its_64(address: str, group: str) -> None:
    assert group_of(address) == group


def test_the_gateway_s_word_counts_and_without_it_the_peer() -> None:
    peer = {"REMOTE_ADDR": "10.0.0.1"}
    assert client_of({**peer, "HTTP_X_CLIENT_ADDRESS": "192.0.2.7"}) == "192.0.2.7"
    assert client_of(peer) == "10.0.0.1"
    assert client_of({**peer, "HTTP_X_FORWARDED_FOR": "192.0.2.7", "HTTP_X_REAL_IP": "192.0.2.7"}) == "10.0.0.1"
    assert client_of({}) == client_of({"REMOTE_ADDR": ""}) == "unknown"
