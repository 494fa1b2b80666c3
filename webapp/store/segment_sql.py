"""A segment's rule tree as SQL over `Subscriber`: person by person what `segment.matches` says.

Values are bound, never spelled out. `segment_matching` is the reference: texts compare letter for
letter, "" counts as unknown, and a negative operator is `NOT coalesce(positive, false)`. Tags,
topics and attributes of a person are of the person's own brand, so a name finds no other brand's
even where no session narrows the query; looked up by name alone they are looked up once. Live
segments asked about are rules already (`segment_nesting`); what is left of them is frozen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    and_,
    case,
    distinct,
    exists,
    false,
    func,
    literal,
    not_,
    or_,
    true,
)
from sqlmodel import col, select

from webapp.domain.consent import State
from webapp.domain.segment import FieldType, GroupKind, Leaf, Node, Op
from webapp.domain.segment_fields import ATTRIBUTE, NEGATIVES
from webapp.domain.segment_values import Expiry, Share
from webapp.models.import_job import ImportedSubscriber
from webapp.models.opt_in import Consent, Topic
from webapp.models.segment import SegmentMember
from webapp.models.subscriber import Attribute, AttributeValue, Subscriber, SubscriberTag, Tag
from webapp.store import doings, shares, texts

Clause = ColumnElement[bool]
Column = ColumnElement[Any]


def clause(node: Node, now: datetime) -> Clause:
    """Who is in, at an aware moment: for a WHERE over `Subscriber`. Erased people never are."""
    return and_(col(Subscriber.erased_at).is_(None), condition(node, now))


def condition(node: Node, now: datetime) -> Clause:
    """The tree alone."""
    if isinstance(node, Leaf):
        return leaf_clause(node, now)
    inside = [condition(child, now) for child in node.children]
    if node.kind is GroupKind.ALL:
        return and_(true(), *inside)
    somebody = or_(false(), *inside)
    return somebody if node.kind is GroupKind.ANY else _not(somebody)


def leaf_clause(leaf: Leaf, now: datetime) -> Clause:
    """One condition, whoever is erased or not: for a WHERE over `Subscriber`."""
    positive = NEGATIVES.get(leaf.op)
    if positive is not None:
        return _not(_asserts(leaf, positive, now))
    return _asserts(leaf, leaf.op, now)


def _not(clause_: Clause) -> Clause:
    return not_(func.coalesce(clause_, false()))


def _asserts(leaf: Leaf, op: Op, now: datetime) -> Clause:
    if leaf.field.startswith(ATTRIBUTE):
        return _attribute(leaf, op, now)
    special = _SPECIAL.get(leaf.type)
    if special is not None:
        return special(leaf, op, now)
    return _compare(_column(leaf.field), op, leaf, now)


def _compare(column: Column, op: Op, leaf: Leaf, now: datetime) -> Clause:
    if op is Op.KNOWN:
        filled = column != "" if leaf.type is FieldType.TEXT else true()
        return and_(column.is_not(None), filled)
    if op in _DAYS:
        return _DAYS[op](column, *_days(leaf, now))
    return _TESTS[op](column, leaf.value)


def _days(leaf: Leaf, now: datetime) -> tuple[date, timedelta]:
    """Now, or today in UTC where days are compared; and how many."""
    today = now if leaf.type is FieldType.MOMENT else now.astimezone(UTC).date()
    return today, timedelta(days=int(leaf.value))  # type: ignore[arg-type]


_DAYS: Mapping[Op, Callable[[Column, Any, timedelta], Clause]] = {
    Op.WITHIN_DAYS: lambda column, today, days: column.between(today - days, today),
    Op.OVER_DAYS_AGO: lambda column, today, days: column < today - days,
    Op.IN_COMING_DAYS: lambda column, today, days: column.between(today, today + days),
}
_TESTS: Mapping[Op, Callable[[Column, Any], Clause]] = {
    Op.IS: lambda column, value: column == value,
    Op.IN: lambda column, value: column.in_(value),
    Op.CONTAINS: texts.contains,
    Op.STARTS_WITH: texts.starts_with,
    Op.ENDS_WITH: texts.ends_with,
    Op.EQ: lambda column, value: column == value,
    Op.LT: lambda column, value: column < value,
    Op.LE: lambda column, value: column <= value,
    Op.GT: lambda column, value: column > value,
    Op.GE: lambda column, value: column >= value,
    Op.BETWEEN: lambda column, value: column.between(*value),
    Op.BEFORE: lambda column, value: column < value,
    Op.AFTER: lambda column, value: column > value,
}


def _column(field: str) -> Column:
    """Texts and times are stored under their field's name; the language is in the locale."""
    if field == "language":
        return _language()
    found: Column = getattr(Subscriber, field)
    return found


def _language() -> Column:
    locale = func.replace(col(Subscriber.locale), "-", "_")
    end = texts.position(locale, literal("_"))
    return func.nullif(case((end > 0, func.substr(locale, 1, end - 1)), else_=locale), "")


def _tag(leaf: Leaf, op: Op, _now: datetime) -> Clause:
    names = _texts(leaf)
    wanted = select(Tag.id).where(col(Tag.name).in_(names))
    worn = (
        col(SubscriberTag.subscriber_id) == col(Subscriber.id),
        col(SubscriberTag.tag_id).in_(wanted),
    )
    if op is Op.HAS_ALL:
        return _counted(col(SubscriberTag.tag_id), worn, len(names))
    return exists().where(*worn)


def _counted(column: Any, rows: Sequence[Clause], wanted: int) -> Clause:
    """As many different ones as are wanted: a condition for each would be too long for SQL."""
    query = select(func.count(distinct(column))).where(*rows).correlate(Subscriber)
    return query.scalar_subquery() == wanted


def _topic(leaf: Leaf, op: Op, now: datetime) -> Clause:
    slug = leaf.value.topic if isinstance(leaf.value, Expiry) else leaf.value
    wanted = select(Topic.id).where(col(Topic.slug) == slug)
    return exists().where(
        col(Consent.subscriber_id) == col(Subscriber.id),
        col(Consent.topic_id).in_(wanted),
        _consent(leaf, op, now),
    )


def _consent(leaf: Leaf, op: Op, now: datetime) -> Clause:
    active = col(Consent.state) == State.ACTIVE.value
    ends = col(Consent.token_expires_at)
    if isinstance(leaf.value, Expiry):
        return and_(active, ends > now, ends <= now + timedelta(days=leaf.value.days))
    if op is Op.ASKED:
        return true()
    if op is Op.STOPPED:
        return not_(active)
    return and_(active, ends <= now if op is Op.EXPIRED else or_(ends.is_(None), ends > now))


def _window(leaf: Leaf, op: Op, now: datetime) -> Clause:
    ends = col(Subscriber.window_ends_at)
    if op is Op.OPEN_AT:
        return ends > leaf.value
    if op is Op.CLOSES_WITHIN:
        return and_(ends > now, ends <= now + timedelta(hours=int(leaf.value)))  # type: ignore[arg-type]
    return ends > now


def _flag(leaf: Leaf, _op: Op, _now: datetime) -> Clause:
    since = {"opted_out": Subscriber.opted_out_at, "unavailable": Subscriber.unavailable_at}
    column = col(since[leaf.field])
    return column.is_not(None) if leaf.value else column.is_(None)


def _import(leaf: Leaf, _op: Op, _now: datetime) -> Clause:
    return exists().where(
        col(ImportedSubscriber.subscriber_id) == col(Subscriber.id),
        col(ImportedSubscriber.import_job_id) == leaf.value,
    )


def _segment(leaf: Leaf, _op: Op, _now: datetime) -> Clause:
    return exists().where(
        col(SegmentMember.subscriber_id) == col(Subscriber.id),
        col(SegmentMember.segment_id) == leaf.value,
    )


def _share(leaf: Leaf, _op: Op, _now: datetime) -> Clause:
    assert isinstance(leaf.value, Share)  # noqa: S101 - `segment_values` reads it so
    return shares.clause(leaf.value)


_SPECIAL: Mapping[FieldType, Callable[[Leaf, Op, datetime], Clause]] = {
    FieldType.TAG: _tag,
    FieldType.TOPIC: _topic,
    FieldType.WINDOW: _window,
    FieldType.FLAG: _flag,
    FieldType.IMPORT: _import,
    FieldType.DOING: doings.clause,
    FieldType.SEGMENT: _segment,
    FieldType.SHARE: _share,
}


def _attribute(leaf: Leaf, op: Op, now: datetime) -> Clause:
    if op in (Op.HAS, Op.HAS_ANY, Op.HAS_ALL):
        words, text = _texts(leaf), col(AttributeValue.text)
        listed = _values(leaf, text.in_(words))
        return _counted(text, listed, len(words)) if op is Op.HAS_ALL else exists().where(*listed)
    column: Column = getattr(AttributeValue, _VALUES[leaf.type])
    if leaf.type is FieldType.YESNO and op is Op.IS:
        return _valued(leaf, column != 0 if leaf.value else column == 0)
    return _valued(leaf, _compare(column, op, leaf, now))


def _valued(leaf: Leaf, test: Clause) -> Clause:
    return exists().where(*_values(leaf, test))


def _values(leaf: Leaf, test: Clause) -> tuple[Clause, ...]:
    named = select(Attribute.id).where(col(Attribute.name) == leaf.field.removeprefix(ATTRIBUTE))
    return (
        col(AttributeValue.subscriber_id) == col(Subscriber.id),
        col(AttributeValue.attribute_id).in_(named),
        test,
    )


_VALUES: Mapping[FieldType, str] = {
    FieldType.TEXT: "text",
    FieldType.LIST: "text",
    FieldType.NUMBER: "number",
    FieldType.YESNO: "number",
    FieldType.DAY: "day",
    FieldType.MOMENT: "at",
}


def _texts(leaf: Leaf) -> list[str]:
    return list(leaf.value) if isinstance(leaf.value, tuple) else [str(leaf.value)]  # type: ignore[arg-type]
