"""How a segment's condition compares: the operators of each type of field, and what they take.

An operator in NEGATIVES is exactly "not" its positive, so it matches where the value is unknown;
every other operator but `unknown` never does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from webapp.domain.wording import Sentence, say


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
    DOING = "doing"  # what somebody did, or was sent: counted
    SEGMENT = "segment"
    SHARE = "share"


class Op(StrEnum):
    IS = "is"
    IS_NOT = "is_not"
    IN = "in"
    NOT_IN = "not_in"
    CONTAINS = "contains"
    NOT_CONTAINS = "not_contains"
    STARTS_WITH = "starts_with"
    ENDS_WITH = "ends_with"
    KNOWN = "known"
    UNKNOWN = "unknown"
    EQ = "="
    NE = "!="
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="
    BETWEEN = "between"
    NOT_BETWEEN = "not_between"
    WITHIN_DAYS = "within_days"
    NOT_WITHIN_DAYS = "not_within_days"
    OVER_DAYS_AGO = "over_days_ago"
    IN_COMING_DAYS = "in_coming_days"
    BEFORE = "before"
    AFTER = "after"
    HAS = "has"
    HAS_NOT = "has_not"
    HAS_ANY = "has_any"
    HAS_NONE = "has_none"
    HAS_ALL = "has_all"
    OPTED_IN = "opted_in"
    NOT_OPTED_IN = "not_opted_in"
    STOPPED = "stopped"
    EXPIRED = "expired"
    EXPIRES_WITHIN = "expires_within"
    ASKED = "asked"
    NEVER_ASKED = "never_asked"
    OPEN = "open"
    CLOSED = "closed"
    OPEN_AT = "open_at"
    CLOSES_WITHIN = "closes_within"
    EVER = "ever"
    NEVER = "never"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    MORE_THAN = "more_than"
    MEMBER = "member"
    NOT_MEMBER = "not_member"
    IN_SHARE = "in_share"
    NOT_IN_SHARE = "not_in_share"


NEGATIVES: Mapping[Op, Op] = {
    Op.IS_NOT: Op.IS,
    Op.NOT_IN: Op.IN,
    Op.NOT_CONTAINS: Op.CONTAINS,
    Op.UNKNOWN: Op.KNOWN,
    Op.NE: Op.EQ,
    Op.NOT_BETWEEN: Op.BETWEEN,
    Op.NOT_WITHIN_DAYS: Op.WITHIN_DAYS,
    Op.HAS_NOT: Op.HAS,
    Op.HAS_NONE: Op.HAS_ANY,
    Op.NOT_OPTED_IN: Op.OPTED_IN,
    Op.NEVER_ASKED: Op.ASKED,
    Op.CLOSED: Op.OPEN,
    Op.NEVER: Op.EVER,
    Op.AT_MOST: Op.MORE_THAN,
    Op.NOT_MEMBER: Op.MEMBER,
    Op.NOT_IN_SHARE: Op.IN_SHARE,
}


class ValueKind(StrEnum):
    """What an operator is given; the screen chooses its input by it."""

    NOTHING = "nothing"
    TEXT = "text"
    TEXTS = "texts"
    DAYS = "days"
    HOURS = "hours"
    MOMENT = "moment"
    DAY = "day"
    NUMBER = "number"
    NUMBERS = "numbers"  # two: from, to
    YESNO = "yesno"
    KEY = "key"
    PERIOD = "period"  # the last days or ever, of a broadcast or any
    TIMES = "times"  # how often, and a period
    TOPIC_DAYS = "topic_days"
    SHARE = "share"  # a split's name and a per cent


@dataclass(frozen=True)
class Operator:
    label: Sentence
    takes: ValueKind


_KNOWN: Mapping[Op, Operator] = {
    Op.KNOWN: Operator(say("is known"), ValueKind.NOTHING),
    Op.UNKNOWN: Operator(say("is unknown"), ValueKind.NOTHING),
}
_HAS: Mapping[Op, Operator] = {
    Op.HAS: Operator(say("has"), ValueKind.TEXT),
    Op.HAS_NOT: Operator(say("has not"), ValueKind.TEXT),
    Op.HAS_ANY: Operator(say("has any of"), ValueKind.TEXTS),
    Op.HAS_ALL: Operator(say("has all of"), ValueKind.TEXTS),
    Op.HAS_NONE: Operator(say("has none of"), ValueKind.TEXTS),
}


def _times(kind: ValueKind) -> Mapping[Op, Operator]:
    return {
        Op.WITHIN_DAYS: Operator(say("in the last"), ValueKind.DAYS),
        Op.NOT_WITHIN_DAYS: Operator(say("not in the last"), ValueKind.DAYS),
        Op.OVER_DAYS_AGO: Operator(say("longer ago than"), ValueKind.DAYS),
        Op.IN_COMING_DAYS: Operator(say("in the coming"), ValueKind.DAYS),
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
        Op.NOT_CONTAINS: Operator(say("does not contain"), ValueKind.TEXT),
        Op.STARTS_WITH: Operator(say("starts with"), ValueKind.TEXT),
        Op.ENDS_WITH: Operator(say("ends with"), ValueKind.TEXT),
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
        Op.NOT_BETWEEN: Operator(say("is not between"), ValueKind.NUMBERS),
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
        Op.EXPIRED: Operator(say("opt-in has expired"), ValueKind.TEXT),
        Op.EXPIRES_WITHIN: Operator(say("opt-in expires within"), ValueKind.TOPIC_DAYS),
        Op.ASKED: Operator(say("was asked about"), ValueKind.TEXT),
        Op.NEVER_ASKED: Operator(say("was never asked about"), ValueKind.TEXT),
    },
    FieldType.WINDOW: {
        Op.OPEN: Operator(say("is open, now or when it is sent"), ValueKind.NOTHING),
        Op.CLOSED: Operator(say("is closed, now or when it is sent"), ValueKind.NOTHING),
        Op.OPEN_AT: Operator(say("is still open at"), ValueKind.MOMENT),
        Op.CLOSES_WITHIN: Operator(say("closes within"), ValueKind.HOURS),
    },
    FieldType.FLAG: {Op.IS: Operator(say("is"), ValueKind.YESNO)},
    FieldType.IMPORT: {
        Op.IS: Operator(say("is"), ValueKind.KEY),
        Op.IS_NOT: Operator(say("is not"), ValueKind.KEY),
    },
    FieldType.DOING: {
        Op.EVER: Operator(say("once or more"), ValueKind.PERIOD),
        Op.NEVER: Operator(say("never"), ValueKind.PERIOD),
        Op.AT_LEAST: Operator(say("at least"), ValueKind.TIMES),
        Op.AT_MOST: Operator(say("at most"), ValueKind.TIMES),
        Op.MORE_THAN: Operator(say("more than"), ValueKind.TIMES),
    },
    FieldType.SEGMENT: {
        Op.MEMBER: Operator(say("is in"), ValueKind.KEY),
        Op.NOT_MEMBER: Operator(say("is not in"), ValueKind.KEY),
    },
    FieldType.SHARE: {
        Op.IN_SHARE: Operator(say("is in the first"), ValueKind.SHARE),
        Op.NOT_IN_SHARE: Operator(say("is not in the first"), ValueKind.SHARE),
    },
}
