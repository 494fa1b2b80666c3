"""The rulebook: shown, checked, signed, and another one put in force without a release."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime, time
from pathlib import Path

import click
from sqlmodel import Session

from webapp import db
from webapp.commands import rule_files, shell
from webapp.commands.shell import OPERATOR, Failure, Shell, Told
from webapp.domain import rulebook_difference, rulebook_file
from webapp.domain.permission import Actor
from webapp.domain.policy.rulebook import Rule, Rulebook
from webapp.domain.policy.rules.row import ANY, PLATFORMS
from webapp.domain.rulebook_difference import Difference
from webapp.services import rulebook_keys, rulebooks
from webapp.store import schema

A_PATH = click.Path(exists=True, path_type=Path)
A_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
A_NEW_FILE = click.Path(dir_okay=False, path_type=Path)


def register(fanlight: click.Group) -> None:
    group = click.Group("rules", help="The platforms' rules as dated data.")
    fanlight.add_command(group)
    for function in (_show, _check, _keygen, _sign, _load):
        shell.command(group, function.__name__.strip("_"))(function)


@click.option("--at", type=click.DateTime(["%Y-%m-%d"]), help="A day; today when left out.")
@click.option("--platform", type=click.Choice(PLATFORMS), help="Its rules, and everybody's.")
def _show(shell: Shell, at: datetime | None, platform: str | None) -> Told:
    """The rules that hold on a day in the book in force, each with its source."""
    book = shell.bare_house.book
    moment = datetime.combine(at.date(), time(), UTC) if at else shell.now
    if moment.date() < book.first_day:
        raise Failure(f"The rulebook begins on {book.first_day}; ask for that day or a later one.")
    wanted = (*PLATFORMS, ANY) if platform is None else (platform, ANY)
    rules = [it for it in book.holding(moment).rules if it.platform in wanted]
    lines = [f"{rule.id}: {rule.sentence} [{rule.source}]" for rule in rules]
    data = {"version": book.version, "day": moment.date(), "rules": [_data(it) for it in rules]}
    return Told(data, lines)


def _data(rule: Rule) -> dict[str, object]:
    return {
        "id": rule.id,
        "platform": rule.platform,
        "kinds": sorted(rule.kinds),
        "route": None if rule.route is None else rule.route.value,
        "params": dict(rule.params),
        "valid_from": rule.valid_from,
        "valid_to": rule.valid_to,
        "sentence": str(rule.sentence),
        "source": rule.source,
        "checked_on": rule.checked_on,
        "confidence": rule.confidence.value,
        "note": rule.note,
    }


@click.argument("file", required=False, type=A_PATH)
def _check(shell: Shell, file: Path | None) -> Told:
    """Whether a rulebook can be used, and how it differs from the one in force.

    FILE is a folder or an archive of TOML files, a signed rulebook, or one TOML file: named like
    a file of the book in force it stands in for that one, else it is a whole book. Without FILE
    this release's own book is checked.
    """
    in_force, files = _in_force(shell)
    if file is None:
        given = rulebooks.packaged_files()
    else:
        given = rule_files.whole(rule_files.files_at(file), file, files)
    book = rulebook_file.book_of(given)
    found = rulebook_difference.between(in_force, book)
    counts = {"rules": len(book.rules), "cards": len(book.cards), "limits": len(book.bounds)}
    head = f"The rulebook {book.version} can be used: {counts['rules']} rules, "
    head += f"{counts['cards']} price cards, {counts['limits']} limits."
    data = {
        "version": book.version,
        **counts,
        "in_force": in_force.version,
        "differences": [_difference(it) for it in found],
    }
    return Told(data, [head, *_told(found, in_force)])


@click.argument("file", type=A_NEW_FILE)
def _keygen(_shell: Shell, file: Path) -> Told:
    """Make a key to sign rulebooks with. FILE gets the private part; keep it elsewhere."""
    pem, public = rulebook_keys.make()
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Failure(f"{file} exists already; a key is never written over.") from None
    with os.fdopen(handle, "wb") as written:
        written.write(pem)
    lines = [f"The private key is in {file}.", "Where its rulebooks may be loaded, set:"]
    return Told({"file": file, "public": public}, [*lines, f"FANLIGHT_RULEBOOK_KEYS={public}"])


@click.argument("file", type=A_PATH)
@click.option("--key", required=True, type=A_FILE, help="The file `fanlight rules keygen` made.")
@click.option("--output", type=A_NEW_FILE, help="Where to write it; FILE.rulebook when left out.")
def _sign(shell: Shell, file: Path, key: Path, output: Path | None) -> Told:
    """Write one signed file from a folder, an archive or a TOML file that holds a whole book."""
    files = rule_files.files_at(file)
    book = rulebook_file.book_of(files)
    signed = rulebook_keys.sign(rulebook_file.pack(files, shell.now), key.read_bytes())
    target = output or file.with_name(f"{file.name}.rulebook")
    if target.exists():
        raise Failure(f"{target} exists already.")
    target.write_bytes(rulebook_file.put_together(signed))
    words = f"The rulebook {book.version} ({len(book.rules)} rules) is signed: {target}"
    data = {"version": book.version, "file": target, "key": signed.key, "rules": len(book.rules)}
    return Told(data, [words])


@click.argument("file", required=False, type=A_FILE)
@click.option("--version", help="Instead of FILE: go back to a book that was kept here.")
@click.option("--by", help="The operator who does it, by e-mail.")
def _load(shell: Shell, file: Path | None, version: str | None, by: str | None) -> Told:
    """Put a signed rulebook in force, or go back to an earlier one. No restart is needed.

    Broadcasts that were approved under another book need their approval again.
    """
    if (file is None) == (version is None):
        raise click.UsageError("Name a signed FILE, or --version of an earlier book.")
    built = shell.house
    rulebooks.take_up(built)
    before = built.book
    with shell.writer(db.NO_BRAND) as session:
        actor = _actor(shell, session, by)
        done = (
            rulebooks.go_back(session, built, actor, version or "", shell.now)
            if file is None
            else rulebooks.load(session, built, actor, file.read_bytes(), shell.now)
        )
    found = rulebook_difference.between(before, built.book)
    data = {"version": done.version, "changed": done.is_new, "before": before.version}
    if not done.is_new:
        return Told(data, [f"The rulebook {done.version} is in force already; nothing changed."])
    head = f"The rulebook {done.version} is in force now; before it was {before.version}."
    return Told({**data, "differences": len(found)}, [head, *_told(found, before)])


def _actor(shell: Shell, session: Session, email: str | None) -> Actor:
    if email is None:
        return OPERATOR
    user = shell.user(session, email)
    return replace(OPERATOR, user_id=user.id, name=user.name, operator=user.operator)


def _in_force(shell: Shell) -> tuple[Rulebook, Mapping[str, bytes]]:
    """The book in force and its files; where no database was made yet, this release's own."""
    house = shell.bare_house
    if not schema.is_current(house.db.engine):
        return house.packaged, rulebooks.packaged_files()
    with house.db.reader(db.NO_BRAND) as session:
        return rulebooks.current(session, house), rulebooks.files_in_force(session, house)


def _told(found: tuple[Difference, ...], before: Rulebook) -> Iterator[str]:
    if not found:
        yield f"It says the same as the one in force ({before.version})."
        return
    yield f"Against the one in force ({before.version}):"
    for it in found:
        yield f"  {it.becomes:8} {it.id}{_rows(it)}"
        yield from (
            f"           {p.field}: {p.before or '-'} -> {p.after or '-'}" for p in it.points
        )


def _rows(it: Difference) -> str:
    """How many rows of one id, where that is what differs."""
    if it.becomes == "changes" and not it.points:
        return f" ({len(it.before)} rows -> {len(it.after)})"
    row = (it.after or it.before)[-1]
    sentence = getattr(row, "sentence", "")
    return f": {sentence}" if sentence and it.becomes != "changes" else ""


def _difference(it: Difference) -> dict[str, object]:
    return {"id": it.id, "becomes": it.becomes, "fields": [asdict(point) for point in it.points]}
