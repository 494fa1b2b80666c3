"""Segments: looked at while they are built, then saved, renamed, put away."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from webapp import db
from webapp.domain import errors, segment
from webapp.domain.permission import Actor
from webapp.domain.segment import Group, GroupKind, Leaf, Node
from webapp.domain.wording import say
from webapp.models.segment import Segment
from webapp.models.subscriber import Subscriber
from webapp.services import audiences, segment_references
from webapp.services.audiences import Audience
from webapp.store import attributes, audits, facts, segment_rules
from webapp.store import segments as store

LONGEST_NAME = 120
STAMP = 32  # letters
FEW = 2_000  # people among whom the newest are found by their ids
SAVED_MEANWHILE = say(
    "Somebody has saved this segment since you opened it. Open it in another tab, carry over what "
    "you changed, and save it there."
)


@dataclass(frozen=True)
class Step:
    """One condition at the top of a tree: who is left after it and those before it."""

    node: Node
    left: int
    removed: int


@dataclass(frozen=True)
class View:
    """What a tree finds at one moment."""

    node: Node
    count: int
    sample: Sequence[Subscriber]
    funnel: Sequence[Step]


@dataclass(frozen=True)
class Explanation:
    """Whether one person is in, and which conditions keep them out."""

    person: Subscriber
    inside: bool
    failing: Sequence[Leaf]


def stamp(row: Segment) -> str:
    """Another one after each change, also of two at the same moment."""
    told = [row.updated_at.isoformat(), row.name, row.kind, row.tree, row.archived_at is None]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:STAMP]


def found(session: Session, segment_id: int) -> Segment:
    row = store.find(session, segment_id)
    if row is None:
        raise errors.NotFound("segment", segment_id)
    return row


def held(session: Session, segment_id: int) -> Segment:
    """The same, and until the transaction is over nobody else changes it."""
    row = found(session, segment_id)
    session.refresh(row, with_for_update=True)
    return row


def tree_of(session: Session, row: Segment) -> Node:
    """Who is in a saved segment: its rule, or of a frozen one the people it keeps. Raises Invalid
    when an attribute or a segment it names is gone."""
    return segment_rules.said(session, row)


def rule_of(session: Session, row: Segment) -> Node:
    """The rule as it was made, also of a frozen segment."""
    return segment.parse(row.tree, attributes.types(session))


def counts(session: Session, nodes: Sequence[Node | None], now: datetime) -> list[int | None]:
    """How many people are in each, exactly, in one look at the brand's people; None for None."""
    audience = Audience(session, now)
    found = [None if node is None else audience.count(node) for node in nodes]
    audience.keep()
    return found


def read(session: Session, tree: object, own: int | None = None) -> Node:
    """A tree from outside, of the segment `own` if it is one's; raises Invalid by path."""
    node = segment.parse(tree, attributes.types(session))
    faults = dict(segment_references.faults(session, node, own))
    if faults:
        raise errors.Invalid(faults)
    segment_rules.expanded(session, node, own)
    return node


def look(
    session: Session, node: Node, now: datetime, channel_id: int | None = None, people: int = 10
) -> View:
    """The exact count, some people, and what each condition removes."""
    audience = audiences.Audience(session, now, channel_id)
    found, steps = audience.people(node), _funnel(audience, node)
    audience.keep()
    if len(found) <= FEW:
        sample = store.newest(session, found, people)
    else:
        sample = store.sample(session, node, now, people, channel_id)
    return View(node, len(found), sample, steps)


def _funnel(audience: Audience, node: Node) -> list[Step]:
    """For conditions that must all hold: how many each one removes, in their order."""
    if isinstance(node, Leaf) or node.kind is not GroupKind.ALL or not node.children:
        return []
    steps: list[Step] = []
    before = audience.count(segment.EVERYONE)
    for n, child in enumerate(node.children, start=1):
        left = audience.count(Group(GroupKind.ALL, node.children[:n]))
        steps.append(Step(child, left, before - left))
        before = left
    return steps


def explain(session: Session, node: Node, person: Subscriber, now: datetime) -> Explanation:
    known = facts.of(session, [person.id or 0], now).get(person.id or 0)
    if known is None:
        return Explanation(person, inside=False, failing=[])
    asked = segment_rules.expanded(session, node)
    failing = segment.failing(asked, known, now)
    return Explanation(person, segment.matches(asked, known, now), failing)


def create(session: Session, actor: Actor, name: str, node: Node, now: datetime) -> Segment:
    actor.require("segment.edit")
    row = Segment(
        brand_id=db.brand_of(session),
        name=_free(session, name, None),
        tree=segment.to_json(node),
        created_by=actor.user_id,
        created_at=now,
        updated_at=now,
    )
    return _saved(session, actor, row, "segment.create", now)


def change(
    session: Session,
    actor: Actor,
    segment_id: int,
    name: str,
    node: Node,
    now: datetime,
    *,
    seen: str | None = None,
) -> Segment:
    """Broadcasts that use the segment and have not begun go to the people it finds then.

    A frozen segment takes another name, and another rule only when it is thawed. `seen`: the
    `stamp` of what was changed, so that what somebody else saved meanwhile is not written over.
    """
    actor.require("segment.edit")
    row = held(session, segment_id)
    if seen is not None and seen != stamp(row):
        raise errors.Invalid({"": [SAVED_MEANWHILE]})
    if row.kind == segment_rules.FROZEN and segment.to_json(node) != row.tree:
        raise errors.Refused(say("This segment is frozen. Thaw it first, then change its rule."))
    row.name, row.tree = _free(session, name, segment_id), segment.to_json(node)
    return _saved(session, actor, row, "segment.edit", now)


def rename(session: Session, actor: Actor, segment_id: int, name: str, now: datetime) -> Segment:
    actor.require("segment.edit")
    row = found(session, segment_id)
    row.name = _free(session, name, segment_id)
    return _saved(session, actor, row, "segment.rename", now)


def archive(session: Session, actor: Actor, segment_id: int, now: datetime) -> Segment:
    """Out of the lists; broadcasts that used it keep it. Segments that ask about it come first."""
    actor.require("segment.edit")
    row = found(session, segment_id)
    asking = store.asking_about(session, segment_id)
    if asking:
        raise errors.Refused(
            say("The segment “%(name)s” asks about this one. Change it first.", name=asking[0].name)
        )
    row.archived_at = row.archived_at or now
    return _saved(session, actor, row, "segment.archive", now)


def _free(session: Session, name: str, own_id: int | None) -> str:
    wanted = name.strip()
    if not wanted:
        raise errors.Invalid({"name": [say("Give the segment a name.")]})
    if len(wanted) > LONGEST_NAME:
        raise errors.Invalid({"name": [say("Use at most %(most)s characters.", most=LONGEST_NAME)]})
    other = store.named(session, wanted)
    if other is not None and other.id != own_id:
        raise errors.Invalid({"name": [say("Another segment has this name.")]})
    return wanted


def _saved(session: Session, actor: Actor, row: Segment, action: str, now: datetime) -> Segment:
    row.updated_at = now
    session.add(row)
    session.flush()
    audits.add(session, actor, row.brand_id, action, row.id, now, name=row.name)
    session.commit()
    return row
