"""Whom a broadcast is for, as a rule and as a condition on people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, true
from sqlmodel import Session

from webapp.domain import segment as rules
from webapp.domain.errors import Invalid
from webapp.domain.segment import Node
from webapp.models.broadcast import Broadcast, Occurrence
from webapp.models.segment import Segment
from webapp.platforms import answers
from webapp.store import attributes, deliveries, segment_rules, segments


def rule_of(session: Session, broadcast: Broadcast) -> Node:
    """The rule of the broadcast's segment, with the segments it asks about as they are now;
    everyone on the channel when it has none. Raises Invalid when it cannot be read."""
    if broadcast.segment_id is None:
        return rules.EVERYONE
    row = session.get_one(Segment, broadcast.segment_id)
    return segment_rules.expanded(session, segment_rules.said(session, row))


def tree_of(session: Session, broadcast: Broadcast) -> dict[str, object]:
    """The same as JSON: what a run keeps, so that no change reaches it later."""
    return rules.to_json(rule_of(session, broadcast))


def kept_rule(session: Session, run: Occurrence) -> Node | None:
    """Who a run was for, as it stood when it started; None where that is not kept, where it was
    for those who had failed, or where an attribute it names is gone."""
    if run.tree is None or run.retry_of is not None:
        return None
    try:
        return rules.parse(run.tree, attributes.types(session), put_together=True)
    except Invalid:
        return None


def audience_clause(
    session: Session, tree: Mapping[str, object], now: datetime
) -> ColumnElement[bool]:
    """Of a rule that a run keeps."""
    node = rule_in(session, tree)
    return segments.clause(session, node, now) if node != rules.EVERYONE else true()


def rule_in(session: Session, tree: Mapping[str, object]) -> Node:
    """Of a rule that a run keeps."""
    return rules.parse(tree, attributes.types(session), put_together=True)


def of_run(
    session: Session, run: Occurrence, tree: Mapping[str, object], now: datetime
) -> ColumnElement[bool]:
    """Whom a run is for: the rule it keeps, or those of an earlier run who may be asked again."""
    if run.retry_of is None:
        return audience_clause(session, tree, now)
    passing = [reason for reason in deliveries.failed(session, run, run.retry_of)
               if answers.may_pass(reason)]  # fmt: skip
    return deliveries.failed_for(run, run.retry_of, passing)
