"""The table of a run: medians and ranges of alternated repetitions, CPU seconds and wall."""

from __future__ import annotations

import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).parent.parent.parent / "bench-results"
REPEAT = 3


@dataclass(frozen=True)
class Row:
    """One figure: what, its unit, the median and the range of its repetitions."""

    what: str
    unit: str
    median: float
    low: float
    high: float
    note: str = ""


@dataclass(frozen=True)
class Timing:
    wall: float  # seconds
    cpu: float  # seconds of this process


def timed(work: Callable[[], object]) -> Timing:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Timing(time.perf_counter() - wall, time.process_time() - cpu)


def row(what: str, unit: str, values: Sequence[float], note: str = "") -> Row:
    return Row(what, unit, statistics.median(values), min(values), max(values), note)


def write(rows: Sequence[Row]) -> None:
    """Print the table and keep it, with the machine it was measured on."""
    machine = f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    lines = [f"# Bench of {datetime.now(UTC):%Y-%m-%d %H:%M} UTC on {machine}", "",
             "| what | median | range | unit | note |", "|---|---|---|---|---|"]  # fmt: skip
    lines += [
        f"| {r.what} | {r.median:,.3g} | {r.low:,.3g} to {r.high:,.3g} | {r.unit} | {r.note} |"
        for r in rows
    ]
    text = "\n".join(lines)
    print(text)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "latest.md").write_text(text + "\n", encoding="utf-8")
    kept = json.dumps([asdict(r) for r in rows], indent=1)
    (RESULTS / f"{datetime.now(UTC):%Y%m%dT%H%M%S}.json").write_text(kept, encoding="utf-8")
