"""A segment in plain words: "country is BR or MX, tagged vip and wrote to us in the last 30 days".

Sentences hold sentences as values; whoever translates one translates the inner ones first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from webapp.domain import segment_doings, segment_fields
from webapp.domain.segment_doings import Word
from webapp.domain.segment_fields import ATTRIBUTE, FieldType, Op
from webapp.domain.segment_tree import Group, GroupKind, Leaf, Node
from webapp.domain.segment_values import Expiry, Share, Times
from webapp.domain.wording import Sentence, say, say_n


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
    if leaf.op in (Op.BETWEEN, Op.NOT_BETWEEN, Op.HAS_ALL):
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


_TIMES = frozenset(
    {
        Op.WITHIN_DAYS,
        Op.NOT_WITHIN_DAYS,
        Op.OVER_DAYS_AGO,
        Op.IN_COMING_DAYS,
        Op.BEFORE,
        Op.AFTER,
    }
)


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
            Op.OVER_DAYS_AGO: say_n(
                "%(field)s more than a day ago",
                "%(field)s more than %(n)s days ago",
                leaf.value,
                field=label,
            ),
            Op.IN_COMING_DAYS: say_n(
                "%(field)s in the coming day",
                "%(field)s in the coming %(n)s days",
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
    if leaf.op in (Op.HAS_NOT, Op.HAS_NONE):
        return say("not tagged %(tags)s", tags=tags)
    return say("tagged %(tags)s", tags=tags)


def _topic(leaf: Leaf, names: Names) -> Sentence:
    if isinstance(leaf.value, Expiry):
        return say_n(
            "the opt-in to %(topic)s expires within a day",
            "the opt-in to %(topic)s expires within %(n)s days",
            leaf.value.days,
            topic=names.value("topic", leaf.value.topic),
        )
    topic = _value(leaf, names)
    return {
        Op.OPTED_IN: say("opted in to %(topic)s", topic=topic),
        Op.NOT_OPTED_IN: say("not opted in to %(topic)s", topic=topic),
        Op.STOPPED: say("stopped %(topic)s", topic=topic),
        Op.EXPIRED: say("the opt-in to %(topic)s has expired", topic=topic),
        Op.ASKED: say("was asked about %(topic)s", topic=topic),
        Op.NEVER_ASKED: say("was never asked about %(topic)s", topic=topic),
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
        if leaf.op in texts:
            return texts[leaf.op]
    return _time(leaf, names, say("last wrote to us"))


def _window(leaf: Leaf, names: Names) -> Sentence:
    if leaf.op is Op.OPEN_AT:
        return say("the window is still open at %(time)s", time=_value(leaf, names))
    if isinstance(leaf.value, int):
        return say_n(
            "the window closes within an hour",
            "the window closes within %(n)s hours",
            leaf.value,
        )
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


def _doing(leaf: Leaf, names: Names) -> Sentence:
    times = leaf.value if isinstance(leaf.value, Times) else Times()
    known = times.broadcast is not None
    called = names.value("broadcast", str(times.broadcast)) if known else None
    return segment_doings.describe(leaf, times, called)


def _segment(leaf: Leaf, names: Names) -> Sentence:
    segment = _value(leaf, names)
    if leaf.op is Op.NOT_MEMBER:
        return say("not in the segment “%(segment)s”", segment=segment)
    return say("in the segment “%(segment)s”", segment=segment)


def _share(leaf: Leaf, _names: Names) -> Sentence | None:
    if not isinstance(leaf.value, Share):
        return None
    parts = {"percent": leaf.value.percent, "split": leaf.value.name}
    if leaf.op is Op.NOT_IN_SHARE:
        return say("not in the first %(percent)s%% of the split “%(split)s”", **parts)
    return say("in the first %(percent)s%% of the split “%(split)s”", **parts)


_SPECIAL: Mapping[str, Callable[[Leaf, Names], Sentence | None]] = {
    FieldType.TAG: _tag,
    FieldType.TOPIC: _topic,
    FieldType.WINDOW: _window,
    FieldType.IMPORT: _import,
    FieldType.DOING: _doing,
    FieldType.SEGMENT: _segment,
    FieldType.SHARE: _share,
    "last_inbound_at": _inbound,
    "opted_out": _opted_out,
    "unavailable": _unavailable,
}
