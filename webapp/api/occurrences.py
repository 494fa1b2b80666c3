"""The runs of a broadcast: what came of each, and those to come, to skip or to move."""

from __future__ import annotations

from datetime import datetime

from webapp.api import broadcast_answers
from webapp.api.calls import Call
from webapp.api.routes import Table
from webapp.api.schemas import occurrences as shapes
from webapp.api.schemas.base import Page
from webapp.domain import remark
from webapp.domain.delivery import Totals
from webapp.domain.errors import Invalid
from webapp.domain.wording import say
from webapp.models.broadcast import Occurrence as Row
from webapp.services import retrying, series
from webapp.store import broadcasts, deliveries, occurrences, spreads

table = Table("broadcasts")


@table.get("/broadcasts/{broadcast_id}/occurrences", "view", answers=Page[shapes.Occurrence])
def occurrences_index(call: Call, broadcast_id: int) -> Page[shapes.Occurrence]:
    """Every run of a broadcast by its time; one that repeats has several."""
    broadcasts.get(call.session, broadcast_id)
    sums = deliveries.totals_by_run(call.session, broadcast_id)
    rows = occurrences.of(call.session, broadcast_id)
    until = spreads.until_of(call.session, [row.id or 0 for row in rows])
    items = [_shown(row, sums.get(row.number), until.get(row.id or 0)) for row in rows]
    return Page(items=items, next_cursor=None)


@table.patch(
    "/broadcasts/{broadcast_id}/occurrences/{number}",
    "broadcast.schedule",
    answers=shapes.Occurrence,
    body=shapes.OccurrenceChange,
)
def occurrences_change(
    call: Call, broadcast_id: int, number: int, body: shapes.OccurrenceChange
) -> shapes.Occurrence:
    """Skip one that has not started, put it back, or move it, also one that was missed; or say
    that its having been missed was read. The approval covers it still."""
    if [body.skipped, body.due_at, body.seen].count(None) != len(body.__class__.model_fields) - 1:
        raise Invalid({"skipped": [say("Give one of skipped, due_at and seen.")]})
    act = (call.session, call.actor, broadcast_id, number)
    if body.seen:
        row = series.see(*act, call.now)
    elif body.due_at is not None:
        row = series.move(*act, body.due_at, call.now)
    else:
        row = (series.skip if body.skipped else series.restore)(*act, call.now)
    return _shown(row, None)


@table.post("/broadcasts/{broadcast_id}/retries", "broadcast.schedule", answers=shapes.Occurrence)
def retries_create(call: Call, broadcast_id: int) -> shapes.Occurrence:
    """Ask those who failed in the last run once more, if it is over and what they failed for may
    have passed: a run of its own, due in 20 seconds, all rules decided anew. Unknown outcomes
    are never among them. 409 where the rules let none of them be written to as things stand."""
    return _shown(
        retrying.retry(call.session, call.actor, broadcast_id, call.house.book, call.now), None
    )


@table.delete("/broadcasts/{broadcast_id}/retries", "broadcast.schedule", answers=shapes.Occurrence)
def retries_delete(call: Call, broadcast_id: int) -> shapes.Occurrence:
    """Take it back: for the 20 seconds until it starts (409 after them)."""
    return _shown(retrying.undo(call.session, call.actor, broadcast_id, call.now), None)


def _shown(
    row: Row, sums: Totals | None, spread_until: datetime | None = None
) -> shapes.Occurrence:
    note = remark.from_json(row.note)
    return shapes.Occurrence(
        number=row.number,
        state=row.state,
        due_at=row.due_at,
        retry_of=row.retry_of,
        awaits_until=row.awaits_until,
        spread_until=spread_until,
        started_at=row.started_at,
        finished_at=row.finished_at,
        note=None if note is None else str(note),
        totals=None if sums is None else broadcast_answers.totals(sums),
    )
