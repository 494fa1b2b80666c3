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
        waiting = sum(it.waiting for it in halting.under_way(session))
    data = {"halted": True, "waiting": waiting}
    return Told(data, [f"Everything is stopped; {waiting:,} people wait. Run: fanlight go-on"])


def _go_on(shell: Shell) -> Told:
    """Send again, after `fanlight stop` or a restored backup."""
    with shell.writer(db.EVERY_BRAND) as session:
        halted = halting.current(session)
        halting.go_on(session, OPERATOR, shell.now)
    if halted is None:
        return Told({"halted": False}, ["Nothing was stopped."])
    return Told({"halted": False, "was": halted.cause.value}, ["Sending goes on."])
