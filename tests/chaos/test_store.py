"""The store is away, slow, killed or full, under load: no published picture is lost; other calls can be repeated."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from local.processes import SERVICES
from tests.chaos.load import Mishap
from tests.chaos.rig import REPLICAS, Rig, running_rig
from tests.chaos.rows import SECONDS, Row, can_publish, differs, publish, running_row, store_silent, told_to_come_back
from tests.support.outcome import lacking
from tests.support.processes import end, start

pytestmark = [pytest.mark.long, pytest.mark.quiet, pytest.mark.timeout(400)]

DISK_BYTES = 512 * 1024 * 1024
"""The size of the disk in the test that fills it, in bytes."""

LAST_MOMENT_SECONDS = 4
"""How long a list may wait for the store before it is refused, plus a margin, in seconds."""

WITHOUT_STORE = {"config", "grant", "list", "old list"}
"""Calls answered without the store: permissions are signed locally, and the last known list is in Redis."""


def needs_the_store(mishap: Mishap) -> bool:
    """A call that needs the store and gets a 503 with Retry-After."""
    return told_to_come_back(mishap) and mishap.what not in WITHOUT_STORE


def waits_for_the_store(mishap: Mishap) -> bool:
    """The same, or a browser that cannot reach the store."""
    return store_silent(mishap) or needs_the_store(mishap)


@contextmanager
def without_the_store(row: Row, broken: AbstractContextManager[None]) -> Iterator[None]:
    """Break the store until the block ends, and excuse the expected failures."""
    with row.excusing(waits_for_the_store, afterwards=8), ExitStack() as stack:
        # No list from before a deletion is shown, so a client that deleted just before the fault gets a 503.
        with row.excusing(told_to_come_back, afterwards=LAST_MOMENT_SECONDS):
            stack.enter_context(broken)
        yield


@contextmanager
def behind_a_proxy(rig: Rig, folder: Path) -> Iterator[Path]:
    """Let the services reach the store through a delaying proxy; yields the file with its delay in seconds."""
    file = folder / "proxy"
    command = [sys.executable, "-m", "tests.chaos.slow", rig.gallery.s3_url, str(file)]
    process = start(command, folder / "proxy.log", {"PATH": os.defpath}, Path(__file__).parents[2])
    try:
        rig.wait("the proxy", lambda: file.with_suffix(".s3").exists())
        _reach_the_store_at(rig, file.with_suffix(".s3").read_text())
        yield file.with_suffix(".delay")
    finally:
        _reach_the_store_at(rig, None)
        end(process)


def _reach_the_store_at(rig: Rig, address: str | None) -> None:
    for service in SERVICES:
        rig.seam(service, "s3", address)
    for part in (*REPLICAS, "reconciler"):
        rig.restart(part)


def test_a_store_that_is_away_or_slow_is_waited_for(rig: Rig, tmp_path: Path) -> None:
    """Down, hung, slow: the head of the list and permissions always work; other calls get a 503 with Retry-After."""
    with behind_a_proxy(rig, tmp_path) as delay, running_row(rig, "store-away") as row:
        row.until(0.03)
        with without_the_store(row, rig.down("store")):
            row.until(0.2)
        row.until(0.37)
        with without_the_store(row, rig.hung("store")):
            row.until(0.53)
        row.until(0.67)
        # Browsers reach the store without the proxy, so their requests do not fail.
        with row.excusing(needs_the_store, afterwards=8):
            delay.write_text("1.5")
            row.until(0.83)
            delay.write_text("0")
    slowest = max((mishap.seconds for mishap in row.load.mishaps if mishap.who == "gateway"), default=0)
    print(f"slowest refusal {slowest:.1f} s")


def test_what_was_published_survives_a_kill_of_the_store_right_after(rig: Rig) -> None:
    """Killed right after `complete` has answered, again and again, while others upload too."""
    kills = 0
    with running_row(rig, "store-killed") as row:
        with row.excusing(lambda mishap: store_silent(mishap) or told_to_come_back(mishap)):
            while row.load.seconds < SECONDS - 8:
                upload = publish(rig)
                rig.kill("store")
                kills += 1
                rig.wait("the picture there, byte for byte", lambda upload=upload: not differs(rig, upload))
                rig.wait("uploads again", lambda: can_publish(rig))
        row.times = f"{kills} times"
    assert kills >= 8 * min(1, SECONDS / 60)


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A file system in memory for the store alone."""
    folder.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES},mode=700", "vitrine-chaos", str(folder)]
    mounted = subprocess.run(mount, capture_output=True, text=True, check=False)
    if mounted.returncode:
        lacking("MOUNT", mounted.stderr.strip())
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(file: Path) -> None:
    """Write until the disk is full."""
    with suppress(OSError), file.open("wb", buffering=0) as full:
        while full.write(b"\0" * 65536):
            pass


def test_a_full_disk_of_the_store_refuses_uploads_and_nothing_else(short_folder: Path) -> None:
    """Lists and pictures still work; when there is space again, so do uploads, without a restart."""
    folder = short_folder / "full"
    with small_disk(folder / "d" / "store"), running_rig(folder) as rig, running_row(rig, "store-full") as row:
        filler = folder / "d" / "store" / "filler"
        row.until(0.1)
        with row.excusing(refused_for_lack_of_space, afterwards=10):
            fill(filler)
            row.until(0.2)
            assert not can_publish(rig)
            row.until(0.55)
        with row.excusing(waits_for_the_store, afterwards=10):  # it needs a restart
            filler.unlink()
            back = rig.wait("uploads again", lambda: can_publish(rig))
        print(f"uploads again {back:.1f} s after there was space")


def refused_for_lack_of_space(mishap: Mishap) -> bool:
    """A PUT that the store refuses, a call that must write and gets a 503, or a grant that gets a 507."""
    if mishap.what == "grant":
        return mishap.status == 507
    writes = {"put", "put preview", "complete", "cancel", "delete", "restore"}
    return mishap.what in writes and (store_silent(mishap) or told_to_come_back(mishap))
