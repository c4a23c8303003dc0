"""Starts the supervisor so that it never outlives us, and sends it commands over its unix socket."""

import ctypes
import http.client
import os
import signal
import subprocess
import sys
import xmlrpc.client
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from supervisor.xmlrpc import SupervisorTransport

from local.supervisor_config import control_socket

_LIBC = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


@dataclass(frozen=True)
class State:
    """The supervisor's state of a process. `pid` is 0 while the process does not run."""

    name: str
    group: str
    state: str
    pid: int
    description: str


class Supervisor:
    """Commands to a supervisor over its unix socket.

    Every method raises OSError if the supervisor does not answer.
    """

    def __init__(self, run: Path) -> None:
        """Use the supervisor whose socket is in `run`."""
        self._proxy = xmlrpc.client.ServerProxy(
            "http://supervisor", transport=SupervisorTransport("", "", f"unix://{control_socket(run)}")
        )

    def states(self) -> list[State]:
        """Return the state of all processes."""
        found = self._call("getAllProcessInfo")
        if not isinstance(found, list):
            raise OSError("the supervisor sent an unexpected answer")
        return [
            State(
                name=str(process["name"]),
                group=str(process["group"]),
                state=str(process["statename"]),
                pid=int(process["pid"]),
                description=str(process["spawnerr"] or process["description"]),
            )
            for process in found
        ]

    def start(self, full_name: str) -> None:
        """Start a process without waiting for it."""
        self._call("startProcess", full_name, False)

    def stop_group(self, group: str) -> None:
        """Stop the processes of a group, without waiting for them."""
        self._call("stopProcessGroup", group, False)

    def close(self) -> None:
        """Close the connection; the next command opens another."""
        self._proxy("close")()

    def _call(self, method: str, *arguments: object) -> object:
        try:
            return getattr(self._proxy.supervisor, method)(*arguments)
        except xmlrpc.client.Fault as fault:
            raise OSError(f"the supervisor refused {method}: {fault.faultString}") from fault
        except (OSError, http.client.HTTPException, xmlrpc.client.Error) as error:
            self.close()  # otherwise the failed connection would be used again
            raise OSError(f"the supervisor does not answer: {error}") from error


def launch(configuration: Path, output: Path, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start supervisord in its own session, bound to this process.

    Ctrl-C reaches all processes of the terminal's session. In its own session, supervisord stops the processes in order
    instead. When this process ends, even by SIGKILL, the kernel sends supervisord SIGTERM, and it stops the processes.
    """
    me = os.getpid()

    def bind_to_launcher() -> None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != me:  # our parent ended before prctl was called
            os._exit(1)

    with output.open("wb") as file:
        return subprocess.Popen(
            [sys.executable, "-m", "supervisor.supervisord", "-c", str(configuration)],
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=bind_to_launcher,  # noqa: PLW1509 - this process has one thread
        )
