"""Stop everything from the server, and go on."""

from __future__ import annotations

import click

from webapp import db
from webapp.commands import shell
from webapp.commands.shell import OPERATOR, Shell, Told
from webapp.services import halting


def register(fanlight: click.Group) -> None:
    shell.command(fanlight, "stop")(_stop)
    shell.command(fanlight, "go-on")(_go_on)


def _stop(shell: Shell) -> Told:
    """Send nothing more in any brand; whoever waits keeps their place."""
    with shell.writer(db.EVERY_BRAND) as session:
        halting.stop(session, OPERATOR, shell.now)
        waiting = halting.waiting_of(halting.under_way(session))
    data = {"halted": True, "waiting": waiting}
    return Told(data, [f"Everything is stopped; {waiting:,} people wait. Run: fanlight go-on"])


@click.option("--leaving-out", is_flag=True, help="Write to nobody who waits in what was under way "
              "or paused: they may have been written to after a backup was made.")  # fmt: skip
def _go_on(shell: Shell, leaving_out: bool) -> Told:  # noqa: FBT001 - as click gives it
    """Send again, after `fanlight stop` or a restored backup."""
    with shell.writer(db.EVERY_BRAND) as session:
        halted = halting.current(session)
        people = halting.go_on(session, OPERATOR, shell.now, leaving_out=leaving_out)
    if halted is None:
        return Told({"halted": False}, ["Nothing was stopped."])
    data: dict[str, object] = {"halted": False, "was": halted.cause.value}
    if not leaving_out:
        return Told(data, ["Sending goes on."])
    said = f"Sending goes on. {people:,} people who waited are left out."
    return Told({**data, "left_out": people}, [said])
