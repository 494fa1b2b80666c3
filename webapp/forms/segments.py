"""The segment builder's state, as a browser posts it back.

The form carries the tree's shape as JSON in `tree`, and every control by the path of its node:
`r` is the root, `r.0` its first child; `kind.r` a group's, `field.r.0`, `op.r.0`, `value.r.0` and
`to.r.0` a condition's, and of values with more parts `days.r.0`, `broadcast.r.0`, `percent.r.0`. A
condition without controls stands as it is in the shape. A draft is the tree's JSON with values as
typed, not yet all of them sound: `segment.parse` says which are not.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import Field as Limited

from webapp.domain import segment_values
from webapp.domain.segment import MOST_DEPTH, MOST_LEAVES, GroupKind, Op
from webapp.domain.segment_fields import OF_BROADCASTS, Field, ValueKind
from webapp.domain.wording import Sentence, say
from webapp.forms.reading import Form, Posted

Draft = dict[str, Any]
ROOT = "r"
MONTH = "30"  # days that a condition about what somebody did begins with
MOST_TEXT = 200_000  # characters of the tree's JSON


class NameForm(Form):
    name: Annotated[str, Limited(max_length=120)] = ""


class LookForm(Form):
    """What the preview is asked besides the tree."""

    channel: Annotated[int, Limited(ge=1, lt=2**63)] | None = None
    person: Annotated[str, Limited(max_length=200)] = ""
    at: Annotated[str, Limited(max_length=40)] = ""  # a time as typed; empty is now
    overlap: Annotated[int, Limited(ge=1, lt=2**63)] | None = None  # another segment


def fresh() -> Draft:
    """What a new segment begins with: everybody."""
    return {"all": []}


def condition() -> Draft:
    return {"field": "country", "op": Op.IN.value, "value": []}


def of_tree(tree: Mapping[str, object]) -> Draft:
    """A saved tree, to be edited: a lone condition gets a group around it."""
    return {"all": [dict(tree)]} if "field" in tree else dict(tree)


def draft(posted: Posted, fields: Mapping[str, Field], zone: ZoneInfo) -> Draft:
    """The tree as it stands on the screen. What is no tree at all becomes an empty one."""
    reading = _Reading(posted, fields, zone)
    return reading.group(_loaded(reading.one("tree")), ROOT, 1)


def operate(tree: Draft, do: str) -> tuple[Draft, str]:
    """`add.<path>`, `group.<path>` or `remove.<path>`; the changed tree, and where to look next."""
    verb, _, path = do.partition(".")
    if verb == "remove":
        return tree, _removed(tree, path)
    group = _at(tree, path)
    children = next(iter(group.values())) if group and "field" not in group else None
    if children is None or not _has_room(tree, path, verb):
        return tree, ""
    if verb == "add":
        children.append(condition())
    elif verb == "group":
        children.append({"any": [condition()]})
    return tree, f"{path}.{len(children) - 1}"


def sound_part(tree: Draft, wrong: Sequence[str]) -> Draft:
    """The tree without the conditions at these paths: what can be counted already.

    A group that loses all of its conditions by that goes with them.
    """

    def kept(node: Draft, path: str) -> Draft | None:
        if "field" in node:
            return None if path in wrong else node
        kind, children = next(iter(node.items()))
        sound = [kept(child, f"{path}.{n}") for n, child in enumerate(children)]
        left = [child for child in sound if child is not None]
        return None if children and not left else {kind: left}

    return kept(tree, ROOT) or {GroupKind.ALL.value: []}


def by_path(errors: Mapping[str, Sequence[Sentence]]) -> dict[str, list[Sentence]]:
    """Errors of `segment.parse` (`all.1.any.0.value`) by the node's path here (`r.1.0`)."""
    found: dict[str, list[Sentence]] = {}
    for name, sentences in errors.items():
        numbers = [part for part in name.split(".") if part.isdigit()]
        found.setdefault(".".join([ROOT, *numbers]), []).extend(sentences)
    return found


def by_control(
    tree: Draft, errors: Mapping[str, Sequence[Sentence]], fields: Mapping[str, Field]
) -> dict[str, Sequence[Sentence]]:
    """The same by the name of the control that mends them; what is empty is to be filled in."""
    found: dict[str, Sequence[Sentence]] = {k: v for k, v in errors.items() if k == "name"}
    for path, sentences in by_path({k: v for k, v in errors.items() if k != "name"}).items():
        node = _at(tree, path) or {}
        empty = "field" in node and _is_empty(node.get("value", "x"))
        found[f"value.{path}"] = [_unfilled(fields[node["field"]])] if empty else sentences
    return found


def _is_empty(value: object) -> bool:
    """Not filled in yet; days and broadcasts may stay empty."""
    if isinstance(value, dict):
        return any(value[name] == "" for name in value.keys() - {"days", "broadcast"})
    return value in ("", [], ["", ""])


def conditions(node: Draft) -> Iterator[Draft]:
    if "field" in node:
        yield node
        return
    for child in next(iter(node.values())):
        yield from conditions(child)


def local_text(value: object, zone: ZoneInfo) -> str:
    """A stored time as a datetime-local control holds it."""
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        return ""
    return at.astimezone(zone).strftime("%Y-%m-%dT%H:%M") if at.tzinfo else str(value)


def moment(text: str, zone: ZoneInfo) -> datetime | None:
    """A time as typed is one in the viewer's zone; None is none."""
    try:
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


class _Reading:
    """One pass over the posted shape, with the controls laid over it."""

    def __init__(self, posted: Posted, fields: Mapping[str, Field], zone: ZoneInfo) -> None:
        self.posted, self.fields, self.zone = posted, fields, zone

    def one(self, name: str) -> str:
        return next(iter(self.posted.getlist(name)), "").strip()

    def node(self, shape: object, path: str, depth: int) -> Draft:
        if isinstance(shape, dict) and "field" in shape:
            return self.condition(shape, path)
        return self.group(shape, path, depth)

    def group(self, shape: object, path: str, depth: int) -> Draft:
        kind, children = _group_of(shape)
        chosen = self.one(f"kind.{path}")
        kind = chosen if chosen in list(GroupKind) else kind
        if depth > MOST_DEPTH:
            children = []
        kept = children[:MOST_LEAVES]
        return {kind: [self.node(c, f"{path}.{n}", depth + 1) for n, c in enumerate(kept)]}

    def condition(self, shape: Mapping[str, object], path: str) -> Draft:
        if not self.posted.getlist(f"field.{path}"):
            return self.kept(shape)
        name = self.one(f"field.{path}") or str(shape["field"])
        field = self.fields.get(name) or self.fields["country"]
        op = self.one(f"op.{path}") or str(shape.get("op") or "")
        if op not in field.operators:
            op = next(iter(field.operators)).value
        leaf: Draft = {"field": field.name, "op": op}
        takes = field.operators[Op(op)].takes
        if takes is ValueKind.NOTHING:
            return leaf
        parts = self.parts(field, takes, path)
        return {**leaf, "value": self.value(takes, path) if parts is None else parts}

    def kept(self, shape: Mapping[str, object]) -> Draft:
        """One that is shown and not edited; what cannot be read becomes a new one."""
        field, op = self.fields.get(str(shape["field"])), str(shape.get("op"))
        if field is None or op not in field.operators:
            return condition()
        takes, value = field.operators[Op(op)].takes, shape.get("value")
        if isinstance(segment_values.read(field.name, takes, value), Sentence):
            return condition()
        leaf: Draft = {"field": field.name, "op": op}
        return leaf if takes is ValueKind.NOTHING else {**leaf, "value": value}

    def parts(self, field: Field, takes: ValueKind, path: str) -> Draft | None:
        """A value that is an object: None of what is one value."""
        if takes is ValueKind.TOPIC_DAYS:
            return {"topic": self.one(f"value.{path}"), "days": self.or_else(f"days.{path}", MONTH)}
        if takes is ValueKind.SHARE:
            fresh = not self.posted.getlist(f"percent.{path}")
            name = "" if fresh else self.one(f"value.{path}")
            return {"name": name, "percent": self.or_else(f"percent.{path}", "10")}
        if takes not in (ValueKind.TIMES, ValueKind.PERIOD):
            return None
        fresh = not self.posted.getlist(f"days.{path}")
        times = "1" if fresh else self.or_else(f"value.{path}", "1")
        found: Draft = {"times": times} if takes is ValueKind.TIMES else {}
        found["days"] = self.or_else(f"days.{path}", MONTH)
        if field.name in OF_BROADCASTS:
            found["broadcast"] = self.one(f"broadcast.{path}")
        return found

    def or_else(self, name: str, otherwise: str) -> str:
        """As typed, also when it is empty; what a control that was not there begins with."""
        return self.one(name) if self.posted.getlist(name) else otherwise

    def value(self, takes: ValueKind, path: str) -> object:
        typed = [text.strip() for text in self.posted.getlist(f"value.{path}") if text.strip()]
        first = typed[0] if typed else ""
        if takes is ValueKind.TEXTS:
            parts = typed if len(typed) > 1 else first.split(",")
            return [part.strip() for part in parts if part.strip()]
        if takes is ValueKind.NUMBERS:
            return [first, self.one(f"to.{path}")]
        if takes is not ValueKind.MOMENT:
            return first
        at = moment(first, self.zone)
        return first if at is None else at.isoformat()


def _loaded(text: str) -> object:
    try:
        return json.loads(text) if len(text) <= MOST_TEXT else None
    except (ValueError, RecursionError):
        return None


def _group_of(shape: object) -> tuple[str, list[object]]:
    if isinstance(shape, dict) and len(shape) == 1:
        kind, children = next(iter(shape.items()))
        if kind in list(GroupKind) and isinstance(children, list):
            return str(kind), children
    return GroupKind.ALL.value, []


def _unfilled(field: Field) -> Sentence:
    return say("Fill in the condition about %(field)s, or remove it.", field=field.label)


def _at(tree: Draft, path: str) -> Draft | None:
    node: Draft = tree
    for part in path.split(".")[1:]:
        children = [] if "field" in node else next(iter(node.values()))
        if not part.isdigit() or int(part) >= len(children):
            return None
        node = children[int(part)]
    return node


def _has_room(tree: Draft, path: str, verb: str) -> bool:
    deep = len(path.split(".")) + (verb == "group")
    return sum(1 for _ in conditions(tree)) < MOST_LEAVES and deep <= MOST_DEPTH


def _removed(tree: Draft, path: str) -> str:
    """Takes the node out; its group is where to look next."""
    above, _, number = path.rpartition(".")
    group = _at(tree, above) if above else None
    if group is not None and "field" not in group and number.isdigit():
        children = next(iter(group.values()))
        del children[int(number) : int(number) + 1]
    return above
