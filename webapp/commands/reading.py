"""What can be looked up: addresses, the rulebook, and whether the chains are whole."""

from __future__ import annotations

from datetime import UTC, datetime, time
from pathlib import Path

import click

from webapp import db
from webapp.commands import shell
from webapp.commands.shell import Failure, Shell, Told
from webapp.domain.policy import rulebook
from webapp.store import audits, consents


def register(fanlight: click.Group) -> None:
    shell.command(fanlight, "routes")(_routes)
    rules = click.Group("rules", help="The platforms' rules as dated data.")
    audit = click.Group("audit", help="Who did what, and who agreed to what.")
    fanlight.add_command(rules)
    fanlight.add_command(audit)
    shell.command(rules, "show")(_show)
    shell.command(rules, "check")(_check)
    shell.command(audit, "verify")(_verify)


def _routes(shell: Shell) -> Told:
    """Every address: its methods, and who may call it."""
    found = list(shell.doors.routes(shell.bare_house))
    data = [{"methods": m, "rule": rule, "permission": who} for m, rule, who in found]
    return Told(data, [f"{methods:12} {rule:58} {who}" for methods, rule, who in found])


@click.option("--at", type=click.DateTime(["%Y-%m-%d"]), help="A day; today when left out.")
@click.option("--platform", help="messenger, instagram or whatsapp.")
def _show(shell: Shell, at: datetime | None, platform: str | None) -> Told:
    """The rules that hold on a day, each with its source."""
    book = shell.bare_house.book
    moment = datetime.combine(at.date(), time(), UTC) if at else shell.now
    found = [
        rule
        for rule in book.holding(moment).rules
        if platform is None or rule.platform in (platform, "any")
    ]
    data = [
        {
            "id": rule.id,
            "platform": rule.platform,
            "kinds": sorted(rule.kinds),
            "valid_from": rule.valid_from,
            "valid_to": rule.valid_to,
            "sentence": str(rule.sentence),
            "source": rule.source,
            "confidence": rule.confidence.value,
        }
        for rule in found
    ]
    lines = [f"{rule.id}: {rule.sentence} [{rule.source}]" for rule in found]
    return Told({"version": book.version, "day": moment.date(), "rules": data}, lines)


@click.argument(
    "folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path)
)
def _check(_shell: Shell, folder: Path | None) -> Told:
    """Whether the rulebook can be used: this release's, or the TOML files of a folder."""
    if folder is None:
        book = rulebook.load()
    else:
        files = {file.name: file.read_bytes() for file in sorted(folder.glob("*.toml"))}
        if not files:
            raise Failure(f"There are no TOML files in {folder}.")
        book = rulebook.read(files)
    counts = {"rules": len(book.rules), "cards": len(book.cards), "limits": len(book.bounds)}
    line = f"The rulebook {book.version} can be used: {counts['rules']} rules, "
    line += f"{counts['cards']} price cards, {counts['limits']} limits."
    return Told({"version": book.version, **counts}, [line])


def _verify(shell: Shell) -> Told:
    """Whether no line of the audit log and no act of consent was changed or taken out."""
    with shell.reader(db.EVERY_BRAND) as session:
        broken = list(audits.broken_links(session))
        acts = list(consents.all_broken_links(session))
        total = consents.count(session)
    whole = not broken and not acts
    ledger = {"whole": not acts, "broken": acts, "acts": total}
    lines = [
        _told_of(broken, "The audit log is whole.", "The audit log does not fit from line"),
        _told_of(acts, f"The ledger of consent is whole: {total} acts.",
                 "The ledger of consent does not fit from act"),
    ]  # fmt: skip
    return Told({"whole": whole, "broken": broken, "consents": ledger}, lines, 0 if whole else 1)


def _told_of(broken: list[int], whole: str, from_: str) -> str:
    if not broken:
        return whole
    more = f", and {len(broken) - 1} more" if len(broken) > 1 else ""
    return f"{from_} {broken[0]} on{more}."
