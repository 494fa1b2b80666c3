"""A segment: a rule tree over subscribers, with one JSON form.

Groups `{"all": [...]}`, `{"any": [...]}`, `{"none": [...]}`; conditions `{"field", "op", "value"}`.
An empty `all` or `none` is everyone, an empty `any` is nobody.
"""

from __future__ import annotations

from collections.abc import Mapping

from webapp.domain import segment_fields, segment_values
from webapp.domain.errors import Invalid
from webapp.domain.segment_fields import Field, FieldType, Op, ValueKind
from webapp.domain.segment_matching import failing, matches
from webapp.domain.segment_nesting import MOST_CONDITIONS, MOST_NESTED
from webapp.domain.segment_tree import (
    EVERYONE,
    Group,
    GroupKind,
    Leaf,
    Node,
    fingerprint,
    leaves,
    to_json,
)
from webapp.domain.segment_wording import Names, describe
from webapp.domain.subscriber import AttributeType
from webapp.domain.wording import Sentence, say

__all__ = [
    "EVERYONE",
    "FieldType",
    "Group",
    "GroupKind",
    "Leaf",
    "Names",
    "Node",
    "Op",
    "describe",
    "failing",
    "fingerprint",
    "leaves",
    "matches",
    "parse",
    "to_json",
]

MOST_DEPTH = 6  # groups within groups, the outermost counted
MOST_LEAVES = 200


def parse(
    obj: object, attributes: Mapping[str, AttributeType], *, put_together: bool = False
) -> Node:
    """Raises Invalid with the path of each fault (`all.1.value`; `rule` for the whole).

    `put_together`: the JSON of a rule with other segments' rules in it, which may be larger.
    """
    most = MOST_CONDITIONS if put_together else MOST_LEAVES
    deepest = MOST_DEPTH * (MOST_NESTED + 2) if put_together else MOST_DEPTH
    reading = _Reading(segment_fields.fields(attributes), deepest)
    node = reading.node(obj, (), 1)
    if sum(1 for _ in leaves(node)) > most:
        reading.fault((), say("Use at most %(most)s conditions.", most=most))
    if reading.errors:
        raise Invalid(reading.errors)
    return node


class _Reading:
    """One pass over a tree, collecting every fault with its path."""

    def __init__(self, fields: Mapping[str, Field], deepest: int) -> None:
        self.fields, self.deepest = fields, deepest
        self.errors: dict[str, list[Sentence]] = {}

    def fault(self, path: tuple[str, ...], sentence: Sentence) -> None:
        self.errors.setdefault(".".join(path) or "rule", []).append(sentence)

    def node(self, obj: object, path: tuple[str, ...], depth: int) -> Node:
        if isinstance(obj, Mapping) and "field" in obj:
            return self.leaf(obj, path) or EVERYONE
        kind = next(iter(obj)) if isinstance(obj, Mapping) and len(obj) == 1 else None
        if not isinstance(kind, str) or kind not in list(GroupKind):
            self.fault(path, say('Give a condition with a "field", or one of all, any, none.'))
            return EVERYONE
        assert isinstance(obj, Mapping)  # noqa: S101 - kind came out of it
        return self.group(GroupKind(kind), obj[kind], (*path, kind), depth)

    def group(self, kind: GroupKind, inside: object, path: tuple[str, ...], depth: int) -> Group:
        if depth > self.deepest:
            self.fault(path, say("Nest groups at most %(most)s deep.", most=self.deepest))
        elif not isinstance(inside, list | tuple) or len(inside) > MOST_LEAVES:
            self.fault(path, say("Give a list of at most %(most)s entries.", most=MOST_LEAVES))
        else:
            entries = enumerate(inside)
            return Group(kind, tuple(self.node(o, (*path, str(i)), depth + 1) for i, o in entries))
        return Group(kind, ())

    def leaf(self, obj: Mapping[str, object], path: tuple[str, ...]) -> Leaf | None:
        for name in obj.keys() - {"field", "op", "value"}:
            self.fault((*path, str(name)), say("A condition has only field, op and value."))
        field = self.fields.get(str(obj["field"]))
        if field is None:
            self.fault((*path, "field"), say("There is no field %(name)s.", name=obj["field"]))
            return None
        op = obj.get("op")
        if not isinstance(op, str) or op not in field.operators:
            self.fault((*path, "op"), _choose(field))
            return None
        return self.condition(field, Op(op), obj.get("value"), path)

    def condition(self, field: Field, op: Op, raw: object, path: tuple[str, ...]) -> Leaf | None:
        takes = field.operators[op].takes
        if takes is ValueKind.NOTHING and raw not in (None, ""):
            self.fault((*path, "value"), say("This condition takes no value."))
            return None
        read = segment_values.read(field.name, takes, raw)
        if isinstance(read, Sentence):
            self.fault((*path, "value"), read)
            return None
        return Leaf(field.name, op, read, field.type)


def _choose(field: Field) -> Sentence:
    return say(
        "For %(field)s choose one of: %(operators)s.",
        field=field.label,
        operators=", ".join(op.value for op in field.operators),
    )
