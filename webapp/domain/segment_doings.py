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


def describe(leaf: Leaf, times: Times, broadcast: Word | None) -> Sentence:
    """`broadcast` is the name of the one that is asked about."""
    did = FIELDS[leaf.field].label if broadcast is None else _with(leaf.field, broadcast)
    often = _often(leaf.op, times.times or 0)
    if times.days is None:
        return say("%(did)s %(often)s", did=did, often=often)
    when = say_n("in the last day", "in the last %(n)s days", times.days)
    return say("%(did)s %(often)s %(when)s", did=did, often=often, when=when)


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
    if op is Op.NEVER:
        return say("never")
    return say_n("at least once", "at least %(n)s times", 1)
