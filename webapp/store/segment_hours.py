"""A segment's rule over coming hours: which people are in, hour by hour, by digits of hours.

Most conditions do not move: they are asked once, in SQL. Four do: "is open", "opted in", and "in
the last days" of a time or a day. Each of those holds for a person between two moments, so it is
two counts of hours (see `hour_counts`), and the tree is put together from them in Python, once per
distinct set of counts. What stands still inside a tree that moves is a digit too: 0 or 1.

It says what `segments.clause` says at each of the hours; a property test holds it to that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, case, func, literal, true
from sqlmodel import col, select

from webapp.domain.consent import State
from webapp.domain.forecast import Hours, Span
from webapp.domain.segment import FieldType, Group, GroupKind, Leaf, Node, Op, leaves
from webapp.domain.segment_fields import ATTRIBUTE, NEGATIVES
from webapp.models.opt_in import Consent, Topic
from webapp.models.subscriber import Attribute, AttributeValue, Subscriber
from webapp.store import hour_counts, segment_sql

MOVING = frozenset({Op.OPEN, Op.OPTED_IN, Op.WITHIN_DAYS})
Digit = ColumnElement[Any]


@dataclass
class Inside:
    """`clause` is what stands still; `digits` are to be selected, `spans` reads their values."""

    hours: Hours
    clause: ColumnElement[bool]
    digits: list[Digit] = field(default_factory=list)
    tree: _Moving | None = None

    def spans(self, values: Sequence[int]) -> tuple[Span, ...]:
        """The hours in which people with these values are in."""
        if self.tree is None:
            return ((0, self.hours.count),)
        return _spans(self.tree.holds(values, self.hours.count))


def inside(tree: Node, hours: Hours) -> Inside:
    """What stands still beside one another at the top is left to the database."""
    tops = tree.children if isinstance(tree, Group) and tree.kind is GroupKind.ALL else (tree,)
    still = [segment_sql.condition(top, hours.first) for top in tops if not _moves(top)]
    made = Inside(hours, and_(true(), *still))
    moving = tuple(top for top in tops if _moves(top))
    if moving:
        made.tree = _compiled(Group(GroupKind.ALL, moving), made)
    return made


def _moves(node: Node) -> bool:
    return any(NEGATIVES.get(leaf.op, leaf.op) in MOVING for leaf in leaves(node))


@dataclass(frozen=True)
class _Moving:
    """A condition or group as sets of hours, made from digits at the positions it was given."""

    kind: GroupKind | None  # None: one condition, between two digits
    children: tuple[_Moving, ...] = ()
    begin: int = 0
    end: int = 0
    negative: bool = False

    def holds(self, values: Sequence[int], count: int) -> set[int]:
        everything = set(range(count))
        if self.kind is None:
            found = set(range(values[self.begin], values[self.end]))
        else:
            found = self._joined([it.holds(values, count) for it in self.children], everything)
        return everything - found if self.negative else found

    def _joined(self, parts: list[set[int]], everything: set[int]) -> set[int]:
        if self.kind is GroupKind.ALL:
            return everything.intersection(*parts)
        either = set[int]().union(*parts)
        return everything - either if self.kind is GroupKind.NONE else either


def _compiled(node: Node, made: Inside) -> _Moving:
    if not _moves(node):
        holds = case((segment_sql.condition(node, made.hours.first), made.hours.count), else_=0)
        return _between(made, literal(0, Integer), holds)
    if isinstance(node, Leaf):
        return _leaf(node, made)
    return _Moving(node.kind, tuple(_compiled(child, made) for child in node.children))


def _leaf(leaf: Leaf, made: Inside) -> _Moving:
    begin, end = _moments(leaf, made.hours)
    return _between(made, begin, end, negative=leaf.op in NEGATIVES)


def _between(made: Inside, begin: Digit, end: Digit, *, negative: bool = False) -> _Moving:
    at = len(made.digits)
    made.digits += [func.coalesce(begin, 0), func.coalesce(end, 0)]
    return _Moving(None, begin=at, end=at + 1, negative=negative)


def _moments(leaf: Leaf, hours: Hours) -> tuple[Digit, Digit]:
    """The hours from which and up to which the positive condition holds."""
    if leaf.type is FieldType.WINDOW:
        return literal(0, Integer), _before(col(Subscriber.window_ends_at), hours)
    if leaf.type is FieldType.TOPIC:
        return literal(0, Integer), _opted_in(leaf, hours)
    days = timedelta(days=int(leaf.value))  # type: ignore[arg-type]
    return _since(leaf, hours), _until(leaf, hours, days)


def _since(leaf: Leaf, hours: Hours) -> Digit:
    if leaf.type is FieldType.DAY:
        return _day_digit(leaf, hours, timedelta())
    return _of(leaf, lambda column: _before(column, hours))


def _until(leaf: Leaf, hours: Hours, days: timedelta) -> Digit:
    """Both ends of a time belong to it; a day lasts until the next one begins."""
    if leaf.type is FieldType.DAY:
        return _day_digit(leaf, hours, days + timedelta(days=1))
    return _of(leaf, lambda column: hour_counts.up_to(column, hours.first - days, hours.count))


def _before(column: Any, hours: Hours) -> Digit:
    return hour_counts.before(column, hours.first, hours.count)


def _day_digit(leaf: Leaf, hours: Hours, after: timedelta) -> Digit:
    """How many hours begin before a day (in UTC) that many days later."""
    days = sorted({moment.astimezone(UTC).date() for moment in hours.moments()})
    shifts = [(day - after, _first_hour(day, hours)) for day in days]
    last = hours.count

    def counted(column: Any) -> Digit:
        return case(
            (column.is_(None), 0),
            *((column <= day, hour) for day, hour in shifts),
            else_=literal(last, Integer),
        )

    return _of(leaf, counted)


def _first_hour(day: Any, hours: Hours) -> int:
    """The hours before midnight of this day."""
    midnight = datetime.combine(day, time(), UTC)
    passed = midnight - hours.first
    return max(0, min(hours.count, -(-passed // timedelta(hours=1))))


def _of(leaf: Leaf, digit: Any) -> Digit:
    """Of the person's own column, or of the one value of an attribute."""
    if not leaf.field.startswith(ATTRIBUTE):
        found: Digit = digit(getattr(Subscriber, leaf.field))
        return found
    column = AttributeValue.day if leaf.type is FieldType.DAY else AttributeValue.at
    named = select(Attribute.id).where(col(Attribute.name) == leaf.field.removeprefix(ATTRIBUTE))
    return (
        select(func.max(digit(col(column))))
        .where(
            col(AttributeValue.subscriber_id) == col(Subscriber.id),
            col(AttributeValue.attribute_id).in_(named),
        )
        .scalar_subquery()
    )


def _opted_in(leaf: Leaf, hours: Hours) -> Digit:
    """Until the last token of an active consent expires; without an expiry, throughout."""
    wanted = select(Topic.id).where(col(Topic.slug) == leaf.value)
    live = func.coalesce(_before(col(Consent.token_expires_at), hours), hours.count)
    return (
        select(func.max(live))
        .where(
            col(Consent.subscriber_id) == col(Subscriber.id),
            col(Consent.topic_id).in_(wanted),
            col(Consent.state) == State.ACTIVE.value,
        )
        .scalar_subquery()
    )


def _spans(hours: set[int]) -> tuple[Span, ...]:
    return tuple(_runs(sorted(hours)))


def _runs(hours: list[int]) -> Iterator[Span]:
    begin = previous = None
    for hour in hours:
        if previous is None or hour != previous + 1:
            if begin is not None and previous is not None:
                yield begin, previous + 1
            begin = hour
        previous = hour
    if begin is not None and previous is not None:
        yield begin, previous + 1
