"""The CPU that processes of others have used, with all their children: from /proc, on Linux."""

from __future__ import annotations

import os
from pathlib import Path

PARENT, USER, SYSTEM = 1, 11, 12  # places after the name in /proc/PID/stat


def of(*pids: int) -> float:
    """Seconds so far, of these processes and of every child that lives."""
    stats = _stats()
    family = set(pids)
    while children := {pid for pid, it in stats.items() if int(it[PARENT]) in family} - family:
        family |= children
    ticks = sum(int(it[USER]) + int(it[SYSTEM]) for pid, it in stats.items() if pid in family)
    return ticks / os.sysconf("SC_CLK_TCK")


def parent(pid: int) -> int:
    return int(_stats()[pid][PARENT])


def _stats() -> dict[int, list[str]]:
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = path.read_text(encoding="ascii", errors="replace")
        except OSError:  # it has just ended
            continue
        found[int(path.parent.name)] = text.rpartition(")")[2].split()
    return found
