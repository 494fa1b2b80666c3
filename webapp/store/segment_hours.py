"""A segment's rule over coming hours: which people are in, hour by hour, by digits of hours.

Most conditions do not move: they are asked once, in SQL. Those do that name days or hours from now,
"is open", "opted in" and "has expired". Each of those holds for a person between two moments, so it
is two counts of hours (see `hour_counts`), and the tree is put together from them in Python, once
per distinct set of counts. What stands still inside a tree that moves is a digit too: 0 or 1.

It says what `segments.clause` says at each of the hours; a property test holds it to that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, case, func, literal, true
from sqlmodel import col, select

from webapp.domain.consent import State
from webapp.domain.forecast import Hours, Span
from webapp.domain.segment import FieldType, Group, GroupKind, Leaf, Node, Op, leaves
from webapp.domain.segment_fields import ATTRIBUTE, NEGATIVES
from webapp.domain.segment_values import Expiry
from webapp.models.opt_in import Consent, Topic
from webapp.models.subscriber import Attribute, AttributeValue, Subscriber
from webapp.store import doings, hour_counts, segment_sql

MOVING = frozenset(
    {
        Op.OPEN, Op.CLOSES_WITHIN, Op.OPTED_IN, Op.EXPIRED, Op.EXPIRES_WITHIN, Op.WITHIN_DAYS,
        Op.OVER_DAYS_AGO, Op.IN_COMING_DAYS,
    }
)  # fmt: skip
Digit = ColumnElement[Any]
Make = Callable[[Any], Digit]  # of a column
Of = Callable[[Make], Digit]


@dataclass
class Inside:
    """`clause` is what stands `still`; `digits` are to be selected, two for each of the `nodes`,
    `spans` reads their values."""

    hours: Hours
    clause: ColumnElement[bool]
    still: tuple[Node, ...] = ()
    digits: list[Digit] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    tree: _Moving | None = None

    def spans(self, values: Sequence[int]) -> tuple[Span, ...]:
        """The hours in which people with these values are in."""
        if self.tree is None:
            return ((0, self.hours.count),)
        return _spans(self.tree.holds(values, self.hours.count))


def inside(tree: Node, hours: Hours) -> Inside:
    """What stands still beside one another at the top is left to the database."""
    tops = tree.children if isinstance(tree, Group) and tree.kind is GroupKind.ALL else (tree,)
    still = tuple(top for top in tops if not moves(top))
    clauses = [segment_sql.condition(top, hours.first) for top in still]
    made = Inside(hours, and_(true(), *clauses), still)
    moving = tuple(top for top in tops if moves(top))
    if moving:
        made.tree = _compiled(Group(GroupKind.ALL, moving), made)
    return made


def moves(node: Node) -> bool:
    return any(_leaf_moves(leaf, NEGATIVES.get(leaf.op, leaf.op)) for leaf in leaves(node))


def _leaf_moves(leaf: Leaf, op: Op) -> bool:
    if leaf.type is FieldType.DOING:
        return doings.wanted_of(leaf).days is not None and doings.least_of(leaf, op) > 0
    return op in MOVING


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
    if not moves(node):
        holds = case((segment_sql.condition(node, made.hours.first), made.hours.count), else_=0)
        return _between(made, node, literal(0, Integer), holds)
    if isinstance(node, Leaf):
        return _leaf(node, made)
    return _Moving(node.kind, tuple(_compiled(child, made) for child in node.children))


def _leaf(leaf: Leaf, made: Inside) -> _Moving:
    begin, end = _moments(leaf, made.hours)
    return _between(made, leaf, begin, end, negative=leaf.op in NEGATIVES)


def _between(
    made: Inside, node: Node, begin: Digit, end: Digit, *, negative: bool = False
) -> _Moving:
    at = len(made.digits)
    made.nodes.append(node)
    made.digits += [func.coalesce(begin, 0), func.coalesce(end, 0)]
    return _Moving(None, begin=at, end=at + 1, negative=negative)


def _moments(leaf: Leaf, hours: Hours) -> tuple[Digit, Digit]:
    """The hours from which and up to which the positive condition holds."""
    op = NEGATIVES.get(leaf.op, leaf.op)
    if leaf.type is FieldType.WINDOW:
        return _ending(lambda make: make(col(Subscriber.window_ends_at)), op, leaf, hours)
    if leaf.type is FieldType.TOPIC:
        return _ending(lambda make: _of_consent(leaf, make), op, leaf, hours)
    if leaf.type is FieldType.DOING:
        days = timedelta(days=doings.wanted_of(leaf).days or 0)
        last = doings.nth_latest(leaf, op)
        return _never(), hour_counts.up_to(last, hours.first - days, hours.count)
    return _days(leaf, op, hours)


def _ending(of: Of, op: Op, leaf: Leaf, hours: Hours) -> tuple[Digit, Digit]:
    """Of what has an end: before it, shortly before it, or after it."""
    if op is Op.EXPIRED:
        return of(lambda end: _before(end, hours)), of(lambda end: _always(end, hours))
    if op is Op.OPTED_IN:
        return _never(), of(lambda end: func.coalesce(_before(end, hours), hours.count))
    until = of(lambda end: _before(end, hours))
    if op is Op.OPEN:
        return _never(), until
    length = _length(leaf)
    return of(lambda end: hour_counts.before(end, hours.first + length, hours.count)), until


def _length(leaf: Leaf) -> timedelta:
    if isinstance(leaf.value, Expiry):
        return timedelta(days=leaf.value.days)
    return timedelta(hours=int(leaf.value))  # type: ignore[arg-type]


def _never() -> Digit:
    return literal(0, Integer)


def _always(column: Any, hours: Hours) -> Digit:
    return case((column.is_(None), 0), else_=literal(hours.count, Integer))


def _days(leaf: Leaf, op: Op, hours: Hours) -> tuple[Digit, Digit]:
    days = timedelta(days=int(leaf.value))  # type: ignore[arg-type]
    if op is Op.IN_COMING_DAYS:
        return _since(leaf, hours, days), _until(leaf, hours, timedelta())
    if op is Op.OVER_DAYS_AGO:
        return _until(leaf, hours, days), _of(leaf, lambda column: _always(column, hours))
    return _since(leaf, hours, timedelta()), _until(leaf, hours, days)


def _since(leaf: Leaf, hours: Hours, ahead: timedelta) -> Digit:
    """The hours in which it is further ahead than that."""
    if leaf.type is FieldType.DAY:
        return _day_digit(leaf, hours, -ahead)
    return _of(leaf, lambda column: hour_counts.before(column, hours.first + ahead, hours.count))


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


def _of(leaf: Leaf, digit: Make) -> Digit:
    """Of the person's own column, or of the one value of an attribute."""
    if not leaf.field.startswith(ATTRIBUTE):
        return digit(getattr(Subscriber, leaf.field))
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


def _of_consent(leaf: Leaf, digit: Make) -> Digit:
    """Of the end of an active consent's token, which may have none."""
    slug = leaf.value.topic if isinstance(leaf.value, Expiry) else leaf.value
    wanted = select(Topic.id).where(col(Topic.slug) == slug)
    return (
        select(func.max(digit(col(Consent.token_expires_at))))
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
