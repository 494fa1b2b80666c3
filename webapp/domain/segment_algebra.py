"""A segment as algebra over sets of people: what an index has to know, and how it is put together.

The tree becomes unions, intersections and differences of the sets of its conditions. Only positive
conditions about one value are asked for: "is one of" is the union of each "is", and a negative is
everyone without its positive, as `segment_fields.NEGATIVES` says. So one set serves every segment
that speaks of its value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from enum import StrEnum
from functools import reduce
from typing import Protocol, Self, TypeVar

from webapp.domain.segment_fields import ATTRIBUTE, NEGATIVES, FieldType, Op
from webapp.domain.segment_tree import Group, GroupKind, Leaf, Node


class Keeping(StrEnum):
    """How long the set of a condition stays right while nobody changes."""

    STILL = "still"
    MOVING = "moving"  # people pass in and out at moments that are known
    NEVER = "never"  # asked for anew each time


class People(Protocol):
    """A set of people; a roaring bitmap is one."""

    def __and__(self, other: Self, /) -> Self: ...
    def __or__(self, other: Self, /) -> Self: ...
    def __sub__(self, other: Self, /) -> Self: ...


P = TypeVar("P", bound=People)
EACH = {Op.IN: Op.IS, Op.HAS_ANY: Op.HAS, Op.HAS_ALL: Op.HAS}
# Conditions whose people change only when somebody is changed.
STILL = frozenset({
    Op.IS, Op.CONTAINS, Op.STARTS_WITH, Op.ENDS_WITH, Op.KNOWN, Op.EQ, Op.LT, Op.LE, Op.GT, Op.GE,
    Op.BETWEEN, Op.BEFORE, Op.AFTER, Op.HAS, Op.HAS_ANY, Op.HAS_ALL, Op.IN, Op.STOPPED, Op.ASKED,
    Op.OPEN_AT, Op.IN_SHARE,
})  # fmt: skip
# Those into and out of which people pass with time.
MOVING = frozenset({
    Op.WITHIN_DAYS, Op.OVER_DAYS_AGO, Op.IN_COMING_DAYS, Op.OPEN, Op.CLOSES_WITHIN, Op.OPTED_IN,
    Op.EXPIRED, Op.EXPIRES_WITHIN, Op.EVER, Op.AT_LEAST, Op.MORE_THAN,
})  # fmt: skip


def people(node: Node, held: Callable[[Leaf], P], everyone: P) -> P:
    """Who is in, given those for whom each of `asked` conditions holds."""
    if isinstance(node, Leaf):
        return _of_leaf(node, held, everyone)
    sets = [people(child, held, everyone) for child in node.children]
    if node.kind is GroupKind.ALL:
        return reduce(lambda one, other: one & other, sets, everyone)
    anybody = reduce(lambda one, other: one | other, sets, everyone - everyone)
    return anybody if node.kind is GroupKind.ANY else everyone - anybody


def _of_leaf(leaf: Leaf, held: Callable[[Leaf], P], everyone: P) -> P:
    positive = NEGATIVES.get(leaf.op)
    if positive is not None:
        return everyone - _of_leaf(replace(leaf, op=positive), held, everyone)
    sets = [held(it) for it in _single(leaf)]
    if leaf.op is Op.HAS_ALL:
        return reduce(lambda one, other: one & other, sets, everyone)
    return reduce(lambda one, other: one | other, sets)


def asked(node: Node) -> Iterator[Leaf]:
    """The positive conditions about one value, in reading order."""
    if isinstance(node, Group):
        for child in node.children:
            yield from asked(child)
    else:
        yield from _single(replace(node, op=NEGATIVES.get(node.op, node.op)))


def _single(leaf: Leaf) -> Iterable[Leaf]:
    op = EACH.get(leaf.op)
    if op is None or not isinstance(leaf.value, tuple) or not leaf.value:
        return [leaf]
    return [Leaf(leaf.field, op, value, leaf.type) for value in leaf.value]


def keeping(leaf: Leaf) -> Keeping:
    """Of a positive condition."""
    if leaf.op in STILL:
        return Keeping.STILL
    own_moment = leaf.field.startswith(ATTRIBUTE) and leaf.type is FieldType.MOMENT
    return Keeping.MOVING if leaf.op in MOVING and not own_moment else Keeping.NEVER
