"""Segments that keep the people they hold at a moment, and go back to their rule.

People are written down some thousands at a time, so that other writers stay quick; until all of
them are, the segment is live. Whoever is erased leaves; nobody comes.
"""

from __future__ import annotations

import time
from datetime import datetime

from sqlmodel import Session

from webapp.domain import segment_tree
from webapp.domain.errors import Refused
from webapp.domain.permission import Actor
from webapp.domain.wording import say
from webapp.models.segment import Segment
from webapp.services import segments, steps
from webapp.store import audits, occurrences, segment_members, segment_rules
from webapp.store import segments as store

CHUNK = 20_000  # people a transaction


def freeze(session: Session, actor: Actor, segment_id: int, now: datetime) -> Segment:
    """It holds those who are in now, from now on. It remembers when, and by whom."""
    actor.require("segment.edit")
    row = segments.found(session, segment_id)
    if row.kind == segment_rules.FROZEN:
        raise Refused(say("This segment is frozen already."))
    if row.archived_at is not None:
        raise Refused(say("This segment has been put away."))
    people = _keep(session, row, now)
    row.kind, row.frozen_at, row.frozen_by = segment_rules.FROZEN, now, actor.user_id
    return _saved(session, actor, row, "segment.freeze", people, now)


def thaw(session: Session, actor: Actor, segment_id: int, now: datetime) -> Segment:
    """It follows its rule again; whom it kept is forgotten."""
    actor.require("segment.edit")
    row = segments.found(session, segment_id)
    if row.kind != segment_rules.FROZEN:
        raise Refused(say("This segment is not frozen."))
    if _is_being_planned(session, segment_id):
        raise Refused(
            say("A broadcast to these people is being planned. Thaw the segment when it is.")
        )
    row.kind, row.frozen_at, row.frozen_by = "live", None, None
    thawed = _saved(session, actor, row, "segment.thaw", None, now)
    _let_go(session, segment_id)
    return thawed


def _keep(session: Session, row: Segment, now: datetime) -> int:
    """Those who are in; whoever an interrupted attempt left goes first."""
    segment_id, people, after = row.id or 0, 0, 0
    _let_go(session, segment_id)
    node = segment_rules.expanded(session, segments.tree_of(session, row), segment_id)
    while ids := store.ids(session, node, now, after, CHUNK):
        segment_members.add(session, segment_id, ids)
        session.commit()
        people, after = people + len(ids), ids[-1]
        time.sleep(steps.BREATH_S)
    return people


def _let_go(session: Session, segment_id: int) -> None:
    while segment_members.remove(session, segment_id, CHUNK):
        session.commit()
        time.sleep(steps.BREATH_S)


def _is_being_planned(session: Session, segment_id: int) -> bool:
    running = occurrences.in_state(session, "planning")
    return any(segment_id in segment_tree.segments_named(run.tree) for run in running)


def _saved(
    session: Session, actor: Actor, row: Segment, action: str, people: int | None, now: datetime
) -> Segment:
    row.updated_at = now
    session.add(row)
    counted = {} if people is None else {"people": people}
    audits.add(session, actor, row.brand_id, action, row.id, now, name=row.name, **counted)
    session.commit()
    return row
