"""Tests the harness itself, in every run: it detects errors, writes its table, and survives real faults."""

import random
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from tests.chaos import table
from tests.chaos.ledger import Fate, Ledger
from tests.chaos.load import under_load
from tests.chaos.rig import Rig
from tests.chaos.rows import leaked, lost_pictures, publish, told_to_come_back


def page(*ids: str, more: bool = False, size: int = 1) -> dict[str, Any]:
    return {"items": [{"id": each, "size": size} for each in ids], "next_cursor": ids[-1] if more else None}


@pytest.fixture
def ledger() -> Ledger:
    """Two pictures, b and d; c was cancelled, e was never sent."""
    made = Ledger()
    fates = {"b": Fate.PUBLISHED, "c": Fate.CANCELLED, "d": Fate.PUBLISHED, "e": Fate.GRANTED}
    for name, fate in fates.items():
        made.settle(made.granted(name, "token", b"x"), fate)
    return made


@pytest.mark.parametrize(
    ("shown", "start", "faults"),
    [
        (page("b", "d"), "", 0),
        (page("d"), "b", 0),
        (page("b", more=True), "", 0),
        (page("b"), "", 1),
        (page("d"), "", 1),
        (page("d", "b"), "", 1),
        (page("b", "b", "d"), "", 1),
        (page("b", "d"), "b", 1),
        (page("b", "c", "d"), "", 1),
        (page("b", "d", "e"), "", 1),
        (page("b", "d", "f"), "", 1),
        (page("b", "d", size=2), "", 2),
    ],
    ids=str,
)
def test_a_page_is_held_against_all_that_was_promised(
    ledger: Ledger, shown: dict[str, Any], start: str, faults: int
) -> None:
    """Missing, doubled, out of order, cancelled, never sent, unknown, of another size: each is detected."""
    now = time.time() + 1
    assert len(ledger.faults_of_page(shown, start, now, now)) == faults


def test_a_page_may_lack_what_came_after_it(ledger: Ledger) -> None:
    before = time.time() - 1
    assert ledger.faults_of_page(page(), "", before, before) == []


def test_each_row_writes_its_own_line_and_leaves_the_others(tmp_path: Path) -> None:
    document = tmp_path / "document.md"
    document.write_text(f"before\n{table.BEGIN}\n{table.END}\nafter\n")
    figures = table.Figures(60, "10 times", 4000, 3, 5, 0, 0, 1, 2.345, 200, 0, 0)
    for name in ("redis", "replicas-killed", "redis"):
        table.write(name, figures, document)
    text = document.read_text()
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert [line.split(" | ")[0] for line in lines[2:]] == [
        f"| {table.ROWS[name]} (10 times)" for name in ("replicas-killed", "redis")
    ]
    assert "| 4,000 | 3 | 5 | 0 | 0 | 1 | 2.3 s | 200 | 0 | 0 |" in lines[2]


def test_the_document_has_a_place_for_the_figures(tmp_path: Path) -> None:
    copy = Path(shutil.copy(table.DOCUMENT, tmp_path))
    table.write("redis", table.Figures(60, "", 1, 0, 0, 0, 0, 0, 0.1, 1, 0, 0), copy)
    assert copy.read_text() != table.DOCUMENT.read_text()


@pytest.mark.timeout(240)
def test_a_short_load_meets_a_dead_replica_and_a_dead_gateway(rig: Rig) -> None:
    """The scenarios of `make test-alone` in small: kills, every answer checked, and nothing left behind."""
    publish(rig)
    with under_load(rig.gallery.port, rig.ledger, seed=1) as load:
        time.sleep(1.5)
        rig.kill("upload-0")
        rig.kill("catalog-1", "workers")
        time.sleep(2)
        calm = list(load.mishaps)
        before = rig.gallery.pids["gateway"]
        rig.kill("gateway", "first")
        rig.wait("the gateway back", lambda: rig.gallery.pids["gateway"] not in (0, before))
        time.sleep(2)
    rig.wait_until_well()
    assert [mishap for mishap in calm if not told_to_come_back(mishap)] == []
    assert load.wrong == []
    assert {mishap.who for mishap in load.mishaps if mishap.status == 0} <= {"gateway"}
    assert lost_pictures(rig, rig.ledger.all(Fate.PUBLISHED), random.Random(1)) == []
    assert leaked(rig) == []
    assert load.sent["gateway"] > 100
