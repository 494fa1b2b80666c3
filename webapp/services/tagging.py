"""Tags put on people and taken off again: one by one, or everybody a list or a segment finds.

Many are done some thousands a transaction, with a pause in between, so that sending and webhooks go
on beside them. Doing it again changes nothing, so what a crash cut short is simply done again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from sqlmodel import Session

from webapp.db import Database, brand_of
from webapp.domain import errors, import_cells
from webapp.domain.import_cells import Options
from webapp.domain.permission import Actor
from webapp.domain.wording import Sentence, say
from webapp.services import selections, steps, subscribers
from webapp.services.selections import Selection
from webapp.store import audits, tags
from webapp.store import subscribers as people

LONGEST = 80
CHUNK = 10_000  # people a transaction


def put(session: Session, actor: Actor, subscriber_id: int, name: str, now: datetime) -> None:
    """Put one tag on one person; the tag is made when it is new."""
    actor.require("subscriber.edit")
    person = subscribers.found(session, subscriber_id)
    put_on_each(session, actor, [subscriber_id], name, now)
    session.refresh(person)


def put_on_each(
    session: Session, actor: Actor, subscriber_ids: Collection[int], name: str, now: datetime
) -> int:
    """Tag some thousands at most; returns how many did not have the tag."""
    actor.require("subscriber.edit")
    brand_id, read = brand_of(session), checked(name)
    changed = _put(session, list(subscriber_ids), read, now)
    audits.add(session, actor, brand_id, "subscriber.tag", None, now, tag=read, people=changed)
    session.commit()
    return changed


def take(session: Session, actor: Actor, subscriber_id: int, name: str, now: datetime) -> None:
    actor.require("subscriber.edit")
    person = subscribers.found(session, subscriber_id)
    if _take(session, [subscriber_id], name, now):
        audits.add(session, actor, person.brand_id, "subscriber.untag", person.id, now, tag=name)
    session.commit()


def put_on_all(
    db: Database, brand_id: int, actor: Actor, chosen: Selection, name: str, now: datetime
) -> int:
    """Tag everybody who is found; returns how many did not have the tag. Raises Invalid."""
    read = checked(name)
    return _all(db, brand_id, actor, chosen, (_put, "subscriber.tag"), read, now)


def take_off_all(
    db: Database, brand_id: int, actor: Actor, chosen: Selection, name: str, now: datetime
) -> int:
    """Returns how many had it; a tag nobody has heard of is had by nobody."""
    return _all(db, brand_id, actor, chosen, (_take, "subscriber.untag_list"), name.strip(), now)


def checked(text: str) -> str:
    """A tag's name, or Invalid."""
    name = import_cells.text(LONGEST)(text.strip(), Options())
    if isinstance(name, Sentence):
        raise errors.Invalid({"tag": [name]})
    if not name or any(mark in name for mark in "|;,"):
        raise errors.Invalid({"tag": [say("Write one tag, without commas.")]})
    return name


Doing = tuple[Callable[[Session, Sequence[int], str, datetime], int], str]


def _all(
    db: Database,
    brand_id: int,
    actor: Actor,
    chosen: Selection,
    doing: Doing,
    name: str,
    now: datetime,
) -> int:
    """The audit's line comes first: it says what was ordered, whatever comes of it."""
    actor.require("subscriber.edit")
    do, action = doing
    with db.reader(brand_id) as session:
        found = selections.count(session, chosen, now)
    with db.writer(brand_id) as session:
        audits.add(
            session, actor, brand_id, action, None, now,
            tag=name, found=found, segment=chosen.segment_id,
        )  # fmt: skip
        session.commit()
    changed = 0
    for ids in selections.chunks(db, brand_id, chosen, now, CHUNK):
        with db.giving_writer(brand_id) as session:
            changed += do(session, ids, name, now)
            session.commit()
        time.sleep(steps.BREATH_S)
    return changed


def _put(session: Session, ids: Sequence[int], name: str, now: datetime) -> int:
    brand_id = brand_of(session)
    tag_id = tags.ensure(session, brand_id, [name])[name]
    changed = tags.put_on(session, brand_id, ids, tag_id)
    people.touch(session, changed, now)
    return len(changed)


def _take(session: Session, ids: Sequence[int], name: str, now: datetime) -> int:
    tag_id = tags.ids_by_name(session).get(name)
    changed = [] if tag_id is None else tags.take_off(session, ids, tag_id)
    people.touch(session, changed, now)
    return len(changed)
