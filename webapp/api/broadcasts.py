"""Broadcasts: listed, drafted, changed, checked, deleted while they are drafts."""

from __future__ import annotations

from webapp.api import broadcast_answers, broadcast_edits, broadcast_reach, cursors
from webapp.api.calls import Call
from webapp.api.routes import Table
from webapp.api.schemas import broadcasts as shapes
from webapp.api.schemas import reaches
from webapp.api.schemas.base import Page
from webapp.domain import hour_spans
from webapp.domain import zone as zones
from webapp.domain.broadcast import BroadcastState
from webapp.domain.errors import Invalid
from webapp.domain.policy.rulebook import day_of
from webapp.domain.wording import say
from webapp.models.brand import Brand
from webapp.services import backtesting, preflight
from webapp.services import broadcasts as making
from webapp.store import broadcasts, deliveries

table = Table("broadcasts")


@table.get("/broadcasts", "view", answers=Page[shapes.Broadcast], query=shapes.BroadcastQuery)
def index(call: Call, query: shapes.BroadcastQuery) -> Page[shapes.Broadcast]:
    """The broadcasts of the brand, newest first."""
    before = cursors.after_id(query) or None
    found = broadcasts.page(call.session, _states(query), before, query.limit + 1)
    rows, cursor = cursors.cut(found, query.limit, lambda row: [row.id])
    items = [broadcast_answers.broadcast(call, row) for row in rows]
    return Page(items=items, next_cursor=cursor)


@table.post(
    "/broadcasts", "broadcast.edit", answers=shapes.Broadcast, body=shapes.NewBroadcast, status=201
)
def create(call: Call, body: shapes.NewBroadcast) -> shapes.Broadcast:
    """Draft a broadcast; its message and time may follow later."""
    return broadcast_answers.broadcast(call, broadcast_edits.create(call, body))


@table.get("/broadcasts/{broadcast_id}", "view", answers=shapes.Broadcast)
def show(call: Call, broadcast_id: int) -> shapes.Broadcast:
    """One broadcast, with the sum of its ledger."""
    row = broadcasts.get(call.session, broadcast_id)
    found = deliveries.totals(call.session, broadcast_id)
    return broadcast_answers.broadcast(call, row, found)


@table.patch(
    "/broadcasts/{broadcast_id}",
    "broadcast.edit",
    answers=shapes.Broadcast,
    body=shapes.BroadcastChange,
)
def change(call: Call, broadcast_id: int, body: shapes.BroadcastChange) -> shapes.Broadcast:
    """Change a broadcast that has not begun. What an approver agreed to voids the approval."""
    return broadcast_answers.broadcast(call, broadcast_edits.change(call, broadcast_id, body))


@table.delete("/broadcasts/{broadcast_id}", "broadcast.edit")
def delete(call: Call, broadcast_id: int) -> None:
    """Delete a draft that never had a run; others are cancelled and stay."""
    making.delete(call.session, call.actor, broadcast_id, call.now)


@table.get("/broadcasts/{broadcast_id}/check", "view", answers=shapes.Check)
def check(call: Call, broadcast_id: int) -> shapes.Check:
    """The pre-flight: who would get it, by which route, at what cost, and what is amiss."""
    return broadcast_answers.check(call, broadcasts.get(call.session, broadcast_id))


@table.get(
    "/broadcasts/{broadcast_id}/backtest",
    "view",
    answers=shapes.Backtest,
    query=shapes.BacktestQuery,
)
def backtest(call: Call, broadcast_id: int, query: shapes.BacktestQuery) -> shapes.Backtest:
    """The same people under the rules of another day, and what would differ, by reason."""
    row = broadcasts.get(call.session, broadcast_id)
    day = query.at or day_of(call.now)
    found = backtesting.backtest(call.session, row, day, call.house.book, call.now)
    return broadcast_answers.backtest(row, found)


@table.get(
    "/broadcasts/{broadcast_id}/reach", "view", answers=reaches.Reach, query=reaches.ReachQuery
)
def reach(call: Call, broadcast_id: int, query: reaches.ReachQuery) -> reaches.Reach:
    """Whom the broadcast would reach at each hour, by route. Left out: the coming 7 days, by the
    whole hours of its schedule's or the brand's zone, as the screen shows them."""
    row = broadcasts.get(call.session, broadcast_id)
    brand = call.session.get_one(Brand, row.brand_id)
    zone = zones.zone_named(preflight.zone_of(row, brand))
    since = query.since or hour_spans.coming_week(call.now, zone).first
    hours = hour_spans.between(since, query.until, call.house.book, call.now)
    return broadcast_reach.answer(call, row, hours)


def _states(query: shapes.BroadcastQuery) -> list[BroadcastState]:
    if query.state is None:
        return []
    if query.state not in list(BroadcastState):
        raise Invalid({"state": [say("There is no such state.")]})
    return [BroadcastState(query.state)]
