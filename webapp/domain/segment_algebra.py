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
STILL_TYPES = frozenset({
    FieldType.TEXT, FieldType.NUMBER, FieldType.YESNO, FieldType.LIST, FieldType.TAG,
    FieldType.FLAG, FieldType.IMPORT, FieldType.MOMENT, FieldType.DAY,
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
    own = leaf.field.startswith(ATTRIBUTE)
    if leaf.op is Op.WITHIN_DAYS:
        moving = leaf.type is FieldType.DAY or not own
        return Keeping.MOVING if moving else Keeping.NEVER
    if (leaf.type, leaf.op) in MOVING:
        return Keeping.MOVING
    if (leaf.type, leaf.op) == (FieldType.TOPIC, Op.STOPPED) or leaf.type in STILL_TYPES:
        return Keeping.STILL
    return Keeping.NEVER


MOVING = frozenset({(FieldType.WINDOW, Op.OPEN), (FieldType.TOPIC, Op.OPTED_IN)})
