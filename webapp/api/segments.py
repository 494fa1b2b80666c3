"""Segments: kept, counted by route, looked into; also trees that are not saved."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from webapp.api import broadcast_reach, cursors, people, problems
from webapp.api.calls import Call
from webapp.api.routes import Table
from webapp.api.schemas.base import Page, PageQuery
from webapp.api.schemas.segments import (
    Count,
    CountQuery,
    DaysQuery,
    NewSegment,
    Overlap,
    OverlapQuery,
    Sample,
    SampleQuery,
    Segment,
    SegmentChange,
    SegmentDay,
    SegmentDays,
    TreeBody,
)
from webapp.domain import reach_findings as findings
from webapp.domain.errors import Invalid
from webapp.domain.segment import Node
from webapp.domain.wording import say
from webapp.models.segment import Segment as Row
from webapp.services import (
    engagement,
    explaining,
    freezing,
    overlaps,
    preflight,
    reaching,
    segment_days,
)
from webapp.services import segments as keeping
from webapp.store import channels, segments

UNPAID = say("No paid message may reach anybody then, so nothing is spent.")
table = Table("segments")


@table.get("/segments", "view", answers=Page[Segment], query=PageQuery)
def index(call: Call, query: PageQuery) -> Page[Segment]:
    """The segments in use."""
    rows, cursor = cursors.of_all(segments.all_of(call.session), query, lambda row: row.id or 0)
    return Page(items=[_shown(row) for row in rows], next_cursor=cursor)


@table.post("/segments", "segment.edit", answers=Segment, body=NewSegment, status=201, stamped=True)
def create(call: Call, body: NewSegment) -> Segment:
    """Keep a rule tree under a name."""
    node = _read(call, body.tree)
    made = keeping.create(call.session, call.actor, body.name, node, call.now)
    return _shown(made)


@table.post("/segments/count", "view", answers=Count, body=TreeBody)
def count_tree(call: Call, body: TreeBody) -> Count:
    """Count a tree that is not saved."""
    call.only_read()
    return _counted(call, _read(call, body.tree), body.at, body.channel_id)


@table.get("/segments/{segment_id}", "view", answers=Segment, stamped=True)
def show(call: Call, segment_id: int) -> Segment:
    """One segment."""
    return _shown(keeping.found(call.session, segment_id))


@table.patch(
    "/segments/{segment_id}", "segment.edit", answers=Segment, body=SegmentChange, stamped=True
)
def change(call: Call, segment_id: int, body: SegmentChange) -> Segment:
    """Change the name or the tree; broadcasts that have not begun follow it.

    With If-Match nothing is written over that somebody else saved meanwhile.
    """
    row = _held(call, segment_id)
    name = row.name if body.name is None else body.name
    if body.tree is None:
        made = keeping.rename(call.session, call.actor, segment_id, name, call.now)
    else:
        node = _read(call, body.tree, segment_id)
        made = keeping.change(call.session, call.actor, segment_id, name, node, call.now)
    return _shown(made)


@table.delete("/segments/{segment_id}", "segment.edit", stamped=True)
def archive(call: Call, segment_id: int) -> None:
    """Out of the lists; broadcasts that used it keep it."""
    _held(call, segment_id)
    keeping.archive(call.session, call.actor, segment_id, call.now)


@table.get("/segments/{segment_id}/count", "view", answers=Count, query=CountQuery)
def count(call: Call, segment_id: int, query: CountQuery) -> Count:
    """How many are in at a time, and how many each route would reach then."""
    row = keeping.found(call.session, segment_id)
    return _counted(call, keeping.tree_of(call.session, row), query.at, query.channel_id)


@table.get("/segments/{segment_id}/sample", "view", answers=Sample, query=SampleQuery)
def sample(call: Call, segment_id: int, query: SampleQuery) -> Sample:
    """Some people who are in."""
    node = keeping.tree_of(call.session, keeping.found(call.session, segment_id))
    rows = segments.sample(call.session, node, call.now, query.limit, query.channel_id)
    return Sample(items=people.shown(call, rows))


@table.post("/segments/{segment_id}/freeze", "segment.edit", answers=Segment, stamped=True)
def freeze(call: Call, segment_id: int) -> Segment:
    """Keep the people who are in now; the rule finds nobody else until it is thawed."""
    _held(call, segment_id)
    made = freezing.freeze(call.session, call.actor, segment_id, call.now)
    return _shown(made)


@table.delete("/segments/{segment_id}/freeze", "segment.edit", answers=Segment, stamped=True)
def thaw(call: Call, segment_id: int) -> Segment:
    """Follow the rule again; the people it kept are forgotten."""
    _held(call, segment_id)
    made = freezing.thaw(call.session, call.actor, segment_id, call.now)
    return _shown(made)


@table.get("/segments/{segment_id}/overlap", "view", answers=Overlap, query=OverlapQuery)
def overlap(call: Call, segment_id: int, query: OverlapQuery) -> Overlap:
    """How many people are in this segment, in another, and in both."""
    if query.channel_id is not None:
        channels.get(call.session, query.channel_id)
    moment = query.at or call.now
    explaining.check_moment(moment, call.now, call.house.book)
    rows = [keeping.found(call.session, number) for number in (segment_id, query.other)]
    one, other = (keeping.tree_of(call.session, row) for row in rows)
    found = overlaps.of(call.session, one, other, moment, query.channel_id)
    return Overlap(at=moment, count=found.one, other=found.other, both=found.both)


@table.get("/segments/{segment_id}/days", "view", answers=SegmentDays, query=DaysQuery)
def days(call: Call, segment_id: int, query: DaysQuery) -> SegmentDays:
    """How many were in each day, and how many joined and left, newest first."""
    until = query.until or engagement.today_of(call.brand, call.now)
    since = query.since or until - min(timedelta(days=segment_days.SHOWN - 1), until - date.min)
    rows = segment_days.between(call.session, segment_id, since, until)
    return SegmentDays(items=[SegmentDay.model_validate(row) for row in rows])


def _held(call: Call, segment_id: int) -> Row:
    """To be changed; Stale where the caller saw another."""
    row = keeping.held(call.session, segment_id)
    call.require_seen(keeping.stamp(row))
    return row


def _shown(row: Row) -> Segment:
    told = {name: getattr(row, name) for name in Segment.model_fields if name != "etag"}
    return Segment(**told, etag=keeping.stamp(row))


def _read(call: Call, tree: object, own: int | None = None) -> Node:
    """Faults are named from the body: `tree.all.1.value`."""
    try:
        return keeping.read(call.session, tree, own)
    except Invalid as invalid:
        named = {f"tree.{path}": found for path, found in invalid.errors.items()}
        unknown = any(path.endswith((".field", ".op")) for path in named)
        raise (problems.Unknown(named) if unknown else Invalid(named)) from None


def _counted(call: Call, node: Node, at: datetime | None, channel_id: int | None) -> Count:
    if channel_id is not None:
        channels.get(call.session, channel_id)
    moment = at or call.now
    explaining.check_moment(moment, call.now, call.house.book)
    found, curve = reaching.reach_and_cost(call.session, node, moment, call.house.book, channel_id)
    return Count(
        at=found.at,
        total=found.total,
        by_route={route.value: people_ for route, people_ in found.by_route.items()},
        by_topic=dict(found.by_topic),
        cost=broadcast_reach.points(curve),
        cost_sentence=str(
            findings.cost(curve, None, preflight.CURRENCY) if curve.people else UNPAID
        ),
    )
