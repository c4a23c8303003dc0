"""Starts nginx in place of a killed one: `python replace_nginx.py NGINX ARGUMENT…`, run in the gateway's folder.

When nginx's master process is killed, its workers continue and hold the port. A new master could not listen, and the
supervisor would give up. So this program first sends the workers SIGQUIT: they stop listening and end after their
requests. Workers that ignore SIGQUIT are killed. It is run as a file, because its working folder is the gateway's.
"""

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

_STOP_SECONDS = 1.0


def remaining(program: Path, folder: Path) -> Iterator[psutil.Process]:
    """Return processes of this program in this working folder. nginx overwrites its command line, so it is no help."""
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.pid != os.getpid() and Path(process.exe()) == program and Path(process.cwd()) == folder:
                yield process


def stop_listening(process: psutil.Process, deadline: float) -> None:
    """Make a worker give up its port; kill it if it does not by `deadline` (`time.monotonic()`)."""
    with suppress(psutil.NoSuchProcess):
        process.send_signal(signal.SIGQUIT)  # nginx: finish gracefully
        while any(connection.status == psutil.CONN_LISTEN for connection in process.net_connections("tcp")):
            if time.monotonic() > deadline:
                process.kill()
                process.wait(1)
                return
            time.sleep(0.01)


def main(command: list[str]) -> None:
    """Replace this process with the program of the command line."""
    deadline = time.monotonic() + _STOP_SECONDS
    for process in remaining(Path(command[0]).resolve(), Path.cwd()):
        stop_listening(process, deadline)
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main(sys.argv[1:])
