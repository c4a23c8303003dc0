"""Checks for the container runtime whether the service is ready. Exits with 0 (ready) or 1.

Run as a file (``python -I -S common/http/healthcheck.py``). It runs every few seconds as a new process, so it imports
only what it needs.
"""

import os
import socket
import sys

SECONDS = 2.5
"""Timeout for each step: connecting, and every read."""


def is_ready(bind: str) -> bool:
    """Whether ``/readyz`` answers 200 on the port of ``bind`` (gunicorn's BIND, "host:port"), on this machine."""
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
