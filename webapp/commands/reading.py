"""What can be looked up: addresses, and whether the audit log is whole."""

from __future__ import annotations

import click

from webapp import db
from webapp.commands import shell
from webapp.commands.shell import Shell, Told
from webapp.store import audits


def register(fanlight: click.Group) -> None:
    shell.command(fanlight, "routes")(_routes)
    audit = click.Group("audit", help="Who did what.")
    fanlight.add_command(audit)
    shell.command(audit, "verify")(_verify)


def _routes(shell: Shell) -> Told:
    """Every address: its methods, and who may call it."""
    found = list(shell.doors.routes(shell.bare_house))
    data = [{"methods": m, "rule": rule, "permission": who} for m, rule, who in found]
    return Told(data, [f"{methods:12} {rule:58} {who}" for methods, rule, who in found])


def _verify(shell: Shell) -> Told:
    """Whether no line of the audit log was changed or taken out."""
    with shell.reader(db.EVERY_BRAND) as session:
        broken = list(audits.broken_links(session))
    if broken:
        named = ", ".join(str(line) for line in broken[:10])
        return Told({"whole": False, "broken": broken}, [f"Lines do not fit: {named}."], 1)
    return Told({"whole": True, "broken": []}, ["The audit log is whole."])
