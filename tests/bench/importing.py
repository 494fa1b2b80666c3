"""Importing 1,000,000 people twice over, against `sqlite3 .import` of the same file, unconstrained.

The import checks the file, types every cell, keeps seven indexes and remembers whom it brought; the
shell keeps texts in a table without a key. Each part runs in a process of its own, so its memory is
its own. How many rows: FANLIGHT_BENCH_IMPORT.
"""

from __future__ import annotations

import csv
import os
import random
import shutil
import sqlite3
import subprocess
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests import cast, stage
from tests.bench import ground, report
from webapp import db as database
from webapp.domain.permission import Actor, Role
from webapp.services import import_at_once
from webapp.store import schema

PEOPLE = int(os.environ.get("FANLIGHT_BENCH_IMPORT", "1000000"))
COLUMNS = ("psid", "first_name", "last_name", "locale", "timezone", "country", "city",
           "last_message_at")  # fmt: skip
EDITOR = Actor(None, "Edna", Role.EDITOR)


def run() -> list[report.Row]:
    with tempfile.TemporaryDirectory(prefix="fanlight-bench-") as folder:
        path = Path(folder)
        files = [_file(path / f"{n}.csv", n) for n in range(2)]
        shells = [_bare(path, file) for file in files]
        with ProcessPoolExecutor(1, max_tasks_per_child=1) as apart:
            apart.submit(_prepare, path).result()
            done = [apart.submit(_import, path, file).result() for file in files]
    walls, cpus, megabytes, before = zip(*done, strict=True)
    how = "sqlite3 shell" if shutil.which("sqlite3") else "Python's executemany"
    return [
        report.row(f"import of {PEOPLE:,} people", "rows/s", [PEOPLE / it for it in walls],
                   "checked, written, remembered; the first and the second million"),
        report.row("import, CPU", "rows/CPU-s", [PEOPLE / it for it in cpus]),
        report.row(".import without constraints", "rows/s", [PEOPLE / it for it in shells], how),
        report.row("import / .import", "x",
                   [bare / wall for bare, wall in zip(shells, walls, strict=True)], "target: 0.4"),
        report.row("second million / first", "x", [walls[0] / walls[1]], "target: 0.95"),
        report.row("second million / first, CPU", "x", [cpus[0] / cpus[1]]),
        report.row("memory of the importing process", "MB", megabytes, "target: 100"),
        report.row("memory before it began", "MB", before),
    ]  # fmt: skip


def _file(path: Path, n: int) -> Path:
    """Ids, names and times in no order; a tenth never wrote."""
    chance, now = random.Random(ground.SEED + n), datetime.now(UTC)
    with path.open("w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file)
        lines.writerow(COLUMNS)
        for key in chance.sample(range(10**15 * (n + 1), 10**15 * (n + 2)), PEOPLE):
            at = now - timedelta(seconds=chance.randrange(90 * 86_400))
            wrote = f"{at:%Y-%m-%dT%H:%M:%SZ}" if chance.random() < 0.9 else ""
            first, last = chance.randrange(20_000), chance.randrange(50_000)
            city, country = f"City {first % 900}", chance.choice(ground.COUNTRIES)
            lines.writerow([key, f"First{first}", f"Läst {last}", "fr_FR", "Europe/Paris",
                            country, city, wrote])  # fmt: skip
    return path


def _bare(folder: Path, file: Path) -> float:
    """Seconds that SQLite's own shell needs, else a plain executemany of the same cells."""
    into = folder / f"bare-{file.stem}.db"
    begun = time.perf_counter()
    shell = shutil.which("sqlite3")
    if shell:
        given = [shell, str(into), ".mode csv", f".import {file} people"]
        subprocess.run(given, check=True)
    else:
        _executemany(into, file)
    seconds = time.perf_counter() - begun
    with sqlite3.connect(into) as bare:
        assert bare.execute("SELECT count(*) FROM people").fetchone() == (PEOPLE,)
    into.unlink()
    return seconds


def _executemany(into: Path, file: Path) -> None:
    marks = ", ".join("?" * len(COLUMNS))
    with sqlite3.connect(into) as bare, file.open(newline="", encoding="utf-8") as lines:
        bare.execute(f"CREATE TABLE people ({', '.join(COLUMNS)})")
        rows = csv.reader(lines)
        next(rows)
        bare.executemany(f"INSERT INTO people VALUES ({marks})", rows)  # noqa: S608


def _prepare(folder: Path) -> None:
    made = _opened(folder)
    schema.upgrade(made.engine)
    stage.build(made, datetime.now(UTC), folder)
    made.dispose()


def _import(folder: Path, file: Path) -> tuple[float, float, float, float]:
    """Wall and CPU seconds, the most memory, and what was used before; everybody came once."""
    made, before = _opened(folder), _megabytes("VmRSS")
    begun, worked = time.perf_counter(), time.process_time()
    job = import_at_once.run_to_end(made, cast.VAULT, folder, EDITOR, 1, 1, file, datetime.now(UTC))
    spent = time.perf_counter() - begun, time.process_time() - worked
    assert (job.state, job.created) == ("done", PEOPLE), job.reason
    made.dispose()
    return *spent, _megabytes("VmHWM"), before


def _opened(folder: Path) -> database.Database:
    return database.Database(f"sqlite:///{folder / 'fanlight.db'}")


def _megabytes(which: str) -> float:
    status = Path("/proc/self/status")
    if not status.exists():
        return float("nan")  # only Linux tells
    return int(status.read_text().split(f"{which}:")[1].split()[0]) / 1024
