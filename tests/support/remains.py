"""Finds the processes that use a folder, independently of the code under test."""

import os
from contextlib import suppress
from pathlib import Path

import psutil


def processes_of(folder: Path) -> list[str]:
    """Describe every running process, except this one and its ancestors, that names or uses `folder`.

    It looks at command line, environment, working folder, open files and unix sockets.
    """
    mine = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    text, found = str(folder), []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.pid in mine or process.status() == psutil.STATUS_ZOMBIE:
                continue
            named = [process.cwd(), *process.cmdline(), *process.environ().values()]
            named += [str(file.path) for file in process.open_files()]
            named += [str(socket.laddr) for socket in process.net_connections("unix")]
            if any(text in name for name in named):
                found.append(f"{process.pid} {process.cmdline()}")
    return found
