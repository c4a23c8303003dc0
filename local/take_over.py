"""Start the gateway in the place of one that was killed: `python take_over.py NGINX ARGUMENT…`, in its own folder.

When nginx's first process is killed, its workers go on and hold the port, so the next one could not listen, and would
be given up. They are told to stop listening at once and to end when they have answered; what does not listen to that
hangs and is killed. Run as a file, so that its folder may be any.
"""

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

_PATIENCE_SECONDS = 1.0


def left(program: Path, folder: Path) -> Iterator[psutil.Process]:
    """Processes of this program that work in this folder; nginx overwrites its command line, so that says nothing."""
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.pid != os.getpid() and Path(process.exe()) == program and Path(process.cwd()) == folder:
                yield process


def end_listening(process: psutil.Process, deadline: float) -> None:
    """Have a worker give its port up; by `deadline` (`time.monotonic()`) it is killed otherwise."""
    with suppress(psutil.NoSuchProcess):
        process.send_signal(signal.SIGQUIT)  # nginx: finish gracefully
        while any(connection.status == psutil.CONN_LISTEN for connection in process.net_connections("tcp")):
            if time.monotonic() > deadline:
                process.kill()
                process.wait(1)
                return
            time.sleep(0.01)


def main(command: list[str]) -> None:
    """Become the program of the command line."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    for process in left(Path(command[0]).resolve(), Path.cwd()):
        end_listening(process, deadline)
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main(sys.argv[1:])
