"""The real cache, with the configuration of `make up`."""

import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from local import cache as configuration
from local import tools
from local.files import write_private
from local.ports import free_ports
from tests.support.ports import first_port
from tests.support.processes import end, start


class Cache:
    """A Valkey with a password. A test can hang, kill and restart it on the same port."""

    def __init__(self, folder: Path) -> None:
        """Prepare it in `folder`, without starting it."""
        self.port = free_ports(1, first_port(os.getpid() * 41 + 1100))[0]
        self.password = secrets.token_urlsafe(24)
        self.url = configuration.url(self.port, self.password)
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The running server's process id."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start the server, empty, and wait until it answers."""
        file = self._folder / "valkey.conf"
        write_private(file, configuration.configuration(self.port, self.password, self._folder))
        program = tools.find_program("VALKEY", os.environ)
        self._process = start([str(program), str(file)], self._folder / "valkey.log", {"PATH": os.defpath})
        deadline = time.monotonic() + 10
        while not self._answers():
            assert self._process.poll() is None, (self._folder / "valkey.log").read_text()[-2000:]
            assert time.monotonic() < deadline, "the cache does not answer"
            time.sleep(0.02)

    def stop(self) -> None:
        """Hang the server: it keeps its connections but does not answer."""
        os.kill(self.pid, signal.SIGSTOP)

    def cont(self) -> None:
        """Let the hung server continue."""
        os.kill(self.pid, signal.SIGCONT)

    def kill(self) -> None:
        """Kill the server. Connections are then refused."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def flush(self) -> None:
        """Remove all keys."""
        answer = self._ask("FLUSHALL")
        assert answer == b"+OK", answer

    def ensure_running(self) -> None:
        """Get the server running again after a test hung or killed it."""
        if self._process is None or self._process.poll() is not None:
            self.start()
        else:
            self.cont()

    def end(self) -> None:
        """Stop the server at the end."""
        if self._process is not None:
            end(self._process)

    def _answers(self) -> bool:
        with suppress(OSError):
            return self._ask("PING") == b"+PONG"
        return False

    def _ask(self, command: str) -> bytes:
        with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
            connection.sendall(f"AUTH {self.password}\r\n{command}\r\n".encode())
            answers = b""
            while answers.count(b"\r\n") < 2:
                received = connection.recv(4096)
                if not received:
                    break
                answers += received
            return answers.split(b"\r\n")[1] if answers.count(b"\r\n") > 1 else b""


@contextmanager
def running_cache(folder: Path) -> Iterator[Cache]:
    """Run a cache until the block ends."""
    cache = Cache(folder)
    cache.start()
    try:
        yield cache
    finally:
        cache.end()
