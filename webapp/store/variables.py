"""A message's variables, looked at over everyone: how long they get, and people to show it as."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, func, inspect, literal
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


def _most(name: str) -> int:
    """Letters that may be kept."""
    kind: Any = inspect(Subscriber).local_table.c[name].type
    return int(kind.length)


MOST = {name: _most(name) for name in _COLUMNS}
MOST["full_name"] = MOST["first_name"] + len(" ") + MOST["last_name"]


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


def examples(
    session: Session, channel_id: int, clause: ColumnElement[bool], search: str, limit: int
) -> Sequence[Subscriber]:
    """People to preview a message as: those who wrote last, of the name looked for."""
    query = select(Subscriber).where(
        Subscriber.channel_id == channel_id, col(Subscriber.erased_at).is_(None), clause
    )
    if search.strip():
        wanted = folding.folded(search.strip())
        query = query.where(col(Subscriber.name_folded).contains(wanted, autoescape=True))
    newest = col(Subscriber.last_inbound_at).desc().nulls_last()
    return session.exec(query.order_by(newest, col(Subscriber.id).desc()).limit(limit)).all()


def _text_of(name: str) -> ColumnElement[str]:
    if name != "full_name":
        return func.trim(func.coalesce(_COLUMNS[name], ""))
    first, last = _text_of("first_name"), _text_of("last_name")
    return func.trim(first + literal(" ") + last)


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
