"""`fanlight drill`: the sender of a practice broadcast is killed, and the sum is told before and
after."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import click

from webapp import db
from webapp.commands import shell
from webapp.commands.shell import OPERATOR, Failure, Shell, Told
from webapp.domain import remark
from webapp.domain.delivery import Totals
from webapp.models.drill import Drill
from webapp.services import drilling
from webapp.store import broadcasts, deliveries, drills

SUM = ("sent", "skipped", "failed", "cancelled", "unknown", "waiting")
BEAT_S = 0.2


def register(fanlight: click.Group) -> None:
    shell.command(fanlight, "drill")(_drill)


@click.argument("number", metavar="ID", type=shell.ID)
@click.option("--patience", default=120, show_default=True, help="Seconds to wait at most.")
def _drill(shell: Shell, number: int, patience: int) -> Told:
    """Kill the sender in the middle of a practice broadcast, and show that the sum still holds."""
    with shell.reader(db.EVERY_BRAND) as session:
        brand_id = broadcasts.get(session, number).brand_id
    with shell.writer(brand_id) as session:
        drilling.order(session, OPERATOR, number, shell.now)
    until = time.monotonic() + patience
    drill = _awaited(shell, brand_id, number, until, "nobody was killed", _is_struck)
    click.echo("Before: " + _sum(drill.before or {}), err=True)
    click.echo(f"Killed: process {drill.pid} on {drill.host}.", err=True)
    drill = _awaited(
        shell, brand_id, number, until,
        "nobody took over; start `fanlight jobs` again", lambda it: it.over_at is not None,
    )  # fmt: skip
    totals = _totals(shell, brand_id, number)
    return _told(drill, totals)


def _told(drill: Drill, totals: Totals) -> Told:
    after = drilling.sums(totals)
    lines = [
        f"Taken over: process {drill.next_pid} on {drill.next_host}; {drill.unknown} unknown.",
        "Now: " + _sum(after),
        "The sum holds." if totals.adds_up else "The sum does not hold.",
    ]
    data = {"killed": drill.pid, "taken_over_by": drill.next_pid, "unknown": drill.unknown,
            "before": drill.before, "after": after, "adds_up": totals.adds_up}  # fmt: skip
    return Told(data, lines, 0 if totals.adds_up else 1)


def _is_struck(drill: Drill) -> bool:
    refused = remark.from_json(drill.refusal)
    if refused is not None:
        raise Failure(str(refused))
    return drill.struck_at is not None


def _awaited(
    shell: Shell, brand_id: int, number: int, until: float, otherwise: str,
    fact: Callable[[Drill], bool],
) -> Drill:  # fmt: skip
    while True:
        with shell.reader(brand_id) as session:
            drill = drills.latest(session, number)
            if drill is not None and fact(drill):
                session.expunge(drill)
                return drill
        if time.monotonic() > until:
            raise Failure(f"In all this time {otherwise}.")
        time.sleep(BEAT_S)


def _totals(shell: Shell, brand_id: int, number: int) -> Totals:
    with shell.reader(brand_id) as session:
        return deliveries.totals(session, number)


def _sum(sums: dict[str, int]) -> str:
    return f"{sums['audience']:,} = " + " + ".join(_parts(sums))


def _parts(sums: dict[str, int]) -> Iterator[str]:
    return (f"{sums[name]:,} {name}" for name in SUM)
