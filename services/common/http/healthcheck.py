"""A container's health check: is the service in here ready? Ends with 0 or 1.

Run as a file (``python -I -S common/http/healthcheck.py``). It imports nothing but sockets, because it starts anew
every few seconds.
"""

import os
import socket
import sys

SECONDS = 2.5


def is_ready(bind: str) -> bool:
    """Whether ``/readyz`` at ``bind`` (gunicorn's BIND, host:port) answers 200."""
    port = int(bind.rpartition(":")[2])
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as connection:
            connection.sendall(b"GET /readyz HTTP/1.0\r\nHost: localhost\r\n\r\n")
            answer = b""
            while len(answer) < 12 and (more := connection.recv(64)):
                answer += more
    except OSError:
        return False
    return answer[9:12] == b"200"


if __name__ == "__main__":
    sys.exit(not is_ready(os.environ["BIND"]))
