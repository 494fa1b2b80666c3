"""Subscribers: searched, read, brought in one by one, erased."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from webapp.api import cursors, people_rows
from webapp.api.calls import Call
from webapp.api.routes import Table
from webapp.api.schemas.base import Page
from webapp.api.schemas.people import Person, PersonQuery, Subscriber
from webapp.domain.errors import Invalid
from webapp.domain.subscriber import AttributeValue as Value
from webapp.domain.subscriber import Facts
from webapp.domain.wording import say
from webapp.models.subscriber import Subscriber as Row
from webapp.services import listing
from webapp.services import subscribers as keeping
from webapp.store import attributes, channels, facts, subscribers
from webapp.store.searches import Cursor, Search

table = Table("subscribers")
WHICH = say("This brand has several channels: name one.")


@table.get("/subscribers", "view", answers=Page[Subscriber], query=PersonQuery)
def index(call: Call, query: PersonQuery) -> Page[Subscriber]:
    """People, searched and filtered; those who wrote last come first."""
    search = Search(query.q or query.key, query.tag, query.country, query.window, query.channel_id)
    found = listing.page(call.session, search, call.now, _after(query), query.limit + 1)
    rows, cursor = cursors.cut(found, query.limit, _key)
    if query.key:
        rows = [row for row in rows if row.key == query.key]
    return Page(items=shown(call, rows), next_cursor=cursor)


@table.put("/subscribers", "subscriber.edit", answers=Subscriber, body=Person)
def upsert(call: Call, body: Person) -> tuple[Subscriber, int]:
    """Add a person, or bring what is known up to date; by channel and key."""
    row = people_rows.row_of(body, attributes.types(call.session), call.now)
    channel_id = body.channel_id or only_channel(call)
    proof = {"wording": body.wording, "evidence": call.evidence}
    known = subscribers.by_key(call.session, channel_id, row.key) is not None
    made = keeping.upsert(
        call.session, call.actor, call.house.vault, channel_id, row, call.now, **proof
    )
    return shown(call, [made])[0], 200 if known else 201


@table.get("/subscribers/{subscriber_id}", "view", answers=Subscriber)
def show(call: Call, subscriber_id: int) -> Subscriber:
    """One person, with tags, topics and attributes."""
    return shown(call, [keeping.found(call.session, subscriber_id)])[0]


@table.delete("/subscribers/{subscriber_id}", "subscriber.erase")
def erase(call: Call, subscriber_id: int) -> None:
    """Forget a person for good; no import brings them back. Counts of broadcasts stay true."""
    keeping.erase(call.session, call.actor, call.house.vault, subscriber_id, call.now)


def only_channel(call: Call) -> int:
    """The brand's one channel, when none was named."""
    found = channels.page(call.session)
    if len(found) != 1:
        raise Invalid({"channel_id": [WHICH if found else say("This brand has no channel yet.")]})
    return found[0].id or 0


def shown(call: Call, rows: Sequence[Row]) -> list[Subscriber]:
    known = facts.listed(call.session, [row.id or 0 for row in rows], call.now)
    return [_shown(row, known.get(row.id or 0, Facts())) for row in rows]


def _shown(row: Row, known: Facts) -> Subscriber:
    made = Subscriber.model_validate(row)
    made.tags = sorted(known.tags)
    made.topics = {slug: state.value for slug, state in known.topics.items()}
    made.attributes = {name: _plain(value) for name, value in known.attributes.items()}
    return made


def _plain(value: Value) -> object:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def _key(row: Row) -> list[int | str | None]:
    at = row.last_inbound_at
    return [None if at is None else at.isoformat(), row.id]


def _after(query: PersonQuery) -> Cursor | None:
    key = cursors.read(query.cursor, 2)
    if key is None:
        return None
    if not isinstance(key[1], int):
        raise Invalid({"cursor": [cursors.NO_CURSOR]})
    return Cursor(cursors.moment(key[0]), key[1])
