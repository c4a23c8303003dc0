"""Generates a mixed load at a fixed rate: many clients, every answer checked, no client tries anything twice."""

import os
import threading
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.chaos.ledger import Ledger
from tests.chaos.visitor import Rules, Visitor
from tests.chaos.wire import Answer, Wire

RATE = float(os.environ.get("CHAOS_RATE", "66"))
"""Target rate of requests to the gateway, a second; 50 are promised. Requests to the store come on top.

Use a lower rate for trials beside other work.
"""
CLIENTS = 80
"""Enough clients to keep the rate while some wait for a process that hangs."""
BACKLOG_SECONDS = 3.0


@dataclass(frozen=True)
class Mishap:
    """An answer other than the expected one."""

    at: float
    """Seconds since the load began."""
    who: str
    what: str
    status: int
    fault: str
    seconds: float
    explained: bool
    """Whether it was a 503 with Retry-After and a problem document, like the gateway and the services send."""
    detail: str = ""


@dataclass
class Load:
    """What the clients have seen so far. Threads share it."""

    seed: int = 0
    began: float = field(default_factory=time.monotonic)
    sent: Counter[str] = field(default_factory=Counter)
    """By the server asked: gateway, store."""
    asked: Counter[str] = field(default_factory=Counter)
    mishaps: list[Mishap] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    slowest: dict[str, tuple[float, str]] = field(default_factory=dict)
    rules: Rules = field(default_factory=Rules)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _over: threading.Event = field(default_factory=threading.Event)
    _next_at: float = 0.0

    @property
    def seconds(self) -> float:
        """How long it has run."""
        return time.monotonic() - self.began

    def pace(self) -> None:
        """Wait for the next slot. After a delay, catch up a few seconds at most."""
        with self._lock:
            now = time.monotonic()
            mine = self._next_at = max(self._next_at + 1 / RATE, now - BACKLOG_SECONDS)
        if mine > now:
            self._over.wait(mine - now)

    def note(self, who: str, what: str, answer: Answer, wrong: str) -> None:
        """Count an answer. `who` is empty when it was counted before and only later turned out to be wrong."""
        at = time.monotonic() - self.began
        with self._lock:
            if who:
                self.sent[who] += 1
                self.asked[what] += 1
                self.slowest[who] = max(self.slowest.get(who, (0.0, "")), (answer.seconds, what))
            if wrong:
                self.wrong.append(f"{at:.1f} s: {what} {answer.status}: {wrong}")
            elif not 200 <= answer.status < 400 and (what, answer.status) not in _FINE:
                explained = answer.status == 503 and bool(answer.header("retry-after")) and answer.is_problem
                mishap = Mishap(at, who, what, answer.status, answer.fault, answer.seconds, explained)
                self.mishaps.append(mishap)

    def crashed(self, error: BaseException) -> None:
        """Record that a client failed on an answer that it could not read."""
        with self._lock:
            self.wrong.append("".join(traceback.format_exception(error)[-3:]))


_FINE = {("complete", 410), ("link", 404)}
"""Errors that a client expects: completing what it cancelled, fetching what it deleted."""


@contextmanager
def under_load(port: int, ledger: Ledger, seed: int) -> Iterator[Load]:
    """Run the clients until the block ends; each finishes its current visit."""
    load = Load(seed=seed)
    load._next_at = load.began

    def work(number: int) -> None:
        wire = Wire(port)
        visitor = Visitor(wire, ledger, load.note, load.pace, lambda: load.rules, seed * 1000 + number)
        while not load._over.is_set():
            try:
                visitor.visit()
            except Exception as error:
                load.crashed(error)
        wire.close()

    threads = [threading.Thread(target=work, args=(number,), daemon=True) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    try:
        yield load
    finally:
        load._over.set()
        for thread in threads:
            thread.join(90)
