"""What people did and were sent, in plain words: "read a message at least 3 times in the last 30
days"."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from webapp.domain.segment_fields import FIELDS, Op
from webapp.domain.segment_tree import Leaf
from webapp.domain.segment_values import Times
from webapp.domain.wording import Sentence, say, say_n

Word = str | Sentence | date
_NEVER: Mapping[str, Sentence] = {
    "wrote": say("never wrote to us"),
    "tapped": say("never tapped a button"),
    "received": say("never received a message"),
    "delivered": say("never had a message delivered"),
    "read": say("never read a message"),
    "clicked": say("never clicked in a message"),
    "replied": say("never replied to a message"),
}


def describe(leaf: Leaf, times: Times, broadcast: Word | None) -> Sentence:
    """`broadcast` is the name of the one that is asked about."""
    did = _never(leaf.field, broadcast) if leaf.op is Op.NEVER else _did(leaf, times, broadcast)
    if times.days is None:
        return did
    when = say_n("in the last day", "in the last %(n)s days", times.days)
    return say("%(did)s %(when)s", did=did, when=when)


def _did(leaf: Leaf, times: Times, broadcast: Word | None) -> Sentence:
    did = FIELDS[leaf.field].label if broadcast is None else _with(leaf.field, broadcast)
    return say("%(did)s %(often)s", did=did, often=_often(leaf.op, times.times or 0))


def _never(field: str, broadcast: Word | None) -> Sentence:
    if broadcast is None:
        return _NEVER[field]
    texts: Mapping[str, Sentence] = {
        "received": say("never received “%(broadcast)s”", broadcast=broadcast),
        "delivered": say("never had “%(broadcast)s” delivered", broadcast=broadcast),
        "read": say("never read “%(broadcast)s”", broadcast=broadcast),
        "clicked": say("never clicked in “%(broadcast)s”", broadcast=broadcast),
        "replied": say("never replied to “%(broadcast)s”", broadcast=broadcast),
    }
    return texts[field]


def _with(field: str, broadcast: Word) -> Sentence:
    texts: Mapping[str, Sentence] = {
        "received": say("received “%(broadcast)s”", broadcast=broadcast),
        "delivered": say("had “%(broadcast)s” delivered", broadcast=broadcast),
        "read": say("read “%(broadcast)s”", broadcast=broadcast),
        "clicked": say("clicked in “%(broadcast)s”", broadcast=broadcast),
        "replied": say("replied to “%(broadcast)s”", broadcast=broadcast),
    }
    return texts[field]


def _often(op: Op, n: int) -> Sentence:
    if op is Op.AT_LEAST:
        return say_n("at least once", "at least %(n)s times", n)
    if op is Op.AT_MOST:
        return say_n("at most once", "at most %(n)s times", n)
    if op is Op.MORE_THAN:
        return say_n("more than once", "more than %(n)s times", n)
    return say_n("at least once", "at least %(n)s times", 1)
