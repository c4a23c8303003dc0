"""Replicas die and are replaced under load, uploads included, and no request fails: nobody tries anything twice."""

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from docker.models.containers import Container

from local.rolling import NAMES_SECONDS, Rolling
from tests.support.client import FRESH, Client
from tests.support.pictures import picture
from tests.support.stack import SERVICES, Stack

RATE = 60
"""Requests a second that the load aims at; promised are 50."""
UPLOADERS, READERS = 2, 6


@dataclass
class Load:
    """What the clients did so far."""

    answered: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    published: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    @property
    def rate(self) -> float:
        """Answers of the gateway a second."""
        return self.answered.total() / (time.monotonic() - self.began)


@contextmanager
def under_load(url: str) -> Iterator[Load]:
    """Ask for lists, links and uploads all the time, from several connections, until the block ends."""
    load, stop = Load(), threading.Event()
    known = [Client(url).publish(picture())]

    def again(client: Client, number: int) -> Callable[[], str]:
        """What this client does at each turn; returns its name."""
        if number < UPLOADERS:

            def upload() -> str:
                load.published.append(client.publish(picture())["id"])
                load.answered["sign"] += 1
                return "complete"

            return upload
        image = known[0]
        reads: list[tuple[str, Callable[[], object]]] = [
            ("list", lambda: client.listed("?limit=20")),
            ("one", lambda: client.ask("GET", f"/api/images/{image['id']}", (200,), headers=FRESH)),
            ("link", lambda: client.ask("GET", f"/api/images/{image['id']}/download", (302,))),
            (
                "batch",
                lambda: client.ask(
                    "POST", "/api/downloads", (200,), json={"variant": "original", "refs": [image["ref"]]}
                ),
            ),
            ("config", lambda: client.ask("GET", "/api/config", (200,))),
        ]

        def read() -> str:
            name, ask = random.choice(reads)
            ask()
            return name

        return read

    def work(number: int) -> None:
        pause = (UPLOADERS + READERS) / RATE * (3 if number < UPLOADERS else 0.8)
        turn = again(Client(url), number)
        while not stop.is_set():
            began = time.monotonic()
            try:
                load.answered[turn()] += 1
            except Exception as error:  # whatever it is, a user saw it
                load.failures.append(f"{time.monotonic() - load.began:.1f} s: {error!r}")
                turn = again(Client(url), number)
            stop.wait(max(0.0, pause - (time.monotonic() - began)))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(UPLOADERS + READERS)]
    for thread in threads:
        thread.start()
    try:
        yield load
    finally:
        stop.set()
        for thread in threads:
            thread.join(60)


def kill(container: Container) -> None:
    """End a container's program as a crash does, and have it started again."""
    container.reload()
    try:
        os.kill(container.attrs["State"]["Pid"], 9)  # the engine's restart policy does the rest
    except PermissionError:  # without root only the engine may, and it takes that for our wish
        container.kill()
        container.start()


def all_healthy(stack: Stack, service: str) -> bool:
    containers = stack.containers(service)
    return len(containers) >= 2 and all(
        container.attrs["State"].get("Health", {}).get("Status") == "healthy" for container in containers
    )


def assert_nothing_lost(stack: Stack, load: Load) -> None:
    print(f"{load.answered.total()} answers, {load.rate:.0f}/s, {len(load.published)} uploads: {dict(load.answered)}")
    if load.failures:
        print(
            "the gateway's lines of them:",
            *(line for line in stack.log_lines("gateway") if '"status":50' in line),
            sep="\n",
        )
    assert load.failures == []
    assert load.rate >= 50
    assert len(load.published) > 20
    listed: set[str] = set()
    client, cursor = Client(stack.url), ""
    while cursor is not None:
        page = client.ask(
            "GET", f"/api/images?limit=200&cursor={cursor}" if cursor else "/api/images?limit=200", (200,)
        )
        listed |= {item["id"] for item in page.json()["items"]}
        cursor = page.json()["next_cursor"]
    assert set(load.published) <= listed


@pytest.mark.long
@pytest.mark.timeout(300)
def test_ten_kills_at_random_times_cost_nobody_a_request(stack: Stack) -> None:
    """For 70 s; always one replica of a service at a time, as the promise has it."""
    kills = 0
    with under_load(stack.url) as load:
        while time.monotonic() - load.began < 70:
            service = random.choice(SERVICES)
            whole = all_healthy(stack, service)
            # One that came back counts as soon as the gateway has heard of it.
            time.sleep(NAMES_SECONDS + random.uniform(0, 2))
            if whole:
                kill(random.choice(stack.containers(service)))
                kills += 1
        seconds = time.monotonic() - load.began
    print(f"{kills} kills in {seconds:.0f} s")
    assert kills >= 10
    assert_nothing_lost(stack, load)


@pytest.mark.long
@pytest.mark.timeout(300)
def test_replacing_every_replica_costs_nobody_a_request(stack: Stack) -> None:
    """The rolling update of docs/operations.md, by the same code."""
    before = {container.id for service in SERVICES for container in stack.containers(service)}
    with under_load(stack.url) as load:
        for service in SERVICES:
            Rolling([]).replace(service)
        while time.monotonic() - load.began < 20:
            time.sleep(0.5)
        seconds = time.monotonic() - load.began
    after = {container.id for service in SERVICES for container in stack.containers(service)}
    print(f"{len(before)} replicas replaced by {len(after)} in {seconds:.0f} s")
    assert len(after) == len(before)
    assert not before & after
    assert_nothing_lost(stack, load)


def test_a_replica_that_leaves_is_no_longer_asked_and_finishes(stack: Stack) -> None:
    """The short form, in every run: one replica of each service stops and comes back under load."""
    with under_load(stack.url) as load:
        for service in SERVICES:
            stack.containers(service)[0].restart(timeout=40)
        time.sleep(1)
    assert load.failures == []
