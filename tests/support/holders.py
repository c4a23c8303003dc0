"""Clients that hold connections and send little: `python holders.py PORT FIRST ADDRESSES EACH HEX`.

From each of ADDRESSES loopback addresses, 127.0.0.FIRST and those that follow, EACH connections are opened, and the
bytes of HEX are sent on each. It writes how many it has opened, and ends when its standard input does, after a minute
at most.
"""

import errno
import select
import socket
import sys
import time
from contextlib import suppress

_LONGEST_SECONDS = 60.0
_AT_ONCE = 200


def main(port: int, first: int, addresses: int, each: int, sent: bytes) -> None:
    """Open, say how many, hold."""
    ends = time.monotonic() + _LONGEST_SECONDS
    held: list[socket.socket] = []
    for number in range(addresses * each):
        client = socket.socket()
        client.bind((f"127.0.0.{first + number // each}", 0))
        client.settimeout(5)
        try:
            client.connect(("127.0.0.1", port))
        except OSError as error:
            if error.errno == errno.EMFILE:
                raise
            client.close()
            continue
        with suppress(OSError):  # it was refused at once
            client.sendall(sent)
        held.append(client)
        if number % _AT_ONCE == 0:
            time.sleep(0.01)
    print(len(held), flush=True)
    while time.monotonic() < ends:
        if select.select([sys.stdin], [], [], 1)[0]:
            break


if __name__ == "__main__":
    main(*(int(text) for text in sys.argv[1:5]), bytes.fromhex(sys.argv[5]))
