"""Whom a broadcast is for, as a rule and as a condition on people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, true
from sqlmodel import Session

from webapp.domain import segment as rules
from webapp.models.broadcast import Broadcast
from webapp.models.segment import Segment
from webapp.store import attributes, segments


def tree_of(session: Session, broadcast: Broadcast) -> dict[str, object]:
    """The rule of the broadcast's segment; everyone on the channel when it has none."""
    if broadcast.segment_id is None:
        return {"all": []}
    return session.get_one(Segment, broadcast.segment_id).tree


def audience_clause(
    session: Session, tree: Mapping[str, object], now: datetime
) -> ColumnElement[bool]:
    node = rules.parse(tree, attributes.types(session))
    return segments.clause(node, now) if rules.to_json(node) != {"all": []} else true()


def clause_of(session: Session, broadcast: Broadcast, at: datetime) -> ColumnElement[bool]:
    """Raises Invalid for a segment that cannot be read."""
    return audience_clause(session, tree_of(session, broadcast), at)
