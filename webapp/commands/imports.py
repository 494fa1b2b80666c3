"""A file of subscribers, brought in at once."""

from __future__ import annotations

from pathlib import Path

import click

from webapp.commands import shell
from webapp.commands.making import BRAND
from webapp.commands.shell import OPERATOR, Failure, Shell, Told
from webapp.domain import import_encoding, remark
from webapp.services import import_at_once
from webapp.store import channels, imports

COUNTS = ("rows", "created", "updated", "unchanged", "refused")
SHOWN = 20  # refused lines printed to people


def register(fanlight: click.Group) -> None:
    shell.command(fanlight, "import")(_import)


@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@BRAND
@click.option("--channel", type=shell.ID, help="Its id; may be left out with one channel.")
@click.option("--zone", help="Zone of the file's times; else the brand's.")
@click.option("--wording", default="", help="What people were shown when they opted in.")
@click.option(
    "--encoding", type=click.Choice(import_encoding.CODECS), metavar="NAME",
    help=f"How its letters are written; else it is guessed. {', '.join(import_encoding.CODECS)}.",
)  # fmt: skip
def _import(
    shell: Shell,
    file: Path,
    brand: str | None,
    channel: int | None,
    zone: str | None,
    wording: str,
    encoding: str | None,
) -> Told:
    """Import a CSV or XLSX file with the columns it seems to have."""
    brand_id = shell.brand(brand).id or 0
    channel_id = channel or _only_channel(shell, brand_id)
    options = {"wording": wording, **({"zone": zone} if zone else {})}
    job = import_at_once.run_to_end(
        shell.house.db, shell.house.vault, shell.settings.instance, OPERATOR,
        brand_id, channel_id, file, shell.now, options, encoding,
    )  # fmt: skip
    counts = {name: getattr(job, name) for name in COUNTS}
    counts["doubled"] = int(str(job.options.get("doubled") or 0))  # whose person has a later row
    lines = [", ".join(f"{n:,} {name}" for name, n in counts.items())]
    refused = _refused(shell, brand_id, job.id or 0)
    told = [f"line {it['line']}: {it['column']}: {it['reason']}" for it in refused[:SHOWN]]
    data = {"id": job.id, "state": job.state, **counts, "reason": job.reason, "errors": refused}
    if job.state != "done":
        lines = [f"The import ended as {job.state}: {job.reason}", *lines]
    return Told(data, [*lines, *told], 0 if job.state == "done" else 1)


def _only_channel(shell: Shell, brand_id: int) -> int:
    with shell.reader(brand_id) as session:
        found = [(row.id or 0, row.name) for row in channels.page(session)]
    if not found:
        raise Failure("This brand has no channel yet. Run: fanlight channel connect")
    if len(found) > 1:
        named = ", ".join(f"{key} {name}" for key, name in found)
        raise click.UsageError(f"This brand has several channels, name one: {named}.")
    return found[0][0]


def _refused(shell: Shell, brand_id: int, job_id: int) -> list[dict[str, object]]:
    with shell.reader(brand_id) as session:
        rows = imports.lines(session, job_id, note=False, limit=1000)
        return [
            {
                "line": row.line,
                "column": row.column,
                "value": row.value,
                "reason": str(remark.from_json(row.reason) or ""),
            }
            for row in rows
        ]
