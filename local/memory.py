"""The memory of this machine or container, and the store's share of it."""

import re
from pathlib import Path

MEBIBYTE = 1 << 20
SHARE = 8
"""The store gets an eighth, because the services, the cache and other programs need memory too."""
LEAST, MOST = 512 * MEBIBYTE, 4096 * MEBIBYTE
"""The heap of a store in use is 250 to 270 MB. With less than twice that, its garbage collector runs all the time."""


def store_limit(bytes_available: int) -> str:
    """Return GOMEMLIMIT for the store, given the bytes that all programs together may use."""
    return f"{min(max(bytes_available // SHARE, LEAST), MOST) // MEBIBYTE}MiB"


def available(proc: Path = Path("/proc"), cgroups: Path = Path("/sys/fs/cgroup")) -> int:
    """Return the bytes that all programs together may use: the machine's memory, or a lower control group limit."""
    total = re.search(r"(?m)^MemTotal:\s+([0-9]+) kB$", (proc / "meminfo").read_text("ascii"))
    if total is None:
        raise ValueError("/proc/meminfo has no MemTotal")
    return min([int(total[1]) * 1024, *_limits(proc, cgroups)])


def _limits(proc: Path, cgroups: Path) -> list[int]:
    """Return the memory limits of this process's control group and of its ancestors, versions 1 and 2."""
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
        # In a container the path may be the host's and not exist here; the root is then the container's own group.
        group = top / path.lstrip("/")
        while group.is_relative_to(top):
            found += _number(group / name)
            group = group.parent
    return found


def _number(file: Path) -> list[int]:
    """Return the number in a file, or None if there is none (version 2 writes `max` for no limit)."""
    try:
        return [int(file.read_text("ascii"))]
    except (OSError, ValueError):
        return []
