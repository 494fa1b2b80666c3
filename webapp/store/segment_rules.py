"""The rules of saved segments, with the rules of those they ask about put in."""

from __future__ import annotations

from sqlmodel import Session

from webapp.domain import segment, segment_nesting
from webapp.domain.segment import Leaf, Node
from webapp.domain.segment_fields import FieldType, Op
from webapp.domain.segment_nesting import Lookup
from webapp.domain.wording import Sentence, say
from webapp.models.segment import Segment
from webapp.store import attributes

FROZEN = "frozen"


def said(session: Session, row: Segment) -> Node:
    """A segment's rule as it was made; of a frozen one, that it keeps somebody.

    Raises Invalid when an attribute it names is gone.
    """
    if row.kind == FROZEN:
        return Leaf("segment", Op.MEMBER, row.id or 0, FieldType.SEGMENT)
    return segment.parse(row.tree, attributes.types(session))


def expanded(session: Session, node: Node, own: int | None = None) -> Node:
    """The rule as it is asked, without live segments in it: they are looked up now.

    `own` is the segment whose rule it is. Raises Invalid where one is gone, or asks about itself.
    """
    return segment_nesting.expanded(node, _lookup(session), own)


def _lookup(session: Session) -> Lookup:
    known: dict[int, Node | Sentence | None] = {}

    def lookup(segment_id: int) -> Node | Sentence | None:
        if segment_id not in known:
            row = session.get(Segment, segment_id)
            known[segment_id] = _rule(session, row) if row else gone(segment_id)
        return known[segment_id]

    return lookup


def _rule(session: Session, row: Segment) -> Node | None:
    return None if row.kind == FROZEN else said(session, row)


def gone(segment_id: int) -> Sentence:
    return say("There is no segment %(number)s here.", number=segment_id)
