"""The rule tree of a segment as values: groups of conditions, and its one JSON form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from webapp.domain import fingerprint as fingerprints
from webapp.domain import segment_values
from webapp.domain.segment_fields import FieldType, Op
from webapp.domain.segment_values import Value


class GroupKind(StrEnum):
    ALL = "all"
    ANY = "any"
    NONE = "none"


@dataclass(frozen=True)
class Leaf:
    """One condition. `value` is typed by the operator: `segment_values` says how."""

    field: str
    op: Op
    value: Value
    type: FieldType


@dataclass(frozen=True)
class Group:
    kind: GroupKind
    children: tuple[Node, ...]


Node = Group | Leaf
EVERYONE = Group(GroupKind.ALL, ())


def leaves(node: Node) -> Iterator[Leaf]:
    """All conditions, in reading order."""
    if isinstance(node, Leaf):
        yield node
        return
    for child in node.children:
        yield from leaves(child)


def paths(node: Node, above: tuple[str, ...] = ()) -> Iterator[tuple[str, Leaf]]:
    """All conditions by where they stand in the JSON: `all.1.any.0`, "" for one alone."""
    if isinstance(node, Leaf):
        yield ".".join(above), node
        return
    for at, child in enumerate(node.children):
        yield from paths(child, (*above, node.kind.value, str(at)))


def segments_named(tree: object) -> set[int]:
    """The segments that a rule's JSON asks about, sound or not."""
    if isinstance(tree, Mapping) and tree.get("field") == "segment":
        return {tree["value"]} if isinstance(tree.get("value"), int) else set()
    inside = tree.values() if isinstance(tree, Mapping) else tree
    if not isinstance(inside, Iterable) or isinstance(inside, str):
        return set()
    return set[int]().union(*(segments_named(part) for part in inside))


def to_json(node: Node) -> dict[str, object]:
    if isinstance(node, Group):
        return {node.kind.value: [to_json(child) for child in node.children]}
    leaf: dict[str, object] = {"field": node.field, "op": node.op.value}
    return leaf if node.value is None else {**leaf, "value": segment_values.to_json(node.value)}


def fingerprint(node: Node) -> str:
    return fingerprints.of(to_json(node))
