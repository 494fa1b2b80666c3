"""What can be looked up: addresses, and whether the chains are whole."""

from __future__ import annotations

import click

from webapp import db
from webapp.commands import shell
from webapp.commands.shell import Shell, Told
from webapp.store import audits, consents


def register(fanlight: click.Group) -> None:
    shell.command(fanlight, "routes")(_routes)
    audit = click.Group("audit", help="Who did what, and who agreed to what.")
    fanlight.add_command(audit)
    shell.command(audit, "verify")(_verify)


def _routes(shell: Shell) -> Told:
    """Every address: its methods, and who may call it."""
    found = list(shell.doors.routes(shell.bare_house))
    data = [{"methods": m, "rule": rule, "permission": who} for m, rule, who in found]
    return Told(data, [f"{methods:12} {rule:58} {who}" for methods, rule, who in found])


def _verify(shell: Shell) -> Told:
    """Whether no line of the audit log and no act of consent was changed or taken out."""
    with shell.reader(db.EVERY_BRAND) as session:
        broken = list(audits.broken_links(session))
        ends = audits.ends_where_it_should(session)
        acts = list(consents.all_broken_links(session))
        total = consents.count(session)
    whole = ends and not broken and not acts
    ledger = {"whole": not acts, "broken": acts, "acts": total}
    told = _told_of(broken, "The audit log is whole.", "The audit log does not fit from line")
    lines = [
        told if broken or ends else "The end of the audit log is missing.",
        _told_of(acts, f"The ledger of consent is whole: {total} acts.",
                 "The ledger of consent does not fit from act"),
    ]  # fmt: skip
    return Told(
        {"whole": whole, "broken": broken, "cut_off": not ends, "consents": ledger},
        lines,
        0 if whole else 1,
    )


def _told_of(broken: list[int], whole: str, from_: str) -> str:
    if not broken:
        return whole
    more = f", and {len(broken) - 1} more" if len(broken) > 1 else ""
    return f"{from_} {broken[0]} on{more}."
