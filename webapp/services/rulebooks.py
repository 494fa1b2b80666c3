"""Which rulebook is in force, and how another one comes to be.

A book comes in three ways: with a release, in a signed file, or back from among those kept. Each
is kept whole, is never deleted, and has a line in the audit log. `rulebook_term` alone says which
is in force, since when and by whom; everybody asks `current` or `house.book`.

**Older** is decided by what a book says of itself: the latest day one of its rows was checked, and
between two of the same day by when they were signed. So a file that was good once cannot be
brought back by whoever kept a copy; going back is another command, and only to a book that was
kept here. A release's book is taken up when it is newer in the same sense, or when it follows
another release's book of the same day; a book that somebody chose is not undone by a restart.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from importlib import metadata, resources

from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from webapp import shelf
from webapp.db import NO_BRAND
from webapp.domain import rulebook_file
from webapp.domain.errors import FanlightError, Refused
from webapp.domain.permission import Actor, Role
from webapp.domain.policy.rulebook import Rulebook
from webapp.domain.policy.rules.limit import Limit
from webapp.domain.policy.rules.price import Card
from webapp.domain.policy.rules.rule import Rule
from webapp.domain.rulebook_file import Signed
from webapp.domain.wording import say
from webapp.house import House
from webapp.models.rulebook import StoredRulebook
from webapp.services import rulebook_keys
from webapp.store import audits, rulebooks, schema

log = logging.getLogger("webapp.rulebook")
PERMISSION = "installation.stop"  # the operator's: it concerns every brand
A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Loaded:
    """What came of loading a book; not `is_new`: it was in force already and nothing changed."""

    version: str
    is_new: bool


def current(session: Session, house: House) -> Rulebook:
    """The book in force as this session sees it now. `house.book` may be two seconds behind."""
    return house.shelf.newest(session)


def kept(session: Session, house: House, version: str) -> Rulebook:
    """A book of this version, in force or not. NotFound; RulebookError when this release cannot
    read it."""
    known = current(session, house)
    return known if known.version == version else shelf.opened(rulebooks.get(session, version))


def packaged_files() -> dict[str, bytes]:
    """The TOML files of this release, by name."""
    folder = resources.files("webapp.domain.policy") / "rulebook"
    return {it.name: it.read_bytes() for it in folder.iterdir() if it.name.endswith(".toml")}


def files_in_force(session: Session, house: House) -> Mapping[str, bytes]:
    """The TOML files of the book in force, by name."""
    row = rulebooks.in_force(session)
    if row is None or row.version == house.packaged.version:
        return packaged_files()
    return rulebook_file.unpack(row.content.encode()).files


def load(session: Session, house: House, actor: Actor, content: bytes, now: datetime) -> Loaded:
    """Put a signed book in force. Refused, or RulebookError, says why not; then nothing changed."""
    actor.require(PERMISSION)
    signed = rulebook_file.take_apart(content)
    rulebook_keys.require_trusted(signed, house.settings.rulebook_keys)
    body = rulebook_file.unpack(signed.body)
    book = rulebook_file.book_of(body.files)
    _refuse_future(body.issued_at, book, now)
    rulebooks.one_at_a_time(session)
    before = rulebooks.in_force(session)
    if before is not None and before.version == book.version:
        return Loaded(book.version, is_new=False)
    _refuse_older(body.issued_at, book, before, house)
    row = rulebooks.find(session, book.version) or _stored(signed, book, actor.name, now)
    _put(session, house, row, actor, "rulebook.load", now)
    return Loaded(book.version, is_new=True)


def go_back(session: Session, house: House, actor: Actor, version: str, now: datetime) -> Loaded:
    """Put a book that was kept here in force again."""
    actor.require(PERMISSION)
    rulebooks.one_at_a_time(session)
    row = rulebooks.get(session, version)
    before = rulebooks.in_force(session)
    if before is not None and before.version == version:
        return Loaded(version, is_new=False)
    shelf.opened(row)
    _put(session, house, row, actor, "rulebook.return", now)
    return Loaded(version, is_new=True)


def take_up(house: House) -> None:
    """At the start of a process: write this release's book down, and put it in force if it is
    newer than the one that is, or that one cannot be read. Does nothing on an old database, nor
    on one that does not answer yet: the next start, or another process's, does it."""
    try:
        if schema.is_current(house.db.engine) and not _is_written_down(house):
            _write_down(house)
    except DBAPIError:
        log.warning("the database does not answer; the release's rulebook is not written down")


def _is_written_down(house: House) -> bool:
    with house.db.reader(NO_BRAND) as session:
        return rulebooks.find(session, house.packaged.version) is not None


def _write_down(house: House) -> None:
    with house.db.writer(NO_BRAND) as session:
        rulebooks.one_at_a_time(session)
        if rulebooks.find(session, house.packaged.version) is None:
            _take_up(session, house, house.clock.now())


def _take_up(session: Session, house: House, now: datetime) -> None:
    release = Actor(None, _release(), Role.ADMIN, operator=True, door="job")
    body = Signed(rulebook_file.pack(packaged_files()))
    row = _stored(body, house.packaged, release.name, now)
    if _follows(house.packaged, rulebooks.in_force(session)):
        _put(session, house, row, release, "rulebook.release", now)
    else:
        session.add(row)
        session.commit()


def _follows(packaged: Rulebook, before: StoredRulebook | None) -> bool:
    if before is None or not _readable(before):
        return True
    checked = checked_on(packaged)
    same_day = checked == before.checked_on and not before.signature
    return same_day or _edition(None, checked) > _edition(before.issued_at, before.checked_on)


def _readable(row: StoredRulebook) -> bool:
    try:
        shelf.opened(row)
    except FanlightError:
        return False
    return True


def checked_on(book: Rulebook) -> date:
    """The latest day a row of the book was held against its source."""
    rows: Iterable[Rule | Card | Limit] = (*book.rules, *book.cards, *book.bounds)
    return max(row.checked_on for row in rows)


def _put(
    session: Session,
    house: House,
    row: StoredRulebook,
    actor: Actor,
    action: str,
    now: datetime,
) -> None:
    rulebooks.put_in_force(session, row, actor, now)
    audits.add(
        session, actor, None, action, row.id, now,
        version=row.version, sha256=hashlib.sha256(row.content.encode()).hexdigest(), key=row.key,
    )  # fmt: skip
    session.commit()
    house.shelf.newest(session)


def _stored(signed: Signed, book: Rulebook, by: str, now: datetime) -> StoredRulebook:
    return StoredRulebook(
        version=book.version,
        content=signed.body.decode(),
        key=signed.key,
        signature=signed.signature,
        checked_on=checked_on(book),
        issued_at=rulebook_file.unpack(signed.body).issued_at,
        loaded_at=now,
        loaded_by=by,
    )


def _refuse_future(issued_at: datetime | None, book: Rulebook, now: datetime) -> None:
    """A date that has not come would make every later book an older one."""
    latest = max(_edition(issued_at, checked_on(book)))
    if latest > now + A_DAY:
        words = "This rulebook says it was made on %(day)s, which has not come. Nothing is changed."
        raise Refused(say(words, day=latest.date()))


def _refuse_older(
    issued_at: datetime | None, book: Rulebook, before: StoredRulebook | None, house: House
) -> None:
    there = (
        (before.issued_at, before.checked_on)
        if before is not None
        else (None, checked_on(house.packaged))
    )
    if _edition(issued_at, checked_on(book)) < _edition(*there):
        words = (
            "This rulebook is older (%(day)s) than the one in force (%(other)s). Nothing is "
            "changed. Go back to a book that was in force here with: fanlight rules load --version"
        )
        raise Refused(say(words, day=checked_on(book), other=there[1]))


def _edition(issued_at: datetime | None, checked: date) -> tuple[datetime, datetime]:
    """What "newer" compares: the day it was checked, then the moment it was signed."""
    day = datetime.combine(checked, time(), UTC)
    return day, issued_at or day


def _release() -> str:
    try:
        return f"Fanlight {metadata.version('fanlight')}"
    except metadata.PackageNotFoundError:
        return "Fanlight"
