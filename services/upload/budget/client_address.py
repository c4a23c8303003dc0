"""Tells whose budget a request counts towards: that of its client's address.

The gateway sets X-Client-Address in every request that it passes on, and overwrites what a client sent
(gateway/templates/50-proxy.conf.template). A request that did not come through the gateway counts towards the address
that it came from.
"""

import ipaddress
from collections.abc import Mapping
from functools import lru_cache

_HEADER = "HTTP_X_CLIENT_ADDRESS"
_UNKNOWN = "unknown"
"""The group of all clients without a readable address: a service that listens on a unix socket sees no peer address."""
_IPV6_PREFIX = 64
"""A provider gives each of its customers at least one whole /64 (RFC 6177), so a limit on single addresses would stop
nobody."""


def client_of(environ: Mapping[str, str]) -> str:
    """Return the name of the budget for a request, given its WSGI environ."""
    return group_of(environ.get(_HEADER) or environ.get("REMOTE_ADDR", ""))


@lru_cache(maxsize=1024)
def group_of(address: str) -> str:
    """Return an IPv4 address as it is, and the /64 of an IPv6 address.

    An IPv4-mapped IPv6 address (RFC 4291 section 2.5.5.2) counts as its IPv4 address.
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return _UNKNOWN
    if parsed.version == 6:
        if parsed.ipv4_mapped is None:
            return str(ipaddress.ip_network((int(parsed), _IPV6_PREFIX), strict=False))
        parsed = parsed.ipv4_mapped
    return str(parsed)
