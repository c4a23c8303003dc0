"""How much memory this machine or container gives us, and the store's share of it."""

import re
from pathlib import Path

MEBIBYTE = 1 << 20
SHARE = 8
"""The store gets an eighth: the services, the cache and other programs of this machine need some too."""
LEAST, MOST = 512 * MEBIBYTE, 4096 * MEBIBYTE
"""A used store's heap is 250 to 270 MB. Below twice that its garbage collector hardly rests."""


def store_limit(bytes_available: int) -> str:
    """Return GOMEMLIMIT for the store, given the bytes that all programs here may use together."""
    return f"{min(max(bytes_available // SHARE, LEAST), MOST) // MEBIBYTE}MiB"


def available(proc: Path = Path("/proc"), cgroups: Path = Path("/sys/fs/cgroup")) -> int:
    """Return how many bytes all programs here may use: the machine's memory, or a control group's limit below it."""
    total = re.search(r"(?m)^MemTotal:\s+([0-9]+) kB$", (proc / "meminfo").read_text("ascii"))
    if total is None:
        raise ValueError("/proc/meminfo has no MemTotal")
    return min([int(total[1]) * 1024, *_limits(proc, cgroups)])


def _limits(proc: Path, cgroups: Path) -> list[int]:
    """Return the memory limits of this process's control group and of those around it, versions 1 and 2."""
    try:
        lines = (proc / "self" / "cgroup").read_text("utf-8").splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            top, name = cgroups, "memory.max"
        elif "memory" in controllers.split(","):
            top, name = cgroups / "memory", "memory.limit_in_bytes"
        else:
            continue
        # Inside a container the path may be the host's, which is not there; then the top is the container's own group.
        group = top / path.lstrip("/")
        while group.is_relative_to(top):
            found += _number(group / name)
            group = group.parent
    return found


def _number(file: Path) -> list[int]:
    """Return the number in a file, if it is there and holds one (without a limit version 2 says `max`)."""
    try:
        return [int(file.read_text("ascii"))]
    except (OSError, ValueError):
        return []
