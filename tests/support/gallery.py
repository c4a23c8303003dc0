"""The whole system, started as `make up` does."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from local.credentials import Credentials, load_or_make
from local.ports import free_ports
from local.supervisor import State, Supervisor
from tests.support.ports import first_port
from tests.support.processes import end, start

ROOT = Path(__file__).resolve().parents[2]
_OF_AN_OUTER_MAKE = frozenset({"MAKEFLAGS", "MAKELEVEL", "MFLAGS", "MAKEOVERRIDES"})
_COMMAND = (sys.executable, "-m", "local", "up")


class Gallery:
    """One installation with its own folder and ports. It runs between `start` and `end`."""

    def __init__(self, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        """Choose ports; start nothing yet. `settings` are more variables of `make up`."""
        folder.mkdir(parents=True, exist_ok=True)
        self.data_dir = folder / "d"
        self.port, self.s3_port, self.redis_port = free_ports(3, first_port(hash(str(folder))))
        self.settings = {"REPLICAS": "2", **(settings or {})}
        self.output = folder / "output.log"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The gateway's origin."""
        return f"http://localhost:{self.port}"

    @property
    def s3_url(self) -> str:
        """The store's S3 endpoint."""
        return f"http://127.0.0.1:{self.s3_port}"

    @property
    def environment(self) -> dict[str, str]:
        """The variables for the start: the test's own, the ports and the folder.

        The variables of a make around the tests are removed. Otherwise the inner make would behave as that make's child
        and print on stdout which folder it enters.
        """
        return {
            **{name: value for name, value in os.environ.items() if name not in _OF_AN_OUTER_MAKE},
            **self.settings,
            "PORT": str(self.port),
            "S3_PORT": str(self.s3_port),
            "REDIS_PORT": str(self.redis_port),
            "DATA_DIR": str(self.data_dir),
        }

    @property
    def credentials(self) -> Credentials:
        """The secrets of the installation."""
        return load_or_make(self.data_dir / "secrets.json")

    @property
    def states(self) -> dict[str, State]:
        """The supervisor's state of each part: upload-0, upload-1, …, reconciler, gateway, cache, store."""
        with closing(Supervisor(self.data_dir / "run")) as supervisor:
            return {state.name: state for state in supervisor.states()}

    @property
    def pids(self) -> dict[str, int]:
        """Process id of each part: for a service gunicorn's arbiter, for the gateway nginx's master."""
        return {name: state.pid for name, state in self.states.items()}

    def log(self, part: str) -> str:
        """Return the log of a part."""
        return (self.data_dir / "logs" / f"{part}.log").read_text("utf-8", "replace")

    def launch(self, command: Sequence[str] = _COMMAND, folder: Path = ROOT) -> subprocess.Popen[bytes]:
        """Start the installation in its own session, without waiting."""
        self.output.write_bytes(b"")
        self.process = start(
            command, self.output, self.environment, folder, own_session=True, last_signal=signal.SIGTERM
        )
        return self.process

    def start(self, command: Sequence[str] = _COMMAND, folder: Path = ROOT, seconds: float = 240) -> float:
        """Start the installation and wait for `ready`; return the seconds that this took."""
        began = time.monotonic()
        process = self.launch(command, folder)
        while f"ready {self.url}\n" not in self.output.read_text():
            assert process.poll() is None, f"it ended: {self.output.read_text()}"
            assert time.monotonic() - began < seconds, f"not ready: {self.output.read_text()}"
            time.sleep(0.05)
        return time.monotonic() - began

    def end(self, seconds: float = 12) -> None:
        """Stop the installation with SIGTERM."""
        if self.process is not None:
            end(self.process, seconds)


@contextmanager
def running_gallery(folder: Path, settings: Mapping[str, str] | None = None) -> Iterator[Gallery]:
    """Run a gallery until the block ends."""
    gallery = Gallery(folder, settings)
    gallery.start()
    try:
        yield gallery
    finally:
        gallery.end()
