"""Segments that ask about segments: the rules of the live ones put where they are asked about.

What is left of the question is about frozen segments, which are kept people by people. The rule is
looked up each time, so a change of the inner segment is a change of the outer one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from webapp.domain.errors import Invalid
from webapp.domain.segment_fields import FieldType, Op
from webapp.domain.segment_tree import Group, GroupKind, Leaf, Node, leaves
from webapp.domain.wording import Sentence, say

MOST_NESTED = 4  # segments within segments, the outermost not counted
MOST_CONDITIONS = 400  # after putting in: a database reads expressions only so deep
Lookup = Callable[[int], Node | Sentence | None]


def asks_about(node: Node) -> set[int]:
    """The segments that a rule names."""
    return {_key(leaf) for leaf in leaves(node) if leaf.type is FieldType.SEGMENT}


def expanded(node: Node, lookup: Lookup, own: int | None = None) -> Node:
    """The rule without live segments in it.

    `lookup` gives a segment's rule, None where it is frozen, or why it cannot be asked about.
    `own` is the segment whose rule this is. Raises Invalid under `rule`.
    """
    if not asks_about(node):
        return node
    return _Putting(lookup, own).node(node, ())


class _Putting:
    """One pass, counting what it puts in."""

    def __init__(self, lookup: Lookup, own: int | None) -> None:
        self.lookup, self.own = lookup, own
        self.conditions = 0

    def node(self, node: Node, above: tuple[int, ...]) -> Node:
        if isinstance(node, Group):
            return Group(node.kind, tuple(self.node(child, above) for child in node.children))
        self.conditions += 1
        if self.conditions > MOST_CONDITIONS:
            _refuse(
                say(
                    "With the segments it asks about, this rule has more than %(most)s conditions.",
                    most=MOST_CONDITIONS,
                )
            )
        return self.leaf(node, above) if node.type is FieldType.SEGMENT else node

    def leaf(self, leaf: Leaf, above: tuple[int, ...]) -> Node:
        key = _key(leaf)
        if key in (self.own, *above):
            _refuse(say("A segment cannot ask about itself, nor about one that asks about it."))
        inner = self.lookup(key)
        if isinstance(inner, Sentence):
            _refuse(inner)
        if inner is None:
            return leaf
        if len(above) >= MOST_NESTED:
            _refuse(say("Segments ask about segments at most %(most)s deep.", most=MOST_NESTED))
        put = self.node(inner, (*above, key))
        return Group(GroupKind.NONE, (put,)) if leaf.op is Op.NOT_MEMBER else put


def _key(leaf: Leaf) -> int:
    return leaf.value if isinstance(leaf.value, int) else 0


def _refuse(sentence: Sentence) -> NoReturn:
    raise Invalid({"rule": [sentence]})
