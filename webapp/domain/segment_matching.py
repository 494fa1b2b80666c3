"""Whether a person is in a segment: the reference that SQL and every index must agree with.

- Texts compare as stored, letter for letter; `contains` and `starts_with` casefold both sides.
  None and "" are unknown. The language is the part of the locale before its "_".
- A negative operator is "not" its positive (`segment_fields.NEGATIVES`), so the unknown match it.
  In SQL: `NOT coalesce(positive, false)`. No other operator but `unknown` matches the unknown.
- `within_days` n: from n days before now up to now, both ends included; for dates the same in
  days, today being now's day in UTC. `before` and `after` are strict, `between` includes its ends.
  More than n days ago is strictly before that; the coming n days begin with now, ends included.
- A window is open while its end is later than now, closes within n hours when it is open and its
  end is no later than that. A topic is opted in, stopped or expired only in that very state.
- Doings count from n days before now, that moment included; what came later than the moment asked
  about counts too where that moment has passed. So at a moment to come the count only falls.
- A segment asked about is a frozen one here: `segment_nesting` puts in the rules of live ones.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from webapp.domain import share
from webapp.domain.segment_fields import ATTRIBUTE, NEGATIVES, FieldType, Op
from webapp.domain.segment_tree import Group, GroupKind, Leaf, Node
from webapp.domain.segment_values import Expiry, Share, Times
from webapp.domain.subscriber import AttributeValue, Doing, Facts, TopicState

# The stored value, the condition's value, now.
Test = Callable[..., bool]


def matches(node: Node, facts: Facts, now: datetime) -> bool:
    """`now` is an aware time."""
    if isinstance(node, Leaf):
        return _holds(node, facts, now)
    within = (matches(child, facts, now) for child in node.children)
    if node.kind is GroupKind.ALL:
        return all(within)
    return any(within) is (node.kind is GroupKind.ANY)


def failing(node: Node, facts: Facts, now: datetime) -> list[Leaf]:
    """The conditions that keep this person out, in reading order; empty when she is in."""
    if matches(node, facts, now):
        return []
    return _blockers(node, facts, now)


def _blockers(node: Node, facts: Facts, now: datetime) -> list[Leaf]:
    if isinstance(node, Leaf):
        return [node]
    return [leaf for child in node.children for leaf in _blamed(node, child, facts, now)]


def _blamed(group: Group, child: Node, facts: Facts, now: datetime) -> list[Leaf]:
    within = matches(child, facts, now)
    if group.kind is GroupKind.NONE:
        return _reasons(child, facts, now) if within else []
    return [] if within else _blockers(child, facts, now)


def _reasons(node: Node, facts: Facts, now: datetime) -> list[Leaf]:
    """The conditions that make a matching node match."""
    if isinstance(node, Leaf):
        return [node]
    if node.kind is GroupKind.NONE:
        return [leaf for child in node.children for leaf in _blockers(child, facts, now)]
    kept = [child for child in node.children if matches(child, facts, now)]
    return [leaf for child in kept for leaf in _reasons(child, facts, now)]


def _holds(leaf: Leaf, facts: Facts, now: datetime) -> bool:
    positive = NEGATIVES.get(leaf.op)
    if positive is not None:
        return not _asserts(leaf, positive, facts, now)
    return _asserts(leaf, leaf.op, facts, now)


def _asserts(leaf: Leaf, op: Op, facts: Facts, now: datetime) -> bool:
    stored = _stored(leaf, facts)
    nothing = leaf.type is not FieldType.DOING and stored in ("", ())
    if stored is None or nothing:
        return False
    return _TESTS[op](stored, leaf.value, now)


def _stored(leaf: Leaf, facts: Facts) -> object:
    if leaf.field.startswith(ATTRIBUTE):
        return _attribute(leaf, facts.attributes.get(leaf.field.removeprefix(ATTRIBUTE)))
    if isinstance(leaf.value, Expiry):
        return facts.topic_ends.get(leaf.value.topic)
    if leaf.type is FieldType.TOPIC:
        return facts.topics.get(str(leaf.value))
    if leaf.type is FieldType.DOING:
        return facts.doings.get(leaf.field, ())
    return getattr(facts, _KEPT_AS.get(leaf.field, leaf.field))


_KEPT_AS = {
    "tag": "tags",
    "window": "window_ends_at",
    "import": "import_ids",
    "segment": "kept_in",
    "share": "id",
}


_HELD: Mapping[FieldType, type | tuple[type, ...]] = {
    FieldType.TEXT: str,
    FieldType.NUMBER: Decimal,
    FieldType.MOMENT: datetime,
    FieldType.DAY: date,
    FieldType.YESNO: bool,
    FieldType.LIST: tuple,
}


def _attribute(leaf: Leaf, value: AttributeValue | None) -> AttributeValue | None:
    """A value stored under an earlier type of its attribute counts as unknown."""
    sound = isinstance(value, _HELD[leaf.type])
    if leaf.type is FieldType.DAY:
        sound = sound and not isinstance(value, datetime)
    return value if sound else None


def _is(stored: object, wanted: object, _now: datetime) -> bool:
    return wanted in stored if isinstance(stored, frozenset) else stored == wanted


def _over_days_ago(stored: date, days: int, now: datetime) -> bool:
    return stored < _today(stored, now) - timedelta(days=days)


def _in_coming_days(stored: date, days: int, now: datetime) -> bool:
    begin = _today(stored, now)
    return begin <= stored <= begin + timedelta(days=days)


def _closes_within(end: datetime, hours: int, now: datetime) -> bool:
    return now < end <= now + timedelta(hours=hours)


def _expires_within(end: datetime, wanted: Expiry, now: datetime) -> bool:
    return now < end <= now + timedelta(days=wanted.days)


def _today(stored: date, now: datetime) -> date:
    return now if isinstance(stored, datetime) else now.astimezone(UTC).date()


def times(doings: Collection[Doing], wanted: Times, now: datetime) -> int:
    """How often it was done, in the time and of the broadcast that are asked about."""
    since = None if wanted.days is None else now - timedelta(days=wanted.days)
    return sum(
        (since is None or it.at >= since) and wanted.broadcast in (None, it.broadcast)
        for it in doings
    )


def _in_share(person: int, wanted: Share, _now: datetime) -> bool:
    return share.place(wanted.name, person) < wanted.percent


def _within_days(stored: date, days: int, now: datetime) -> bool:
    end = _today(stored, now)
    return end - timedelta(days=days) <= stored <= end


def _in_state(state: TopicState) -> Test:
    return lambda stored, _slug, _now: stored == state


def _has_any(stored: Collection[str], wanted: Collection[str], _now: datetime) -> bool:
    return not set(wanted).isdisjoint(stored)


def _has_all(stored: Collection[str], wanted: Collection[str], _now: datetime) -> bool:
    return set(wanted) <= set(stored)


_TESTS: Mapping[Op, Test] = {
    Op.KNOWN: lambda _stored, _wanted, _now: True,
    Op.IS: _is,
    Op.IN: lambda stored, wanted, _now: stored in wanted,
    Op.CONTAINS: lambda stored, wanted, _now: wanted.casefold() in stored.casefold(),
    Op.STARTS_WITH: lambda stored, wanted, _now: stored.casefold().startswith(wanted.casefold()),
    Op.ENDS_WITH: lambda stored, wanted, _now: stored.casefold().endswith(wanted.casefold()),
    Op.EQ: lambda stored, wanted, _now: stored == wanted,
    Op.LT: lambda stored, wanted, _now: stored < wanted,
    Op.LE: lambda stored, wanted, _now: stored <= wanted,
    Op.GT: lambda stored, wanted, _now: stored > wanted,
    Op.GE: lambda stored, wanted, _now: stored >= wanted,
    Op.BETWEEN: lambda stored, wanted, _now: wanted[0] <= stored <= wanted[1],
    Op.WITHIN_DAYS: _within_days,
    Op.OVER_DAYS_AGO: _over_days_ago,
    Op.IN_COMING_DAYS: _in_coming_days,
    Op.BEFORE: lambda stored, wanted, _now: stored < wanted,
    Op.AFTER: lambda stored, wanted, _now: stored > wanted,
    Op.HAS: lambda stored, wanted, _now: wanted in stored,
    Op.HAS_ANY: _has_any,
    Op.HAS_ALL: _has_all,
    Op.OPTED_IN: _in_state(TopicState.OPTED_IN),
    Op.STOPPED: _in_state(TopicState.STOPPED),
    Op.EXPIRED: _in_state(TopicState.EXPIRED),
    Op.EXPIRES_WITHIN: _expires_within,
    Op.ASKED: lambda _stored, _wanted, _now: True,
    Op.OPEN: lambda stored, _wanted, now: stored > now,
    Op.OPEN_AT: lambda stored, wanted, _now: stored > wanted,
    Op.CLOSES_WITHIN: _closes_within,
    Op.EVER: lambda stored, wanted, now: times(stored, wanted, now) > 0,
    Op.AT_LEAST: lambda stored, wanted, now: times(stored, wanted, now) >= wanted.times,
    Op.MORE_THAN: lambda stored, wanted, now: times(stored, wanted, now) > wanted.times,
    Op.MEMBER: _is,
    Op.IN_SHARE: _in_share,
}
