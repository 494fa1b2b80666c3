"""What a segment's condition can ask: one table of fields, their types and their operators.

Screens build their selects from it, `segment` reads trees by it, SQL and `segment_matching`
give each operator its meaning. An operator in NEGATIVES is exactly "not" its positive, so it
matches where the value is unknown; every other operator but `unknown` never does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from webapp.domain.subscriber import AttributeType
from webapp.domain.wording import Sentence, say

ATTRIBUTE = "attr."  # prefix of a brand's own attributes


class FieldType(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    MOMENT = "moment"  # an aware time
    DAY = "day"
    YESNO = "yesno"
    LIST = "list"
    TAG = "tag"
    TOPIC = "topic"
    WINDOW = "window"
    FLAG = "flag"  # always known
    IMPORT = "import"


class Op(StrEnum):
    IS = "is"
    IS_NOT = "is_not"
    IN = "in"
    NOT_IN = "not_in"
    CONTAINS = "contains"
    STARTS_WITH = "starts_with"
    KNOWN = "known"
    UNKNOWN = "unknown"
    EQ = "="
    NE = "!="
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="
    BETWEEN = "between"
    WITHIN_DAYS = "within_days"
    NOT_WITHIN_DAYS = "not_within_days"
    BEFORE = "before"
    AFTER = "after"
    HAS = "has"
    HAS_NOT = "has_not"
    HAS_ANY = "has_any"
    HAS_ALL = "has_all"
    OPTED_IN = "opted_in"
    NOT_OPTED_IN = "not_opted_in"
    STOPPED = "stopped"
    OPEN = "open"
    CLOSED = "closed"


NEGATIVES: Mapping[Op, Op] = {
    Op.IS_NOT: Op.IS,
    Op.NOT_IN: Op.IN,
    Op.UNKNOWN: Op.KNOWN,
    Op.NE: Op.EQ,
    Op.NOT_WITHIN_DAYS: Op.WITHIN_DAYS,
    Op.HAS_NOT: Op.HAS,
    Op.NOT_OPTED_IN: Op.OPTED_IN,
    Op.CLOSED: Op.OPEN,
}


class ValueKind(StrEnum):
    """What an operator is given; the screen chooses its input by it."""

    NOTHING = "nothing"
    TEXT = "text"
    TEXTS = "texts"
    DAYS = "days"
    MOMENT = "moment"
    DAY = "day"
    NUMBER = "number"
    NUMBERS = "numbers"  # two: from, to
    YESNO = "yesno"
    KEY = "key"


@dataclass(frozen=True)
class Operator:
    label: Sentence
    takes: ValueKind


@dataclass(frozen=True)
class Field:
    name: str
    type: FieldType
    label: Sentence

    @property
    def operators(self) -> Mapping[Op, Operator]:
        return OPERATORS[self.type]


_KNOWN: Mapping[Op, Operator] = {
    Op.KNOWN: Operator(say("is known"), ValueKind.NOTHING),
    Op.UNKNOWN: Operator(say("is unknown"), ValueKind.NOTHING),
}
_HAS: Mapping[Op, Operator] = {
    Op.HAS: Operator(say("has"), ValueKind.TEXT),
    Op.HAS_NOT: Operator(say("has not"), ValueKind.TEXT),
    Op.HAS_ANY: Operator(say("has any of"), ValueKind.TEXTS),
    Op.HAS_ALL: Operator(say("has all of"), ValueKind.TEXTS),
}


def _times(kind: ValueKind) -> Mapping[Op, Operator]:
    return {
        Op.WITHIN_DAYS: Operator(say("in the last days"), ValueKind.DAYS),
        Op.NOT_WITHIN_DAYS: Operator(say("not in the last days"), ValueKind.DAYS),
        Op.BEFORE: Operator(say("before"), kind),
        Op.AFTER: Operator(say("after"), kind),
        **_KNOWN,
    }


OPERATORS: Mapping[FieldType, Mapping[Op, Operator]] = {
    FieldType.TEXT: {
        Op.IS: Operator(say("is"), ValueKind.TEXT),
        Op.IS_NOT: Operator(say("is not"), ValueKind.TEXT),
        Op.IN: Operator(say("is one of"), ValueKind.TEXTS),
        Op.NOT_IN: Operator(say("is none of"), ValueKind.TEXTS),
        Op.CONTAINS: Operator(say("contains"), ValueKind.TEXT),
        Op.STARTS_WITH: Operator(say("starts with"), ValueKind.TEXT),
        **_KNOWN,
    },
    FieldType.NUMBER: {
        Op.EQ: Operator(say("is exactly"), ValueKind.NUMBER),
        Op.NE: Operator(say("is not exactly"), ValueKind.NUMBER),
        Op.LT: Operator(say("is less than"), ValueKind.NUMBER),
        Op.LE: Operator(say("is at most"), ValueKind.NUMBER),
        Op.GT: Operator(say("is more than"), ValueKind.NUMBER),
        Op.GE: Operator(say("is at least"), ValueKind.NUMBER),
        Op.BETWEEN: Operator(say("is between"), ValueKind.NUMBERS),
        **_KNOWN,
    },
    FieldType.MOMENT: _times(ValueKind.MOMENT),
    FieldType.DAY: _times(ValueKind.DAY),
    FieldType.YESNO: {Op.IS: Operator(say("is"), ValueKind.YESNO), **_KNOWN},
    FieldType.LIST: {**_HAS, **_KNOWN},
    FieldType.TAG: _HAS,
    FieldType.TOPIC: {
        Op.OPTED_IN: Operator(say("opted in"), ValueKind.TEXT),
        Op.NOT_OPTED_IN: Operator(say("not opted in"), ValueKind.TEXT),
        Op.STOPPED: Operator(say("stopped"), ValueKind.TEXT),
    },
    FieldType.WINDOW: {
        Op.OPEN: Operator(say("is open"), ValueKind.NOTHING),
        Op.CLOSED: Operator(say("is closed"), ValueKind.NOTHING),
    },
    FieldType.FLAG: {Op.IS: Operator(say("is"), ValueKind.YESNO)},
    FieldType.IMPORT: {
        Op.IS: Operator(say("is"), ValueKind.KEY),
        Op.IS_NOT: Operator(say("is not"), ValueKind.KEY),
    },
}

FIELDS: Mapping[str, Field] = {
    field.name: field
    for field in (
        Field("country", FieldType.TEXT, say("country")),
        Field("locale", FieldType.TEXT, say("locale")),
        Field("language", FieldType.TEXT, say("language")),
        Field("timezone", FieldType.TEXT, say("time zone")),
        Field("city", FieldType.TEXT, say("city")),
        Field("gender", FieldType.TEXT, say("gender")),
        Field("first_name", FieldType.TEXT, say("first name")),
        Field("last_name", FieldType.TEXT, say("last name")),
        Field("source", FieldType.TEXT, say("source")),
        Field("tag", FieldType.TAG, say("tags")),
        Field("topic", FieldType.TOPIC, say("topic")),
        Field("last_inbound_at", FieldType.MOMENT, say("last wrote to us")),
        Field("first_seen_at", FieldType.MOMENT, say("first seen")),
        Field("window", FieldType.WINDOW, say("window")),
        Field("opted_out", FieldType.FLAG, say("opted out")),
        Field("unavailable", FieldType.FLAG, say("unavailable")),
        Field("import", FieldType.IMPORT, say("import")),
    )
}

_ATTRIBUTE_FIELDS: Mapping[AttributeType, FieldType] = {
    AttributeType.TEXT: FieldType.TEXT,
    AttributeType.NUMBER: FieldType.NUMBER,
    AttributeType.MONEY: FieldType.NUMBER,
    AttributeType.DATE: FieldType.DAY,
    AttributeType.TIME: FieldType.MOMENT,
    AttributeType.YESNO: FieldType.YESNO,
    AttributeType.LIST: FieldType.LIST,
}


def fields(attributes: Mapping[str, AttributeType]) -> dict[str, Field]:
    """All fields of a brand by name: the fixed ones, then `attr.<name>` for each of its own."""
    own = (
        Field(
            ATTRIBUTE + name,
            _ATTRIBUTE_FIELDS[kind],
            Sentence("%(name)s", {"name": readable(name)}),
        )
        for name, kind in attributes.items()
    )
    return {**FIELDS, **{field.name: field for field in own}}


def readable(attribute: str) -> str:
    return attribute.removeprefix(ATTRIBUTE).replace("_", " ")
