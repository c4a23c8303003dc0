"""Free and busy TCP ports of this machine."""

import socket

# The kernel never assigns these ports to outgoing connections (net.ipv4.ip_local_port_range starts at 32768 on Linux).
# So a free port is still free when its server starts a second later.
_FIRST, _LAST = 20000, 32000
# The store requires that the administration's gRPC port is its HTTP port + 10,000, so that must be valid too.
ADMIN_GRPC_OFFSET = 10_000
_LAST_OF_PAIRS = 32_768 - ADMIN_GRPC_OFFSET


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Return whether a server could listen on this port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do: a port counts as free while its last connections are in TIME_WAIT.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_ports(count: int, start: int, taken: frozenset[int] = frozenset()) -> list[int]:
    """Return `count` different free ports, searched upwards from `start` (any number is mapped into the range).

    Callers with different starts seldom get the same port. If they do, one server cannot bind, and the supervisor
    reports it.
    """
    found: list[int] = []
    for step in range(_LAST - _FIRST):
        port = _FIRST + (start + step) % (_LAST - _FIRST)
        if port not in taken and is_free(port):
            found.append(port)
            if len(found) == count:
                return found
    raise OSError("no free ports are left on 127.0.0.1")


def free_port_pair(start: int, taken: frozenset[int] = frozenset()) -> int:
    """Return a port that is free together with the one `ADMIN_GRPC_OFFSET` above it.

    The kernel assigns neither to connections, so both are still free when the store binds them seconds later.
    """
    for step in range(_LAST_OF_PAIRS - _FIRST):
        port = _FIRST + (start + step) % (_LAST_OF_PAIRS - _FIRST)
        if port not in taken and is_free(port) and is_free(port + ADMIN_GRPC_OFFSET):
            return port
    raise OSError("no free ports are left on 127.0.0.1")
