"""Importing 1,000,000 people and as many others, and the first file once more, against
`sqlite3 .import` of the same file, unconstrained.

The import checks the file, types every cell, keeps eight indexes and remembers whom it brought; the
shell keeps texts in a table without a key. Two files: a plain one of ids and names, and a rich one
with a message, a place, tags, three attributes and an opt-in. Each import runs in a process of its
own, while another writer commits a row every 20 ms and notes how long it waited. How many rows:
FANLIGHT_BENCH_IMPORT.
"""

from __future__ import annotations

import csv
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests import stage
from tests.bench import ground, report
from webapp import db as database
from webapp.store import schema

PEOPLE = int(os.environ.get("FANLIGHT_BENCH_IMPORT", "1000000"))
PLAIN = ("psid", "first_name", "last_name")
RICH = (
    *PLAIN, "locale", "timezone", "country", "city", "last_message_at", "tags", "lifetime_value",
    "orders", "favourite_store", "topics", "marketing_consent_at",
)  # fmt: skip
EVERY_S = 0.02  # between two commits of the other writer


def run() -> list[report.Row]:
    return [row for columns in (PLAIN, RICH) for row in _measured(columns)]


def _measured(columns: tuple[str, ...]) -> list[report.Row]:
    with tempfile.TemporaryDirectory(prefix="fanlight-bench-") as folder:
        path = Path(folder)
        files = [file_of(path / f"{n}.csv", n, columns) for n in range(2)]
        prepare(path)
        shells, done, waits = [], [], []
        for file in (*files, files[0]):
            shells.append(_bare(path, file, len(columns)))
            with _other_writer(path / "fanlight.db") as waited:
                done.append(imported(path, file))
            waits.append(sorted(waited))
    first, second, again = done
    assert (first["created"], second["created"], again["unchanged"]) == (PEOPLE,) * 3, done
    return _told("plain" if columns == PLAIN else "rich", shells, done, waits)


def _told(
    kind: str, shells: list[float], done: list[dict[str, Any]], waits: list[list[float]]
) -> list[report.Row]:
    walls, cpus = ([it[name] for it in done] for name in ("wall", "cpu"))
    ratios = [bare / wall for bare, wall in zip(shells, walls, strict=True)]
    how = "sqlite3 shell" if shutil.which("sqlite3") else "Python's executemany"
    late, usual = ([it[int(len(it) * part)] * 1000 for it in waits] for part in (0.95, 0.5))
    return [
        report.row(f"import of {PEOPLE:,} people, {kind}", "rows/s", [PEOPLE / it for it in walls],
                   "checked, written, remembered; two files and the first again"),
        report.row(f"import, {kind}, CPU", "rows/CPU-s", [PEOPLE / it for it in cpus]),
        report.row(f"the same file again, {kind}", "rows/s", [PEOPLE / walls[2]]),
        report.row(f".import without constraints, {kind}", "rows/s",
                   [PEOPLE / it for it in shells], how),
        report.row(f"import / .import, {kind}", "x", ratios[:2], "target: 0.4"),
        report.row(f"second million / first, {kind}", "x", [walls[0] / walls[1]], "target: 0.95"),
        report.row(f"second million / first, {kind}, CPU", "x", [cpus[0] / cpus[1]]),
        report.row(f"another writer waits, p50, {kind}", "ms", usual, "a commit every 20 ms"),
        report.row(f"another writer waits, p95, {kind}", "ms", late, "a commit every 20 ms"),
        report.row(f"memory of the importing process, {kind}", "MB",
                   [it["memory"] for it in done], "target: 100"),
        report.row(f"memory before it began, {kind}", "MB", [it["before"] for it in done]),
    ]  # fmt: skip


def file_of(path: Path, n: int, columns: tuple[str, ...], people: int = PEOPLE) -> Path:
    """Ids, names and times in no order; a tenth never wrote, half opted in."""
    chance, now = random.Random(ground.SEED + n), datetime.now(UTC)
    with path.open("w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file)
        lines.writerow(columns)
        for key in chance.sample(range(10**15 * (n + 1), 10**15 * (n + 2)), people):
            at = f"{now - timedelta(seconds=chance.randrange(90 * 86_400)):%Y-%m-%dT%H:%M:%SZ}"
            first, last = chance.randrange(20_000), chance.randrange(50_000)
            opted_in = first % 2 == 0
            lines.writerow([
                key, f"First{first}", f"Läst {last}", "fr_FR", "Europe/Paris",
                chance.choice(ground.COUNTRIES), f"City {first % 900}",
                at if chance.random() < 0.9 else "", chance.choice(["vip", "vip|press", ""]),
                f"{chance.randrange(10**5) / 100:.2f}", chance.randrange(20),
                chance.choice(["Siam", "Centro", "Lyon"]), "price-drops" if opted_in else "",
                at if opted_in else "",
            ][: len(columns)])  # fmt: skip
    return path


@contextmanager
def _other_writer(path: Path) -> Iterator[list[float]]:
    """How long each of its commits took, from asking for the lock on."""
    waited: list[float] = []
    over, house = threading.Event(), database.Database(f"sqlite:///{path}")

    def write() -> None:
        with house.writer(database.EVERY_BRAND) as session:
            session.connection().exec_driver_sql("CREATE TABLE IF NOT EXISTS bench_other (at)")
            session.commit()
            while not over.wait(EVERY_S):
                begun = time.perf_counter()
                session.connection().exec_driver_sql("INSERT INTO bench_other VALUES (1)")
                session.commit()
                waited.append(time.perf_counter() - begun)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield waited
    finally:
        over.set()
        writer.join()
        house.dispose()


def imported(folder: Path, file: Path) -> dict[str, Any]:
    given = [sys.executable, "-m", "tests.bench.import_apart", str(folder), str(file)]
    done = subprocess.run(given, check=True, capture_output=True, text=True)
    told: dict[str, Any] = json.loads(done.stdout)
    assert told["state"] == "done", told
    return told


def _bare(folder: Path, file: Path, columns: int) -> float:
    """Seconds that SQLite's own shell needs, else a plain executemany of the same cells."""
    into = folder / f"bare-{file.stem}.db"
    begun = time.perf_counter()
    shell = shutil.which("sqlite3")
    if shell:
        given = [shell, str(into), ".mode csv", f".import {file} people"]
        subprocess.run(given, check=True)
    else:
        _executemany(into, file, columns)
    seconds = time.perf_counter() - begun
    with sqlite3.connect(into) as bare:
        assert bare.execute("SELECT count(*) FROM people").fetchone() == (PEOPLE,)
    into.unlink()
    return seconds


def _executemany(into: Path, file: Path, columns: int) -> None:
    marks = ", ".join("?" * columns)
    with sqlite3.connect(into) as bare, file.open(newline="", encoding="utf-8") as lines:
        bare.execute(f"CREATE TABLE people ({', '.join(f'c{n}' for n in range(columns))})")
        rows = csv.reader(lines)
        next(rows)
        bare.executemany(f"INSERT INTO people VALUES ({marks})", rows)  # noqa: S608


def prepare(folder: Path) -> None:
    made = database.Database(f"sqlite:///{folder / 'fanlight.db'}")
    schema.upgrade(made.engine)
    stage.build(made, datetime.now(UTC), folder)
    made.dispose()
