"""Runs one scenario of the reliability table: load, fault, and what must hold afterwards."""

import hashlib
import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress

from tests.chaos import table
from tests.chaos.ledger import Fate, Upload
from tests.chaos.load import RATE, Load, Mishap, under_load
from tests.chaos.rig import Rig
from tests.chaos.wire import Wire, to_store
from tests.support.client import Client
from tests.support.pictures import picture
from tests.support.services import bearer

SECONDS = float(os.environ.get("CHAOS_SECONDS", "62"))
"""How long the load of a scenario lasts. Shorter runs are for trials, and write nothing into the document."""
LEAST_RATE = 50.0
BUSY_LOAD = 4.0
"""Waiting processes for each core above which the machine is too busy for the load, so its rate is not judged."""


class Row:
    """A scenario while it runs: `load` is active until the block of `running_row` ends."""

    def __init__(self, rig: Rig, name: str, load: Load) -> None:
        self.rig = rig
        self.name = name
        self.load = load
        self.choice = random.Random(load.seed)
        self.times = ""
        self.excused: list[tuple[float, float, Callable[[Mishap], bool]]] = []
        self.figures: table.Figures | None = None
        self.busy = False
        """Whether other work kept the machine too busy for the load, at any moment of the scenario."""

    def until(self, part: float) -> None:
        """Let the load run until this fraction of the scenario's time has passed (0 to 1)."""
        time.sleep(max(0.0, self.load.began + part * SECONDS - time.monotonic()))

    @contextmanager
    def excusing(self, excuse: Callable[[Mishap], bool], afterwards: float = 5.0) -> Iterator[None]:
        """Expect such mishaps while the block runs, and for some seconds afterwards."""
        began = self.load.seconds
        place = len(self.excused)
        self.excused.append((began, float("inf"), excuse))
        yield
        self.excused[place] = (began, self.load.seconds + afterwards, excuse)

    def is_excused(self, mishap: Mishap) -> bool:
        """Whether the mishap was expected: a request from before the fault's end may be answered later.

        On a machine that is busy with other work the store is slow; then a 503 is a correct answer.
        """
        return (self.busy and told_to_come_back(mishap)) or any(
            began <= mishap.at and mishap.at - mishap.seconds <= ended and excuse(mishap)
            for began, ended, excuse in self.excused
        )


@contextmanager
def _watching(row: Row) -> Iterator[None]:
    """Notice when the machine is busy with other work."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(1):
            row.busy = row.busy or os.getloadavg()[0] > BUSY_LOAD * (os.cpu_count() or 1)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def told_to_come_back(mishap: Mishap) -> bool:
    """Refused with 503, Retry-After and a problem document, which clients can handle."""
    return mishap.who == "gateway" and mishap.explained


def store_silent(mishap: Mishap) -> bool:
    """The store itself refused a browser, or did not answer."""
    return mishap.who == "store" and (mishap.status == 0 or mishap.status >= 500)


@contextmanager
def running_row(rig: Rig, name: str, seed: int | None = None) -> Iterator[Row]:
    """Run the load around the block for at least SECONDS, then check everything against the promises."""
    seed = random.SystemRandom().randrange(10_000) if seed is None else seed
    print(f"row {name}, seed {seed}")
    rig.wait_until_well()
    while len(rig.ledger.all(Fate.PUBLISHED)) < 5:  # something to look at from the first request on
        publish(rig)
    published_before = {upload.id for upload in rig.ledger.all(Fate.PUBLISHED)}
    with under_load(rig.gallery.port, rig.ledger, seed) as load:
        row = Row(rig, name, load)
        with _watching(row):
            yield row
            row.until(1)
        seconds, gateway = load.seconds, load.sent["gateway"]
    rig.go_on()
    rig.wait_until_well()
    published = [upload for upload in rig.ledger.all(Fate.PUBLISHED) if upload.id not in published_before]
    lost = lost_pictures(rig, published, row.choice)
    left = leaked(rig)
    unexpected = [mishap for mishap in load.mishaps if not row.is_excused(mishap)]
    unexplained = [mishap for mishap in load.mishaps if not told_to_come_back(mishap)]
    row.figures = table.Figures(
        seconds=seconds,
        times=row.times,
        sent=load.sent.total(),
        refused=len(load.mishaps) - len(unexplained),
        by_broken=sum(row.is_excused(mishap) for mishap in unexplained),
        failed=sum(not row.is_excused(mishap) for mishap in unexplained),
        wrong=len(load.wrong),
        old=load.asked["old list"],
        slowest=max(slow for slow, _ in load.slowest.values()),
        published=len(published),
        lost=len(lost),
        left=len(left),
    )
    print(row.figures)
    print(f"{gateway / seconds:.0f} requests/s to the gateway, slowest {load.slowest}, {dict(load.asked)}")
    print(f"{len(load.mishaps)} mishaps, for instance {load.mishaps[:3]}")
    assert not load.wrong, load.wrong[:5]
    assert not unexpected, (len(unexpected), unexpected[:5])
    assert not lost, lost[:5]
    assert not left, left[:5]
    if row.busy or RATE < LEAST_RATE:
        print("other work kept the machine busy: the rate says nothing, and no figures are written")
        return
    assert gateway / seconds >= LEAST_RATE
    assert len(published) >= SECONDS / 4
    if SECONDS >= 60:
        table.write(name, row.figures)


def lost_pictures(rig: Rig, published: list[Upload], choice: random.Random, older: int = 60) -> list[str]:
    """Published pictures that are not listed, or that do not come back byte for byte.

    Every published picture must be listed; the bytes of `published` and of some older ones are fetched.
    """
    listed: set[str] = set()
    wire, cursor = Wire(rig.gallery.port), ""
    while cursor is not None:
        page = wire.ask(
            "GET", f"/api/images?limit=200{f'&cursor={cursor}' if cursor else ''}", {"Cache-Control": "no-cache"}
        )
        assert page.status == 200, page
        listed |= {item["id"] for item in page.json()["items"]}
        cursor = page.json()["next_cursor"]
    everything = rig.ledger.all(Fate.PUBLISHED)
    lost = [f"{upload.id} is not listed" for upload in everything if upload.id not in listed]
    lost += [f"{upload.id} is back" for upload in rig.ledger.all(Fate.CANCELLED, Fate.DELETED) if upload.id in listed]
    wanted = {upload.id: upload for upload in [*published, *choice.sample(everything, min(older, len(everything)))]}

    with ThreadPoolExecutor(4) as pool:
        lost += filter(None, pool.map(lambda upload: differs(rig, upload), wanted.values()))
    wire.close()
    return lost


def leaked(rig: Rig) -> list[str]:
    """Bytes in staging that neither their sender nor the reconciler will ever remove."""
    waiting = {upload.id: upload for upload in rig.ledger.all(Fate.GRANTED, Fate.SENT, Fate.UNKNOWN, Fate.HALF_SENT)}
    found = []
    for name, size in rig.staged().items():
        upload = waiting.get(name.removesuffix(".t"))
        if upload is None:
            found.append(f"{name}: {size} bytes of what is settled")
        elif upload.fate is Fate.HALF_SENT and not name.endswith(".t"):
            found.append(f"{name}: {size} bytes of what was never sent whole")
    return found


def differs(rig: Rig, upload: Upload) -> str:
    """How the served picture differs from the one sent; empty if it is equal."""
    wire = Wire(rig.gallery.port)
    link = wire.ask("GET", f"/api/images/{upload.id}/original")
    wire.close()
    answer = to_store("GET", link.header("location")) if link.status == 302 else link
    same = hashlib.sha256(answer.body).hexdigest() == upload.sha256
    return "" if same else f"{upload.id} has other bytes ({answer.status} {answer.fault})"


def publish(rig: Rig) -> Upload:
    """Publish one more picture, outside the load. Raises OSError or AssertionError on failure."""
    client, content = Client(rig.gallery.url), picture()
    with closing(client.session):
        granted = client.grant(content)
        upload = rig.ledger.granted(granted["id"], granted["token"], content)
        rig.ledger.settle(upload, Fate.UNKNOWN)
        put = granted["put"]
        assert to_store("PUT", put["url"], put["headers"], content).status == 200
        rights = bearer(upload.token)
        client.ask("POST", f"/api/uploads/{upload.id}/complete", (200, 201), headers=rights, timeout=40)
    rig.ledger.settle(upload, Fate.PUBLISHED)
    return upload


def can_publish(rig: Rig) -> bool:
    """Whether one more picture can be published now."""
    with suppress(AssertionError, OSError):
        publish(rig)
        return True
    return False
