"""What became of a broadcast: its sum, and its ledger as a file."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TextIO

import click

from webapp import db
from webapp.commands import shell
from webapp.commands.shell import Shell, Told
from webapp.services import reporting
from webapp.services.reporting import Report
from webapp.store import broadcasts

SUM = ("sent", "skipped", "failed", "cancelled", "unknown", "waiting")


def register(fanlight: click.Group) -> None:
    for name, verb, function in (
        ("broadcast", "status", _status),
        ("deliveries", "export", _export),
    ):
        group = click.Group(name)
        fanlight.add_command(group)
        shell.command(group, verb)(function)


@click.argument("number", metavar="ID", type=shell.ID)
def _status(shell: Shell, number: int) -> Told:
    """Its state and the sum of its ledger."""
    with shell.reader(db.EVERY_BRAND) as session:
        row = broadcasts.get(session, number)
    with shell.reader(row.brand_id) as session:
        found = reporting.report(session, number)
    counts = {name: getattr(found.totals, name) for name in SUM}
    data = {
        "id": number,
        "name": row.name,
        "state": row.state,
        "scheduled_at": row.scheduled_at,
        "audience": found.totals.audience,
        **counts,
        "adds_up": found.totals.adds_up,
        "planned": found.planned,
        "facts": dict(found.facts),
        "reasons": [
            {"state": it.state.name.lower(), "code": it.reason.code, "people": it.people}
            for it in found.reasons
        ],
        "totals": asdict(found.totals),
    }
    return Told(data, list(_lines(row.name, row.state, found)))


def _lines(name: str, state: str, found: Report) -> Iterator[str]:
    parts = " + ".join(f"{getattr(found.totals, part):,} {part}" for part in SUM)
    yield f"{name}: {state}"
    yield f"{found.totals.audience:,} = {parts}"
    yield ", ".join(f"{people:,} {fact}" for fact, people in found.facts.items())
    for it in found.reasons:
        yield f"{it.people:,} {it.state.name.lower()}: {it.reason.words} ({it.reason.code})"


@click.argument("number", metavar="ID", type=shell.ID)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Else printed.")
def _export(shell: Shell, number: int, output: Path | None) -> Told:
    """The whole ledger as CSV; with --json and no file, as the list `deliveries`."""
    with shell.reader(db.EVERY_BRAND) as session:
        brand_id = broadcasts.get(session, number).brand_id
    if output is None and click.get_current_context().params.get("as_json"):
        with shell.reader(brand_id) as session:
            names, *found = reporting.file_rows(session, number)
        told = [dict(zip(names, row, strict=True)) for row in found]
        return Told({"id": number, "rows": len(told), "file": "-", "deliveries": told})
    rows = -1  # the header is no row
    with shell.reader(brand_id) as session, _written(output) as file:
        writer = csv.writer(file)
        for line in reporting.file_rows(session, number):
            writer.writerow(line)
            rows += 1
    lines = [f"{output}: {rows:,} deliveries."] if output else []
    return Told({"id": number, "rows": rows, "file": str(output or "-")}, lines)


@contextmanager
def _written(output: Path | None) -> Iterator[TextIO]:
    if output is None:
        yield sys.stdout
        return
    with output.open("w", newline="", encoding="utf-8") as file:
        yield file
