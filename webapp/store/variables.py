"""A message's variables, looked at over everyone: how long they get, who has none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, func, literal, or_
from sqlalchemy import cast as sql_cast
from sqlmodel import Session, col, select

from webapp.domain import folding
from webapp.domain.variables import ATTRIBUTE, FIELDS
from webapp.models.subscriber import Attribute, AttributeValue, Subscriber

_COLUMNS = {
    "first_name": col(Subscriber.first_name),
    "last_name": col(Subscriber.last_name),
    "city": col(Subscriber.city),
    "country": col(Subscriber.country),
    "locale": col(Subscriber.locale),
}


def longest(session: Session, channel_id: int, names: Iterable[str]) -> dict[str, int]:
    """The length of the longest stored value of each variable, by its name; 0 without any."""
    wanted = list(dict.fromkeys(names))
    fields = [name for name in wanted if name in FIELDS]
    found = dict.fromkeys(wanted, 0)
    if fields:
        lengths = [func.max(func.length(_text_of(name))) for name in fields]
        query: Any = select(*lengths).where(Subscriber.channel_id == channel_id)
        row = session.execute(query).one()
        found |= {name: row[index] or 0 for index, name in enumerate(fields)}
    for name in wanted:
        if name.startswith(ATTRIBUTE):
            found[name] = _longest_attribute(session, name.removeprefix(ATTRIBUTE))
    return found


def without_value(
    session: Session, channel_id: int, clause: ColumnElement[bool], names: Iterable[str]
) -> int:
    """How many people of a channel that `clause` admits lack at least one of the variables."""
    lacking = [_lacks(name) for name in dict.fromkeys(names)]
    query = (
        select(func.count())
        .select_from(Subscriber)
        .where(
            Subscriber.channel_id == channel_id,
            col(Subscriber.erased_at).is_(None),
            clause,
            or_(*lacking),
        )
    )
    return session.exec(query).one() if lacking else 0


def examples(
    session: Session, channel_id: int, clause: ColumnElement[bool], search: str, limit: int = 8
) -> Sequence[Subscriber]:
    """People to preview a message as: those who wrote last, of the name looked for."""
    query = select(Subscriber).where(
        Subscriber.channel_id == channel_id, col(Subscriber.erased_at).is_(None), clause
    )
    if search.strip():
        wanted = folding.folded(search.strip())
        query = query.where(col(Subscriber.name_folded).contains(wanted, autoescape=True))
    newest = col(Subscriber.last_inbound_at).desc().nulls_last()
    return session.exec(query.order_by(newest, col(Subscriber.id)).limit(limit)).all()


def _text_of(name: str) -> ColumnElement[str]:
    if name != "full_name":
        return func.trim(func.coalesce(_COLUMNS[name], ""))
    first, last = _text_of("first_name"), _text_of("last_name")
    return func.trim(first + literal(" ") + last)


def _lacks(name: str) -> ColumnElement[bool]:
    if name.startswith(ATTRIBUTE):
        return ~_has_attribute(name.removeprefix(ATTRIBUTE))
    if name not in FIELDS:
        return literal(True)  # noqa: FBT003 - SQL has no keyword arguments
    return _text_of(name) == ""


def _has_attribute(name: str) -> ColumnElement[bool]:
    value = AttributeValue
    known = or_(
        func.trim(func.coalesce(col(value.text), "")) != "",
        col(value.number).is_not(None),
        col(value.day).is_not(None),
        col(value.at).is_not(None),
    )
    query = (
        select(value.subscriber_id)
        .join(Attribute, col(Attribute.id) == value.attribute_id)
        .where(Attribute.name == name, value.subscriber_id == Subscriber.id, known)
    )
    return query.correlate(Subscriber).exists()


def _longest_attribute(session: Session, name: str) -> int:
    spelled = func.coalesce(
        col(AttributeValue.text),
        sql_cast(AttributeValue.number, Text),
        sql_cast(AttributeValue.day, Text),
        sql_cast(AttributeValue.at, Text),
    )
    query = (
        select(func.max(func.length(spelled)))
        .join(Attribute, and_(col(Attribute.id) == AttributeValue.attribute_id))
        .where(Attribute.name == name)
    )
    return session.exec(query).one() or 0
