"""A list of people taken out as a file, of any length: read while it is sent, some at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from sqlmodel import Session

from webapp.db import Database
from webapp.domain import export_file
from webapp.domain.export_file import Line
from webapp.domain.permission import Actor
from webapp.domain.subscriber import AttributeType
from webapp.services import selections
from webapp.services.selections import Selection
from webapp.store import attributes, audits, channels, facts, subscribers, tags

CHUNK = 1_000  # people in memory
VALUES = (*export_file.TEXTS, *export_file.TIMES, *export_file.TOLD_TIMES)


def record(db: Database, brand_id: int, actor: Actor, chosen: Selection, now: datetime) -> int:
    """Keep in the audit log who takes how many people out; returns their number. Counting a
    million for the first time takes a moment, so nobody is kept from writing meanwhile."""
    actor.require("subscriber.export")
    with db.reader(brand_id) as session:
        people = selections.count(session, chosen, now)
    with db.writer(brand_id) as session:
        audits.add(
            session, actor, brand_id, "subscriber.export_list", None, now,
            people=people, segment=chosen.segment_id,
        )  # fmt: skip
        session.commit()
    return people


def rows(db: Database, brand_id: int, chosen: Selection, now: datetime) -> Iterator[list[str]]:
    """The file's rows, its header first; whoever is erased meanwhile is not in it."""
    with db.reader(brand_id) as session:
        types = attributes.types(session)
        names = {row.id: row.name for row in channels.page(session)}
    yield export_file.header(types)
    for ids in selections.chunks(db, brand_id, chosen, now, CHUNK):
        with db.reader(brand_id) as session:
            yield from _lines(session, ids, types, names, now)


def _lines(
    session: Session,
    ids: Sequence[int],
    types: Mapping[str, AttributeType],
    channels_: Mapping[int | None, str],
    now: datetime,
) -> list[list[str]]:
    worn, held = tags.of(session, ids), attributes.of(session, ids)
    topics = facts.topic_states(session, ids, now)
    found = (
        Line(
            person.key,
            channels_.get(person.channel_id, ""),
            {name: getattr(person, name) for name in VALUES},
            worn.get(person.id or 0, frozenset()),
            topics.get(person.id or 0, {}),
            held.get(person.id or 0, {}),
        )
        for person in subscribers.living(session, ids)
    )
    return [export_file.cells(line, types) for line in found]
