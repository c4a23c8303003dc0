"""Starts servers for the tests so that they never outlive them."""

import ctypes
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

_LIBC = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1
_OF_THE_TERMINAL = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)


def start(
    command: Sequence[str],
    log: Path,
    environment: Mapping[str, str],
    folder: Path | None = None,
    *,
    own_session: bool = False,
    last_signal: int = signal.SIGKILL,
) -> subprocess.Popen[bytes]:
    """Start a program that gets `last_signal` when this process ends for any reason.

    It handles signals even if the tests ignore them: nohup ignores SIGHUP, a shell ignores SIGINT and SIGQUIT for
    background jobs, and children inherit that.
    """
    me = os.getpid()

    def bind_to_me() -> None:
        for number in _OF_THE_TERMINAL:
            signal.signal(number, signal.SIG_DFL)
        _LIBC.prctl(_PR_SET_PDEATHSIG, last_signal)
        if os.getppid() != me:
            os._exit(1)

    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            env=dict(environment),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=bind_to_me,
            start_new_session=own_session,
        )


def end(process: subprocess.Popen[bytes], seconds: float = 8) -> None:
    """End a process with SIGTERM, or with SIGKILL if that takes longer than `seconds`."""
    if process.poll() is None:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
