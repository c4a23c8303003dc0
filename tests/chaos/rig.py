"""A whole gallery to break: finds its processes, injects faults, and checks that it has recovered."""

import os
import random
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psutil
import redis

from local import bucket, cache, stale_processes
from local.probes import status_on_socket
from local.processes import SERVICES, THREADS
from local.supervisor import Supervisor
from tests.chaos.ledger import Ledger
from tests.support.gallery import Gallery

REPLICAS = tuple(f"{service}-{number}" for service in SERVICES for number in (0, 1))
_LAUNCH = (sys.executable, "-m", "tests.chaos.launch")


class Rig:
    """A running gallery with two replicas of each service, and the ledger of its promises."""

    def __init__(self, gallery: Gallery, seams: Path) -> None:
        self.gallery = gallery
        self.ledger = Ledger()
        self._seams = seams
        self._stopped: set[int] = set()

    # Processes

    def processes(self) -> list[psutil.Process]:
        """All processes of the gallery except the supervisor."""
        return stale_processes.find(self.gallery.data_dir)

    def orphans(self) -> list[int]:
        """Processes of the gallery that no other process of it manages any more."""
        mine = self.processes()
        known = {process.pid for process in mine} | {self.gallery.process.pid if self.gallery.process else 0}
        found = []
        for process in mine:
            with suppress(psutil.NoSuchProcess):
                if process.ppid() not in known:
                    found.append(process.pid)
        return found

    def pids(self, part: str, which: str = "all") -> list[int]:
        """The process ids of one service: its first process (`first`), its children (`workers`), or `all`."""
        first = self.gallery.pids[part]
        if not first:
            return []
        with suppress(psutil.NoSuchProcess):
            workers = [child.pid for child in psutil.Process(first).children(recursive=True)]
            return {"first": [first], "workers": workers, "all": [first, *workers]}[which]
        return []

    def socket(self, replica: str) -> Path:
        """The address where a replica of a service listens."""
        return self.gallery.data_dir / "run" / f"{replica}.sock"

    def is_ready(self, replica: str) -> bool:
        """Whether it answers and the supervisor considers it running; processes without a socket need not answer."""
        runs = self.gallery.states[replica].state == "RUNNING"
        return runs and (replica not in REPLICAS or status_on_socket(self.socket(replica), "/readyz") == 200)

    # Faults

    def send(self, part: str, number: signal.Signals, which: str = "all") -> None:
        """Send a signal to the processes of one service."""
        self._signal(self.pids(part, which), number)

    def _signal(self, pids: Iterable[int], number: signal.Signals) -> None:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
                (self._stopped.add if number == signal.SIGSTOP else self._stopped.discard)(pid)

    def kill(self, part: str, which: str = "all") -> None:
        """Kill it, like a crash. The supervisor starts it again."""
        self.send(part, signal.SIGKILL, which)

    @contextmanager
    def hung(self, part: str, only: str = "") -> Iterator[None]:
        """Stop a service, or one process selected by a piece of its title, until the block ends."""
        pids = self.pids(part)
        if only:
            pids = [pid for pid in pids if only in " ".join(psutil.Process(pid).cmdline())][:1]
            assert pids, f"no {only} of {part}"
        self._signal(pids, signal.SIGSTOP)
        try:
            yield
        finally:
            self._signal(pids, signal.SIGCONT)

    def go_on(self) -> None:
        """Continue every stopped process."""
        for pid in self._stopped:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
        self._stopped.clear()

    @contextmanager
    def down(self, *parts: str) -> Iterator[None]:
        """Keep services down until the block ends."""
        with self._supervisor() as call:
            for part in parts:
                call("stopProcess", self._full(part), False)
        # The supervisor ignores a start while the service is still stopping.
        self.wait(f"{parts} gone", lambda: all(self.gallery.states[part].state == "STOPPED" for part in parts))
        try:
            yield
        finally:
            with self._supervisor() as call:
                for part in parts:
                    call("startProcess", self._full(part), False)

    def seam(self, service: str, what: str, value: str | None) -> None:
        """Give later processes of a service another `clock` (offset in seconds) or `s3` (address)."""
        file = self._seams / f"{service}.{what}"
        if value is None:
            file.unlink(missing_ok=True)
        else:
            file.write_text(value)

    def restart(self, part: str) -> None:
        """Tell a service to stop, like an operator, and wait until it is back."""
        before = self.pids(part, "first")
        self.send(part, signal.SIGTERM, "first")
        self.wait(f"{part} back", lambda: self.pids(part, "first") not in ([], before) and self.is_ready(part))

    def redis(self) -> "redis.Redis":
        """A client of the cache with an operator's rights."""
        return redis.Redis.from_url(
            cache.url(self.gallery.redis_port, self.gallery.credentials.redis_password), socket_timeout=5
        )

    # Recovery

    def wait(self, what: str, happened: Callable[[], bool], seconds: float = 90) -> float:
        """Wait until the condition holds; return how many seconds that took."""
        began = time.monotonic()
        while not happened():
            assert time.monotonic() - began < seconds, f"after {seconds:.0f} s: not {what}"
            time.sleep(0.1)
        return time.monotonic() - began

    def wait_until_well(self) -> None:
        """Wait until all replicas are ready, no thread is busy, and no orphaned process is left."""
        self.wait("every replica ready", lambda: all(self.is_ready(replica) for replica in REPLICAS))
        self.wait("rid of the processes of dead parts", lambda: not self.orphans(), 60)
        for replica in REPLICAS:
            self.wait(f"every thread of {replica} free", lambda replica=replica: self._all_threads_free(replica), 60)

    def _all_threads_free(self, replica: str) -> bool:
        """Whether a request is answered while other requests, which do not end, hold all threads but one."""
        with ExitStack() as held:
            for _ in range(int(THREADS) - 1):
                connection = held.enter_context(socket.socket(socket.AF_UNIX))
                connection.connect(str(self.socket(replica)))
                connection.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\nX-Unfinished: ")
            time.sleep(0.1)  # so that they come first
            with suppress(OSError):
                return status_on_socket(self.socket(replica), "/livez") == 200
            return False

    def staged(self) -> dict[str, int]:
        """The ids of uploads and previews with bytes in staging, with their sizes."""
        s3 = bucket.client(self.gallery.s3_url, self.gallery.credentials.s3["admin"])
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket="vitrine", Prefix="staging/")
        found = [entry for page in pages for entry in page.get("Contents", [])]
        return {entry["Key"].removeprefix("staging/"): entry["Size"] for entry in found if entry["Size"]}

    @contextmanager
    def _supervisor(self) -> Iterator[Callable[..., object]]:
        supervisor = Supervisor(self.gallery.data_dir / "run")
        try:
            yield supervisor._call
        finally:
            supervisor.close()

    def _full(self, part: str) -> str:
        return f"{self.gallery.states[part].group}:{part}"


def random_times(choice: random.Random, seconds: float, least: float, most: float) -> Sequence[float]:
    """Points in time from 1 s on, `least` to `most` seconds apart."""
    times, at = [], 1.0
    while at < seconds:
        times.append(at)
        at += choice.uniform(least, most)
    return times


@contextmanager
def running_rig(folder: Path, settings: dict[str, str] | None = None) -> Iterator[Rig]:
    """Run a gallery with its test hooks until the block ends."""
    seams = folder / "seams"
    seams.mkdir(parents=True)
    gallery = Gallery(folder, {**(settings or {}), "CHAOS_SEAMS": str(seams)})
    rig = Rig(gallery, seams)
    try:
        gallery.start(_LAUNCH)
        yield rig
    finally:
        rig.go_on()
        gallery.end()
