"""People of a brand: found by key, added, marked, and those who were erased."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    String,
    Table,
    Update,
    bindparam,
    func,
    type_coerce,
    update,
)
from sqlalchemy import select as sa_select
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import Session, col, select

from webapp.db import brand_of
from webapp.domain import import_row
from webapp.models.subscriber import Erasure, Subscriber, SubscriberKey
from webapp.store import bulk, id_lists

PEOPLE: Table = Subscriber.__table__  # type: ignore[attr-defined]
KEYS: Table = SubscriberKey.__table__  # type: ignore[attr-defined]
ERASURES: Table = Erasure.__table__  # type: ignore[attr-defined]
_ANY_KEY, _ANY_ERASED = (
    sa_select(table.c.id).where(table.c.channel_id == bindparam("channel")).limit(1)
    for table in (KEYS, ERASURES)
)
_OF_KEY = sa_select(PEOPLE.c.id).where(
    PEOPLE.c.channel_id == bindparam("channel"), PEOPLE.c.key == bindparam("key")
)
_OF_OTHER_KEY = sa_select(KEYS.c.subscriber_id).where(
    KEYS.c.channel_id == bindparam("channel"),
    KEYS.c.key == bindparam("key"),
    KEYS.c.ended_at.is_(None),
)
_ERASED_LAST = sa_select(func.max(ERASURES.c.erased_at)).where(
    ERASURES.c.channel_id == bindparam("channel"),
    ERASURES.c.key_hash.in_(bindparam("hashes", expanding=True)),
)
LOOKED_AT = 3_000  # people, where a look at all would take too long


def find(session: Session, subscriber_id: int) -> Subscriber | None:
    return session.get(Subscriber, subscriber_id)


def by_key(session: Session, channel_id: int, key: str) -> Subscriber | None:
    """Also where it is an id they have besides their key."""
    line, given = session.connection(), {"channel": channel_id, "key": key}
    found = line.execute(_OF_KEY, given).scalar()
    if found is None:
        found = line.execute(_OF_OTHER_KEY, given).scalar()
    return None if found is None else session.get(Subscriber, found)


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
    found: dict[str, Subscriber] = dict(session.exec(other).all())
    return found | {person.key: person for person in of_keys(session, channel_id, wanted)}


def of_keys(session: Session, channel_id: int, keys: Iterable[str]) -> Sequence[Subscriber]:
    """Those whose own keys these are."""
    given = {"channel": channel_id, "keys": bulk.listed(session, list(keys))}
    found: Sequence[Subscriber] = session.exec(
        _of_keys(session.get_bind().dialect.name), params=given
    ).all()
    return found


@lru_cache(2)
def _of_keys(dialect: str) -> Any:
    """Built once: the inbox asks some hundred times a second."""
    return select(Subscriber).where(
        col(Subscriber.channel_id) == bindparam("channel"),
        bulk.in_list(dialect, col(Subscriber.key), "keys"),
    )


def known_besides(session: Session, channel_id: int, keys: Collection[str]) -> set[str]:
    """Those among the keys that somebody has besides their own. On most channels nobody has."""
    if session.connection().execute(_ANY_KEY, {"channel": channel_id}).first() is None:
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
    dialect = session.get_bind().dialect.name
    given = {"channel": channel_id, "keys": bulk.listed(session, keys)}
    query = _stored(dialect, tuple(names))
    found = {key: tuple(rest) for key, *rest in session.connection().execute(query, given)}
    if dialect == "sqlite":
        return found
    return {key: tuple(map(_stamped, rest)) for key, rest in found.items()}


@lru_cache(16)
def _stored(dialect: str, names: tuple[str, ...]) -> Any:
    """Built once: an import asks some thousand times."""
    columns = (type_coerce(PEOPLE.c[name], String) for name in names)
    return sa_select(PEOPLE.c.key, PEOPLE.c.id, *columns).where(
        PEOPLE.c.channel_id == bindparam("channel"), bulk.in_list(dialect, PEOPLE.c.key, "keys")
    )


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
    """By the table: rows that the session holds are not refreshed. PostgreSQL locks them by id, as
    `hold` does: who locks in another order ends in a deadlock with the inbox."""
    if subscriber_ids:
        given = {"ids": id_lists.bound(session, subscriber_ids), "last_sent_at": now}
        statement = _marking(session.get_bind().dialect.name)
        session.connection().execute(statement, given)


@lru_cache(maxsize=2)
def _marking(dialect: str) -> Any:
    these = id_lists.among(dialect)
    if dialect == "postgresql":
        held = sa_select(PEOPLE.c.id).where(PEOPLE.c.id.in_(these)).order_by(PEOPLE.c.id)
        these = held.with_for_update(key_share=True)
    chosen = update(PEOPLE).where(PEOPLE.c.id.in_(these))
    return chosen.values(last_sent_at=bindparam("last_sent_at"))


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
    country = col(Subscriber.country)
    living = (col(Subscriber.brand_id) == brand_of(session), col(Subscriber.erased_at).is_(None))
    lowest = select(func.min(country).label("code")).where(*living)
    found = lowest.where(country > "").cte("countries", recursive=True)
    next_ = lowest.where(country > found.c.code).correlate(found).scalar_subquery()
    found = found.union_all(select(next_).where(found.c.code.is_not(None)))
    query = select(found.c.code).where(found.c.code.is_not(None))
    return session.connection().execute(query).scalars().all()


def locales(session: Session) -> Sequence[str]:
    """The locales of the people who came last: suggestions, not all of them. By the order of an
    index of the brand: by that of ids SQLite would sort everybody."""
    newest = (
        select(Subscriber.locale)
        .where(col(Subscriber.erased_at).is_(None))
        .order_by(col(Subscriber.first_seen_at).desc())
        .limit(LOOKED_AT)
        .subquery()
    )
    return sorted(locale for locale in session.exec(select(newest.c.locale).distinct()) if locale)


def erased(session: Session, channel_id: int, hashes: Iterable[str]) -> set[str]:
    """Those among the keyed hashes whose people were erased on this channel."""
    query = select(Erasure.key_hash).where(
        Erasure.channel_id == channel_id,
        bulk.among(session, col(Erasure.key_hash), list(hashes)),
    )
    return set(session.exec(query).all())


def erased_last(session: Session, channel_id: int, hashes: Collection[str]) -> datetime | None:
    """When any of these keyed hashes was last erased on this channel; None: never."""
    given = {"channel": channel_id, "hashes": list(hashes)}
    last: datetime | None = session.connection().execute(_ERASED_LAST, given).scalar()
    return last


def hold(session: Session, channel_id: int, keys: Collection[str]) -> None:
    """Nobody of these is erased by another transaction until this one ends. SQLite has one writer
    anyway."""
    if session.get_bind().dialect.name == "sqlite":
        return
    query = sa_select(col(Subscriber.id)).where(
        col(Subscriber.channel_id) == channel_id, col(Subscriber.key).in_(keys)
    )
    session.execute(query.order_by(col(Subscriber.id)).with_for_update(key_share=True)).all()


def any_erased(session: Session, channel_id: int) -> bool:
    return session.connection().execute(_ANY_ERASED, {"channel": channel_id}).first() is not None


def bury(session: Session, channel_id: int, key_hash: str, now: datetime) -> None:
    """Leave the tombstone that keeps imports from bringing somebody back."""
    session.add(Erasure(channel_id=channel_id, key_hash=key_hash, erased_at=now))
