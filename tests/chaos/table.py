"""Writes the figures of docs/reliability.md. Each scenario replaces its own row and keeps the others."""

import fcntl
import os
import platform
from dataclasses import dataclass
from pathlib import Path

DOCUMENT = Path(__file__).parents[2] / "docs" / "reliability.md"
BEGIN, END = "<!-- figures: written by tests/chaos -->", "<!-- end of figures -->"
HEADINGS = (
    "what broke",
    "for",
    "sent",
    "told to come back",
    "by what was broken",
    "failed",
    "wrong",
    "old lists",
    "slowest",
    "published",
    "lost",
    "left in staging",
)
# scenario → its name in the table, in the order of the table
ROWS = {
    "replicas-killed": "replicas of all services killed",
    "replicas-hung": "a replica of each service hung",
    "rolling-restart": "rolling restart, and the gateway reloaded",
    "service-down": "all of one service down, one service after another",
    "redis": "Redis down, hung, flushed, full of garbage",
    "store-away": "the store down, hung, slow",
    "store-killed": "the store killed right after `complete`",
    "store-full": "the store's disk full",
    "clock": "the clock of a service wrong",
    "other-parts": "gateway, Redis and reconciler killed and hung",
    "clients": "clients that go away half-way",
}


@dataclass(frozen=True)
class Figures:
    """The figures of one scenario. Requests to the gateway and to the store are counted together."""

    seconds: float
    times: str
    """How often the fault was injected, in words; may be empty."""
    sent: int
    refused: int
    by_broken: int
    """Errors of the broken service itself that its scenario allows, such as those of a killed gateway."""
    failed: int
    wrong: int
    old: int
    slowest: float
    published: int
    lost: int
    left: int

    def cells(self, name: str) -> list[str]:
        """Return the row's cells in the order of HEADINGS."""
        what = f"{ROWS[name]}{f' ({self.times})' if self.times else ''}"
        counts = (self.sent, self.refused, self.by_broken, self.failed, self.wrong, self.old)
        return [
            what,
            f"{self.seconds:.0f} s",
            *(f"{count:,}" for count in counts),
            f"{self.slowest:.1f} s",
            f"{self.published:,}",
            f"{self.lost:,}",
            f"{self.left:,}",
        ]


def write(name: str, figures: Figures, document: Path = DOCUMENT) -> None:
    """Write a scenario's row between its marks in the document."""
    with document.open("r+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        text = file.read()
        before, _, rest = text.partition(BEGIN)
        block, _, after = rest.partition(END)
        lines = _lines_by_name(block) | {name: _line(figures.cells(name))}
        ordered = [lines[known] for known in ROWS if known in lines]
        header = [_line(HEADINGS), _line(["---", *["---:"] * (len(HEADINGS) - 1)])]
        machine = f"{os.cpu_count()} cores, Python {platform.python_version()}"
        new = "\n".join([BEGIN, "", *header, *ordered, "", f"Measured on {machine}.", "", END])
        file.seek(0)
        file.truncate()
        file.write(before + new + after)


def _lines_by_name(block: str) -> dict[str, str]:
    found = {}
    for line in block.splitlines():
        for name, what in ROWS.items():
            if line.startswith((f"| {what} |", f"| {what} (")):
                found[name] = line
    return found


def _line(cells: "list[str] | tuple[str, ...]") -> str:
    return f"| {' | '.join(cells)} |"
