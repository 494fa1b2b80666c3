"""The audience index from the server: how it stands, and all of it read anew."""

from __future__ import annotations

from dataclasses import asdict

import click

from webapp import db
from webapp.commands import shell
from webapp.commands.shell import OPERATOR, Shell, Told
from webapp.services import audience_upkeep
from webapp.services.audience_upkeep import State

LONGEST_S = 24 * 3600.0  # a command is not cut short


def register(fanlight: click.Group) -> None:
    @fanlight.group("audiences")
    def audiences() -> None:
        """Sets of people that segments are counted by."""

    shell.command(audiences, "show")(_show)
    shell.command(audiences, "rebuild")(_rebuild)


def sentence(found: State) -> str:
    megabytes = f"{found.stored / 1e6:.1f} MB"
    if found.void:
        return f"Being read anew: {found.fresh:,} of {found.sets:,} sets are done, {megabytes}."
    changes = f"about {found.changes:,} changes in the log"
    return f"{found.sets:,} sets of people, {megabytes}; {changes}."


def _show(shell: Shell) -> Told:
    """How many sets are kept, and how many wait to be read anew."""
    found = _state(shell)
    return Told(asdict(found), [sentence(found)])


def _rebuild(shell: Shell) -> Told:
    """Read every set of people anew. Segments are counted exactly meanwhile, only slower."""
    with shell.writer(db.EVERY_BRAND) as session:
        audience_upkeep.order(session, OPERATOR, shell.now)
    audience_upkeep.rebuild(shell.house.db, shell.now, LONGEST_S, _progress)
    found = _state(shell)
    return Told(asdict(found), [sentence(found)])


def _state(shell: Shell) -> State:
    with shell.reader(db.EVERY_BRAND) as session:
        return audience_upkeep.state(session)


def _progress(done: int, of: int) -> None:
    click.echo(f"{done:,} of {of:,} sets are read anew", err=True)
