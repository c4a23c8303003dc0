"""Finds and ends the processes of one installation, even if their parent has changed.

Each part has the data folder in its environment, which /proc shows to the same user while the process lives. nginx and
Valkey overwrite their environment with their title. They are recognised by their working folder, the private run
folder, and by having no terminal (a shell in that folder has one).
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

MARKER = "VITRINE_DATA_DIR"


def find(data: Path) -> list[psutil.Process]:
    """Return the running processes of the installation in `data`, except the calling one."""
    return [process for process in _own() if _belongs(process, data)]


def end(data: Path, seconds: float) -> bool:
    """End them all: SIGTERM, and after `seconds` SIGKILL. Returns whether there were any.

    The supervisor is signalled first and alone: it stops the others in order, and it would restart parts that others
    end.
    """
    found = find(data)
    supervisors = [process for process in found if _is_supervisor(process)]
    _terminate(supervisors, seconds)
    _terminate(find(data), seconds)
    return bool(found)


def kill(data: Path) -> None:
    """Kill them all, and processes that they start meanwhile."""
    for _ in range(100):
        found = find(data)
        if not found:
            return
        for process in found:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(found, timeout=0.05)


def _terminate(processes: list[psutil.Process], seconds: float) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
            process.resume()  # a stopped process handles the signal only after it continues
    _, alive = psutil.wait_procs(processes, timeout=seconds)
    for process in alive:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(alive, timeout=2)


def _own() -> Iterator[psutil.Process]:
    me, user = os.getpid(), os.getuid()
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.pid != me and process.uids().real == user and process.status() != psutil.STATUS_ZOMBIE:
                yield process


def _belongs(process: psutil.Process, data: Path) -> bool:
    try:
        if process.environ().get(MARKER) == str(data):
            return True
        folders = [str(data / "run" / folder) for folder in ("", "gateway", "relay")]
        return process.cwd() in folders and process.terminal() is None
    except (psutil.Error, OSError):
        return False


def _is_supervisor(process: psutil.Process) -> bool:
    try:
        return "supervisor.supervisord" in process.cmdline()
    except psutil.Error:
        return False
