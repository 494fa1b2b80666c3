"""A segment in plain words: "country is BR or MX, tagged vip and wrote to us in the last 30 days".

Sentences hold sentences as values; whoever translates one translates the inner ones first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from webapp.domain import segment_fields
from webapp.domain.segment_fields import ATTRIBUTE, FieldType, Op
from webapp.domain.segment_tree import Group, GroupKind, Leaf, Node
from webapp.domain.wording import Sentence, say, say_n

Word = str | Sentence | date  # whoever shows it writes dates and times in its own way


@dataclass(frozen=True)
class Names:
    """What stored values are called: `value("country", "BR")` may say "Brazil" in the reader's
    language, `value("import", "7")` the file's name. `attributes` has labels by attribute name.
    """

    value: Callable[[str, str], Word] = lambda _field, stored: stored
    attributes: Mapping[str, str] = field(default_factory=dict)

    def label(self, leaf: Leaf) -> Word:
        if not leaf.field.startswith(ATTRIBUTE):
            return segment_fields.FIELDS[leaf.field].label
        name = leaf.field.removeprefix(ATTRIBUTE)
        return self.attributes.get(name) or segment_fields.readable(name)


AS_STORED = Names()


def describe(node: Node, names: Names = AS_STORED) -> Sentence:
    if isinstance(node, Leaf):
        return _condition(node, names)
    if not node.children:
        return say("nobody") if node.kind is GroupKind.ANY else say("everyone")
    inside = [_inner(child, names) for child in node.children]
    if node.kind is GroupKind.ALL:
        return _and(inside)
    if node.kind is GroupKind.ANY:
        return _or(inside)
    return say("not: %(conditions)s", conditions=_or(inside))


def _inner(child: Node, names: Names) -> Sentence:
    described = describe(child, names)
    if isinstance(child, Group) and len(child.children) > 1:
        return say("(%(conditions)s)", conditions=described)
    return described


def _and(words: Sequence[Word]) -> Sentence:
    if len(words) == 1:
        return Sentence("%(only)s", {"only": words[0]})
    return say("%(first)s and %(last)s", first=_listed(words[:-1]), last=words[-1])


def _or(words: Sequence[Word]) -> Sentence:
    if len(words) == 1:
        return Sentence("%(only)s", {"only": words[0]})
    return say("%(first)s or %(last)s", first=_listed(words[:-1]), last=words[-1])


def _listed(words: Sequence[Word]) -> Word:
    """Comma by comma, folded in halves so that a thousand values nest ten deep."""
    if len(words) == 1:
        return words[0]
    half = len(words) // 2
    return say("%(first)s, %(next)s", first=_listed(words[:half]), next=_listed(words[half:]))


def _condition(leaf: Leaf, names: Names) -> Sentence:
    special = _SPECIAL.get(leaf.field) or _SPECIAL.get(leaf.type)
    if special is not None:
        found = special(leaf, names)
        if found is not None:
            return found
    return _plain(leaf, names)


def _plain(leaf: Leaf, names: Names) -> Sentence:
    label, op = names.label(leaf), leaf.op
    if op in _TIMES:
        return _time(leaf, names, label)
    operator = segment_fields.OPERATORS[leaf.type][op].label
    if leaf.value is None:
        return say("%(field)s %(operator)s", field=label, operator=operator)
    if op is Op.IN:
        operator = segment_fields.OPERATORS[leaf.type][Op.IS].label
    return say(
        "%(field)s %(operator)s %(value)s",
        field=label,
        operator=operator,
        value=_value(leaf, names),
    )


def _value(leaf: Leaf, names: Names) -> Word:
    words = _words(leaf, names)
    if leaf.op in (Op.BETWEEN, Op.HAS_ALL):
        return _and(words)
    return _or(words) if len(words) > 1 else words[0]


def _words(leaf: Leaf, names: Names) -> list[Word]:
    values = leaf.value if isinstance(leaf.value, tuple) else (leaf.value,)
    return [_word(leaf.field, value, names) for value in values]


def _word(field: str, value: object, names: Names) -> Word:
    if isinstance(value, bool):
        return say("yes") if value else say("no")
    if isinstance(value, Decimal):
        return format(value, "f")
    return value if isinstance(value, date) else names.value(field, str(value))


_TIMES = frozenset({Op.WITHIN_DAYS, Op.NOT_WITHIN_DAYS, Op.BEFORE, Op.AFTER})


def _time(leaf: Leaf, names: Names, label: Word) -> Sentence:
    if isinstance(leaf.value, int):
        texts = {
            Op.WITHIN_DAYS: say_n(
                "%(field)s in the last day",
                "%(field)s in the last %(n)s days",
                leaf.value,
                field=label,
            ),
            Op.NOT_WITHIN_DAYS: say_n(
                "%(field)s not in the last day",
                "%(field)s not in the last %(n)s days",
                leaf.value,
                field=label,
            ),
        }
        return texts[leaf.op]
    value = _value(leaf, names)
    if leaf.op is Op.BEFORE:
        return say("%(field)s before %(value)s", field=label, value=value)
    return say("%(field)s after %(value)s", field=label, value=value)


def _tag(leaf: Leaf, names: Names) -> Sentence:
    tags = _value(leaf, names)
    if leaf.op is Op.HAS_NOT:
        return say("not tagged %(tags)s", tags=tags)
    return say("tagged %(tags)s", tags=tags)


def _topic(leaf: Leaf, names: Names) -> Sentence:
    topic = _value(leaf, names)
    return {
        Op.OPTED_IN: say("opted in to %(topic)s", topic=topic),
        Op.NOT_OPTED_IN: say("not opted in to %(topic)s", topic=topic),
        Op.STOPPED: say("stopped %(topic)s", topic=topic),
    }[leaf.op]


def _inbound(leaf: Leaf, names: Names) -> Sentence | None:
    if leaf.op is Op.KNOWN:
        return say("has written to us")
    if leaf.op is Op.UNKNOWN:
        return say("has never written to us")
    if isinstance(leaf.value, int):
        texts = {
            Op.WITHIN_DAYS: say_n(
                "wrote to us in the last day", "wrote to us in the last %(n)s days", leaf.value
            ),
            Op.NOT_WITHIN_DAYS: say_n(
                "has not written to us in the last day",
                "has not written to us in the last %(n)s days",
                leaf.value,
            ),
        }
        return texts[leaf.op]
    return _time(leaf, names, say("last wrote to us"))


def _window(leaf: Leaf, _names: Names) -> Sentence:
    return say("the window is open") if leaf.op is Op.OPEN else say("the window is closed")


def _opted_out(leaf: Leaf, _names: Names) -> Sentence:
    return say("has opted out") if leaf.value else say("has not opted out")


def _unavailable(leaf: Leaf, _names: Names) -> Sentence:
    return say("is unavailable") if leaf.value else say("is not unavailable")


def _import(leaf: Leaf, names: Names) -> Sentence:
    file = _value(leaf, names)
    if leaf.op is Op.IS_NOT:
        return say("not imported with %(file)s", file=file)
    return say("imported with %(file)s", file=file)


_SPECIAL: Mapping[str, Callable[[Leaf, Names], Sentence | None]] = {
    FieldType.TAG: _tag,
    FieldType.TOPIC: _topic,
    FieldType.WINDOW: _window,
    FieldType.IMPORT: _import,
    "last_inbound_at": _inbound,
    "opted_out": _opted_out,
    "unavailable": _unavailable,
}
