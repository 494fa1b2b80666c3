"""A broadcast's life after its draft: each step is a thing that is made and, mostly, unmade."""

from __future__ import annotations

from webapp.api import broadcast_answers
from webapp.api.calls import Call
from webapp.api.routes import Table
from webapp.api.schemas.broadcasts import Broadcast, Cancelled, NoteQuery, Seen
from webapp.domain.broadcast import BroadcastState
from webapp.domain.errors import Conflict, Refused
from webapp.domain.wording import say
from webapp.models.broadcast import Broadcast as Row
from webapp.services import approving, drafting, scheduling, steering
from webapp.store import broadcasts, deliveries

table = Table("broadcasts")
ASK_FIRST = say("Ask for its approval first: POST .../review. Somebody else then approves it.")
CHANGED = say("This broadcast changed since you checked it. Check it again before you approve.")


@table.post("/broadcasts/{broadcast_id}/review", "broadcast.ask", answers=Broadcast)
def ask(call: Call, broadcast_id: int) -> Broadcast:
    """Ask for approval; 422 by field while anything is red in the check."""
    return _shown(
        call, approving.ask(call.session, call.actor, broadcast_id, call.house.book, call.now)
    )


@table.post(
    "/broadcasts/{broadcast_id}/approval",
    "broadcast.approve",
    answers=Broadcast,
    body=Seen,
    optional_body=True,
)
def approve(call: Call, broadcast_id: int, body: Seen) -> Broadcast:
    """Approve what is in review; somebody who is the brand's only approver may approve a draft."""
    row = broadcasts.get(call.session, broadcast_id)
    book = call.house.book
    if row.state == BroadcastState.DRAFT:
        if not approving.is_alone(call.session, call.actor):
            raise Refused(ASK_FIRST)
        if body.hash not in (None, approving.hash_of(call.session, row, book, call.now)):
            raise Conflict(CHANGED)
        approving.ask(call.session, call.actor, broadcast_id, book, call.now)
    return _shown(
        call,
        approving.approve(call.session, call.actor, broadcast_id, book, call.now, body.hash),
    )


@table.delete(
    "/broadcasts/{broadcast_id}/approval", "broadcast.approve", answers=Broadcast, query=NoteQuery
)
def send_back(call: Call, broadcast_id: int, query: NoteQuery) -> Broadcast:
    """Send it back to draft, from review or after approval, with a note."""
    return _shown(
        call, approving.send_back(call.session, call.actor, broadcast_id, query.note, call.now)
    )


@table.post("/broadcasts/{broadcast_id}/schedule", "broadcast.schedule", answers=Broadcast)
def schedule(call: Call, broadcast_id: int) -> Broadcast:
    """Make an approved broadcast due at its time."""
    return _shown(
        call, scheduling.schedule(call.session, call.actor, broadcast_id, call.house.book, call.now)
    )


@table.delete("/broadcasts/{broadcast_id}/schedule", "broadcast.schedule", answers=Broadcast)
def unschedule(call: Call, broadcast_id: int) -> Broadcast:
    """Take it back before it starts; the approval stands."""
    return _shown(call, scheduling.unschedule(call.session, call.actor, broadcast_id, call.now))


@table.post("/broadcasts/{broadcast_id}/exemption", "broadcast.exempt", answers=Broadcast)
def exempt(call: Call, broadcast_id: int) -> Broadcast:
    """Let it go to people who have had as many messages as the brand's own cap allows. Like any
    change it takes an approval back."""
    return _exempted(call, broadcast_id, on=True)


@table.delete("/broadcasts/{broadcast_id}/exemption", "broadcast.exempt", answers=Broadcast)
def exempt_end(call: Call, broadcast_id: int) -> Broadcast:
    """Keep to the brand's cap after all."""
    return _exempted(call, broadcast_id, on=False)


@table.post("/broadcasts/{broadcast_id}/pause", "broadcast.pause", answers=Broadcast)
def pause(call: Call, broadcast_id: int) -> Broadcast:
    """Write to nobody else until it is resumed."""
    return _shown(call, steering.pause(call.session, call.actor, broadcast_id, call.now))


@table.delete("/broadcasts/{broadcast_id}/pause", "broadcast.pause", answers=Broadcast)
def resume(call: Call, broadcast_id: int) -> Broadcast:
    """Go on sending."""
    return _shown(call, steering.resume(call.session, call.actor, broadcast_id, call.now))


@table.post("/broadcasts/{broadcast_id}/cancellation", "broadcast.cancel", answers=Cancelled)
def cancel(call: Call, broadcast_id: int) -> Cancelled:
    """Stop it for good: everyone still waiting gets nothing."""
    people = steering.cancel(call.session, call.actor, broadcast_id, call.now)
    row = broadcasts.get(call.session, broadcast_id)
    return Cancelled(broadcast=_shown(call, row), cancelled=people)


def _exempted(call: Call, broadcast_id: int, *, on: bool) -> Broadcast:
    version = broadcasts.get(call.session, broadcast_id).version
    edited = drafting.exempt(call.session, call.actor, broadcast_id, version, call.now, on=on)
    return _shown(call, edited.broadcast)


def _shown(call: Call, row: Row) -> Broadcast:
    found = deliveries.totals(call.session, row.id or 0)
    return broadcast_answers.broadcast(call, row, found)
