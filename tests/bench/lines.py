"""The same people as a file and as lines of JSON: what a line costs beside a row.

Each way has a database of its own, and the two take turns. A file is checked before it is run and
can be undone, lines are answered at once; both end in the same rows. How many people:
FANLIGHT_BENCH_LINES.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.bench import importing, report

PEOPLE = int(os.environ.get("FANLIGHT_BENCH_LINES", "100000"))
NUMBERS = ("lifetime_value", "orders")
LISTS = ("tags", "topics")
FIELDS = {
    "psid": "key",
    "last_message_at": "last_inbound_at",
    "marketing_consent_at": "opted_in_at",
}
OWN = (*NUMBERS, "favourite_store")


def run() -> list[report.Row]:
    return [row for columns in (importing.PLAIN, importing.RICH) for row in _measured(columns)]


def _measured(columns: tuple[str, ...]) -> list[report.Row]:
    with tempfile.TemporaryDirectory(prefix="fanlight-bench-") as folder:
        path = Path(folder)
        ways = {"file": path / "file", "lines": path / "lines"}
        for place in ways.values():
            place.mkdir()
            importing.prepare(place)
        files, lines = [], []
        for n in range(2):
            file = importing.file_of(path / f"{n}.csv", n, columns, PEOPLE)
            files.append(importing.imported(ways["file"], file))
            lines.append(_posted(ways["lines"], _as_lines(file)))
        again = _posted(ways["lines"], path / "0.ndjson")
    assert {it["created"] for it in (*files, *lines)} == {PEOPLE}, (files, lines)
    assert again["unchanged"] == PEOPLE, again
    return _told("plain" if columns == importing.PLAIN else "rich", files, lines, again)


def _told(
    kind: str, files: list[dict[str, Any]], lines: list[dict[str, Any]], again: dict[str, Any]
) -> list[report.Row]:
    costs = [line["cpu"] / file["cpu"] for file, line in zip(files, lines, strict=True)]
    return [
        report.row(f"{PEOPLE:,} people as lines of JSON, {kind}", "rows/CPU-s",
                   [PEOPLE / it["cpu"] for it in lines], "through the whole application"),
        report.row(f"the same lines again, {kind}", "rows/CPU-s", [PEOPLE / again["cpu"]]),
        report.row(f"the same people as a file, {kind}", "rows/CPU-s",
                   [PEOPLE / it["cpu"] for it in files]),
        report.row(f"CPU of lines / of a file, {kind}", "x", costs),
        report.row(f"memory that lines needed, {kind}", "MB",
                   [it["memory"] - it["before"] for it in (*lines, again)]),
    ]  # fmt: skip


def _posted(folder: Path, file: Path) -> dict[str, Any]:
    given = [sys.executable, "-m", "tests.bench.lines_apart", str(folder), str(file)]
    done = subprocess.run(given, check=True, capture_output=True, text=True)
    told: dict[str, Any] = json.loads(done.stdout)
    assert told["errors"] == [], told["errors"][:3]
    return told


def _as_lines(file: Path) -> Path:
    """The rows of a file as a program would send them."""
    into = file.with_suffix(".ndjson")
    with file.open(newline="", encoding="utf-8") as rows, into.open("w", encoding="utf-8") as lines:
        for row in csv.DictReader(rows):
            lines.write(json.dumps(dict(_cells(row))) + "\n")
    return into


def _cells(row: dict[str, str]) -> Iterator[tuple[str, object]]:
    """Only those that say something."""
    told = {FIELDS.get(name, name): cell for name, cell in row.items() if cell}
    yield from ((name, cell) for name, cell in told.items() if name not in (*OWN, *LISTS))
    yield from ((name, told[name].split("|")) for name in LISTS if name in told)
    own = {name: told[name] for name in OWN if name in told}
    if own:
        yield (
            "attributes",
            {name: float(cell) if name in NUMBERS else cell for name, cell in own.items()},
        )
