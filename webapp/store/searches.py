"""The list of people: narrowed by a search, page by page, counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    and_,
    false,
    func,
    or_,
)
from sqlmodel import Session, col, select

from webapp.db import brand_of
from webapp.domain import import_cells, name_grams
from webapp.models.channel import Channel
from webapp.models.subscriber import Subscriber, SubscriberKey, SubscriberTag, Tag
from webapp.store import id_lists

Clause = ColumnElement[bool]
FEW = 1_000


@dataclass(frozen=True)
class Search:
    """What a list is narrowed by; empty parts narrow nothing.

    `text` is words of the name, or a whole id. `window` is open, closed, or opted_out for those
    who want no messages.
    """

    text: str = ""
    tag: str = ""
    country: str = ""
    window: str = ""
    channel_id: int | None = None

    def __bool__(self) -> bool:
        return any((self.text, self.tag, self.country, self.window, self.channel_id))


@dataclass(frozen=True)
class Cursor:
    """The last person of a page: the next one goes on after them."""

    last_inbound_at: datetime | None
    id: int


def page(
    session: Session, search: Search, now: datetime, after: Cursor | None = None, limit: int = 50
) -> Sequence[Subscriber]:
    """Those who wrote last come first, those who never did last."""
    query = select(Subscriber).where(_narrowed(session, search, now))
    if after is not None:
        query = query.where(_beyond(after))
    found: Sequence[Subscriber] = session.exec(_latest_first(query).limit(limit)).all()
    return found


def of_them(
    session: Session, people: Sequence[int], after: Cursor | None, limit: int
) -> Sequence[Subscriber]:
    """The page of these living people, of whom there are at most some thousands."""
    query = select(Subscriber).where(col(Subscriber.id).in_(_given(session, people)))
    if after is not None:
        query = query.where(_beyond(after))
    found: Sequence[Subscriber] = session.exec(_latest_first(query).limit(limit)).all()
    return found


def called(session: Session, people: Sequence[int], text: str) -> Sequence[int]:
    """Those living ones among these who are found by words of their name. Led by their ids: see
    `audience_parts.among`."""
    key, brand = col(Subscriber.id), col(Subscriber.brand_id) + 0
    living = and_(brand == brand_of(session), col(Subscriber.erased_at).is_(None))
    query = select(key).where(key.in_(_given(session, people)), living, _named(text, led=False))
    return session.connection().execute(query).scalars().all()  # type: ignore[return-value]


def _given(session: Session, people: Sequence[int]) -> Any:
    return select(id_lists.table(session, people).c.value)


def _latest_first(query: Any) -> Any:
    newest = col(Subscriber.last_inbound_at).desc().nulls_last()
    return query.order_by(newest, col(Subscriber.id).desc())


def _narrowed(session: Session, search: Search, now: datetime) -> Clause:
    """Few of a name are found by the index of names, many soon meet one on any page."""
    if not search.text or is_key(search):
        return _where(session, search, now)
    few = session.exec(select(Subscriber.id).where(_clause(search, now)).limit(FEW + 1)).all()
    return col(Subscriber.id).in_(few) if len(few) <= FEW else _clause(search, now, led=False)


def count(session: Session, search: Search, now: datetime) -> int:
    query = select(func.count()).select_from(Subscriber).where(_where(session, search, now))
    return session.exec(query).one()


def ids(session: Session, search: Search, now: datetime, after: int, limit: int) -> Sequence[int]:
    """The next people of a search by id."""
    query = select(col(Subscriber.id)).where(
        _where(session, search, now), col(Subscriber.id) > after
    )
    found = session.exec(query.order_by(col(Subscriber.id)).limit(limit))
    return [key for key in found if key is not None]


def _clause(search: Search, now: datetime, *, led: bool = True) -> Clause:
    """`led`: few are looked for, and the index of names is to find them."""
    found: list[Clause] = [col(Subscriber.erased_at).is_(None)]
    if search.text:
        found.append(_named(search.text, led=led))
    if search.tag:
        found.append(_tagged(search.tag))
    if search.country:
        found.append(col(Subscriber.country) == search.country)
    if search.channel_id is not None:
        found.append(col(Subscriber.channel_id) == search.channel_id)
    if search.window:
        found.append(_window(search.window, now))
    return and_(*found)


def _named(text: str, *, led: bool) -> Clause:
    """Words of a name, each of which must be in it."""
    words = name_grams.words(text)
    name = col(Subscriber.name_folded)
    has_them = (name.contains(word, autoescape=True) for word in words)
    # The comparison says nothing new; it leads SQLite to the index of names, which is enough.
    return and_(name >= "", *has_them) if led else and_(*has_them)


def is_key(search: Search) -> bool:
    """Whether the text is somebody's id rather than words of a name."""
    return import_cells.is_platform_id(search.text.strip())


def _where(session: Session, search: Search, now: datetime) -> Clause:
    """An id is looked up first: as a part of the query it would be compared with everybody's."""
    if not is_key(search):
        return _clause(search, now)
    ids = _identified(session, search.text.strip())
    if not ids:
        return false()  # an empty list would be held against everybody
    return and_(_clause(replace(search, text=""), now), col(Subscriber.id).in_(ids))


def _identified(session: Session, key: str) -> set[int | None]:
    """By the key, or by another id the person goes by: a WhatsApp number, an earlier user id."""
    channels = session.exec(select(Channel.id)).all()  # the indexes begin with the channel
    own = select(Subscriber.id).where(
        col(Subscriber.channel_id).in_(channels), Subscriber.key == key
    )
    others = select(SubscriberKey.subscriber_id).where(
        col(SubscriberKey.channel_id).in_(channels),
        SubscriberKey.key == key,
        col(SubscriberKey.ended_at).is_(None),
    )
    return {*session.exec(own), *session.exec(others)}


def _tagged(name: str) -> Clause:
    wearers = select(SubscriberTag.subscriber_id).join(Tag, col(Tag.id) == SubscriberTag.tag_id)
    return col(Subscriber.id).in_(wearers.where(Tag.name == name))


def _window(state: str, now: datetime) -> Clause:
    if state == "opted_out":
        return col(Subscriber.opted_out_at).is_not(None)
    ends_at = col(Subscriber.window_ends_at)
    return ends_at > now if state == "open" else or_(ends_at.is_(None), ends_at <= now)


def _beyond(cursor: Cursor) -> Clause:
    at, key = col(Subscriber.last_inbound_at), col(Subscriber.id)
    if cursor.last_inbound_at is None:
        return and_(at.is_(None), key < cursor.id)
    same = and_(at == cursor.last_inbound_at, key < cursor.id)
    return or_(at < cursor.last_inbound_at, same, at.is_(None))
