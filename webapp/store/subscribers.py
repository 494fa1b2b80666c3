"""People of a brand: found by key, searched, listed page by page, and those who were erased."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    String,
    Table,
    Update,
    and_,
    bindparam,
    false,
    func,
    or_,
    type_coerce,
    update,
)
from sqlalchemy import select as sa_select
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import Session, col, select

from webapp.domain import import_cells, import_row
from webapp.models.channel import Channel
from webapp.models.subscriber import Erasure, Subscriber, SubscriberKey, SubscriberTag, Tag
from webapp.store import bulk, id_lists

Clause = ColumnElement[bool]
PEOPLE: Table = Subscriber.__table__  # type: ignore[attr-defined]
FEW = 1_000
LOOKED_AT = 10_000  # people, where a look at all would take too long


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


def find(session: Session, subscriber_id: int) -> Subscriber | None:
    return session.get(Subscriber, subscriber_id)


def by_key(session: Session, channel_id: int, key: str) -> Subscriber | None:
    return by_keys(session, channel_id, [key]).get(key)


def by_keys(session: Session, channel_id: int, keys: Iterable[str]) -> dict[str, Subscriber]:
    """At most some thousands at a time; also those who have an id besides their key."""
    wanted = list(keys)
    other = (
        select(SubscriberKey.key, Subscriber)
        .join(Subscriber, col(Subscriber.id) == col(SubscriberKey.subscriber_id))
        .where(
            col(SubscriberKey.channel_id) == channel_id,
            bulk.among(session, col(SubscriberKey.key), wanted),
            col(SubscriberKey.ended_at).is_(None),
        )
    )
    query = select(Subscriber).where(
        col(Subscriber.channel_id) == channel_id,
        bulk.among(session, col(Subscriber.key), wanted),
    )
    found: dict[str, Subscriber] = dict(session.exec(other).all())
    return found | {person.key: person for person in session.exec(query)}


def known_besides(session: Session, channel_id: int, keys: Collection[str]) -> set[str]:
    """Those among the keys that somebody has besides their own. On most channels nobody has."""
    of_channel = select(SubscriberKey.id).where(col(SubscriberKey.channel_id) == channel_id)
    if session.exec(of_channel.limit(1)).first() is None:
        return set()
    query = select(SubscriberKey.key).where(
        col(SubscriberKey.channel_id) == channel_id,
        bulk.among(session, col(SubscriberKey.key), keys),
        col(SubscriberKey.ended_at).is_(None),
    )
    return {*session.exec(query)}


def as_stored(
    session: Session, channel_id: int, keys: Collection[str], names: Sequence[str]
) -> dict[str, tuple[Any, ...]]:
    """By key the id and these columns of whom the keys belong to; times as `import_row.stamp`
    makes them, which costs nothing where the database keeps them so."""
    columns = (type_coerce(getattr(Subscriber, name), String) for name in names)
    query = sa_select(col(Subscriber.key), col(Subscriber.id), *columns).where(
        col(Subscriber.channel_id) == channel_id, bulk.among(session, col(Subscriber.key), keys)
    )
    found = {key: tuple(rest) for key, *rest in session.execute(query)}
    if session.get_bind().dialect.name == "sqlite":
        return found
    return {key: tuple(map(_stamped, rest)) for key, rest in found.items()}


def _stamped(value: object) -> object:
    return import_row.stamp(value) if isinstance(value, datetime) else value


def add_many(
    session: Session, channel_id: int, rows: Sequence[Mapping[str, Any]]
) -> dict[str, int]:
    """Insert people, all rows with the same columns; returns their ids by key."""
    if not rows:
        return {}
    # Of every brand: a number alone, and the database knows it without a look at the rows.
    last = session.connection().execute(select(func.max(Subscriber.id))).scalar() or 0
    bulk.add(session, Subscriber, rows)
    # Not narrowed to the channel: SQLite would rather walk through all of that one's people.
    query = select(Subscriber.key, Subscriber.id, Subscriber.channel_id)
    keys = {(row["key"], channel_id) for row in rows}
    found = session.exec(query.where(col(Subscriber.id) > last))
    return {key: id_ or 0 for key, id_, channel in found if (key, channel) in keys}


def change_many(
    session: Session, brand_id: int, changes: Iterable[tuple[Subscriber, Mapping[str, Any]]]
) -> None:
    """Give people these columns, by one statement for all who get the same ones; of two words on
    one person the later counts. The rows that the session holds tell it too."""
    wanted: dict[int, dict[str, Any]] = {}
    for person, columns in changes:
        key = person.id or 0
        wanted[key] = {**wanted.get(key, {}), **columns}
        for name, value in columns.items():
            set_committed_value(person, name, value)
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for key, columns in sorted(wanted.items()):
        given = {f"to_{name}": value for name, value in columns.items()}
        alike[tuple(sorted(columns))].append({"of_id": key, "of_brand": brand_id, **given})
    for names, rows in alike.items():
        session.connection().execute(_giving(names), rows)


@lru_cache(256)
def _giving(names: tuple[str, ...]) -> Update:
    given = {name: bindparam(f"to_{name}", type_=PEOPLE.c[name].type) for name in names}
    theirs = (PEOPLE.c.id == bindparam("of_id"), PEOPLE.c.brand_id == bindparam("of_brand"))
    return update(PEOPLE).where(*theirs).values(given)


def touch(session: Session, subscriber_ids: Sequence[int], now: datetime) -> None:
    """Mark people as changed."""
    if not subscriber_ids:
        return
    listed = select(id_lists.table(session, subscriber_ids).c.value)
    changed = update(Subscriber).where(col(Subscriber.id).in_(listed)).values(updated_at=now)
    session.exec(changed.execution_options(synchronize_session=False))


def mark_sent(session: Session, subscriber_ids: Sequence[int], now: datetime) -> None:
    """By the table: rows that the session holds are not refreshed."""
    if subscriber_ids:
        given = {"ids": id_lists.bound(session, subscriber_ids), "last_sent_at": now}
        statement = _marking(session.get_bind().dialect.name)
        session.connection().execute(statement, given)


@lru_cache(maxsize=2)
def _marking(dialect: str) -> Any:
    chosen = update(PEOPLE).where(PEOPLE.c.id.in_(id_lists.among(dialect)))
    return chosen.values(last_sent_at=bindparam("last_sent_at"))


def page(
    session: Session, search: Search, now: datetime, after: Cursor | None = None, limit: int = 50
) -> Sequence[Subscriber]:
    """Those who wrote last come first, those who never did last."""
    query = select(Subscriber).where(_narrowed(session, search, now))
    if after is not None:
        query = query.where(_beyond(after))
    newest = col(Subscriber.last_inbound_at).desc().nulls_last()
    return session.exec(query.order_by(newest, col(Subscriber.id).desc()).limit(limit)).all()


def _narrowed(session: Session, search: Search, now: datetime) -> Clause:
    """Few of a name are found by the index of names, many soon meet one on any page."""
    if not search.text or _is_key(search):
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


def living(session: Session, subscriber_ids: Sequence[int]) -> Sequence[Subscriber]:
    """Those among some thousands who are not erased, by id."""
    query = select(Subscriber).where(
        col(Subscriber.id).in_(subscriber_ids), col(Subscriber.erased_at).is_(None)
    )
    return session.exec(query.order_by(col(Subscriber.id))).all()


def exists(session: Session) -> bool:
    """Whether the brand has anybody at all."""
    query = select(Subscriber.id).where(col(Subscriber.erased_at).is_(None)).limit(1)
    return session.exec(query).first() is not None


def countries(session: Session) -> Sequence[str]:
    """Every country of living people, by leaps along the index: a look for each country."""
    found: list[str] = []
    query = select(func.min(Subscriber.country)).where(col(Subscriber.erased_at).is_(None))
    while country := session.exec(
        query.where(col(Subscriber.country) > (found[-1] if found else ""))
    ).one():
        found.append(country)
    return found


def locales(session: Session) -> Sequence[str]:
    """The locales of the people who came last: suggestions, not all of them."""
    newest = (
        select(Subscriber.locale)
        .where(col(Subscriber.erased_at).is_(None))
        .order_by(col(Subscriber.id).desc())
        .limit(LOOKED_AT)
        .subquery()
    )
    return sorted(locale for locale in session.exec(select(newest.c.locale).distinct()) if locale)


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
    words = text.casefold().split()
    name = col(Subscriber.name_folded)
    has_them = (name.contains(word, autoescape=True) for word in words)
    # The comparison says nothing new; it leads SQLite to the index of names, which is enough.
    return and_(name >= "", *has_them) if led else and_(*has_them)


def _is_key(search: Search) -> bool:
    return import_cells.is_platform_id(search.text.strip())


def _where(session: Session, search: Search, now: datetime) -> Clause:
    """An id is looked up first: as a part of the query it would be compared with everybody's."""
    if not _is_key(search):
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


def erased(session: Session, channel_id: int, hashes: Iterable[str]) -> set[str]:
    """Those among the keyed hashes whose people were erased on this channel."""
    query = select(Erasure.key_hash).where(
        Erasure.channel_id == channel_id,
        bulk.among(session, col(Erasure.key_hash), list(hashes)),
    )
    return set(session.exec(query).all())


def any_erased(session: Session, channel_id: int) -> bool:
    query = select(Erasure.id).where(Erasure.channel_id == channel_id).limit(1)
    return session.exec(query).first() is not None


def bury(session: Session, channel_id: int, key_hash: str, now: datetime) -> None:
    """Leave the tombstone that keeps imports from bringing somebody back."""
    session.add(Erasure(channel_id=channel_id, key_hash=key_hash, erased_at=now))
