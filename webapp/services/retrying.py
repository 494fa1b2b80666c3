"""Those who failed, asked once more: a run of its own, to them alone, of the same content.

The rules, caps and quiet hours are decided anew for each, as for any run, and the approval must
hold still. Only refusals that may have passed are tried again; of an unknown outcome nobody can say
that it failed, so it never is. Where the rules let nobody of them be written to as things stand it
is refused: a run that leaves everybody out would end with nobody left to ask later. Like any send
at once it can be taken back for 20 seconds; the broadcast stays as it ended until then.
"""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from webapp.domain import broadcast as life
from webapp.domain.broadcast import OVER, BroadcastState, Event, Kind
from webapp.domain.errors import Conflict, Refused
from webapp.domain.permission import Actor
from webapp.domain.policy.rulebook import Rulebook
from webapp.domain.wording import say
from webapp.models.broadcast import Broadcast, Occurrence
from webapp.models.channel import Channel
from webapp.platforms import answers
from webapp.services import approving, asking, departing, drafting, paying, planning, templates
from webapp.services.planning import Forecast
from webapp.services.scheduling import UNDO_HOLD
from webapp.store import broadcasts, deliveries, occurrences, situations


def retry(
    session: Session, actor: Actor, broadcast_id: int, book: Rulebook, now: datetime
) -> Occurrence:
    """From done or cancelled, after a time to undo it. Conflict when what was approved is not what
    would be sent."""
    actor.require("broadcast.schedule")
    broadcast = broadcasts.lock(session, broadcast_id)
    life.next_state(BroadcastState(broadcast.state), Event.RETRY)
    before = occurrences.latest(session, broadcast_id)
    if waiting(session, broadcast_id) is not None:
        raise Refused(say("Those who failed are about to be asked once more already."))
    people = sum(_failed(session, broadcast, before).values())
    if before is None or not people:
        raise Refused(say("Nobody failed for a reason that may have passed."))
    _require_sendable(session, broadcast, book, now)
    if not outlook(session, broadcast, book, now).reached:
        raise Refused(
            say("None of those who failed may be written to as things stand. Try again later.")
        )
    run = occurrences.create(session, broadcast, now + UNDO_HOLD, before.grace_minutes)
    run.retry_of, run.tree = before.number, before.tree
    drafting.keep(session, actor, broadcast, "broadcast.retry", now, run=run.number, people=people)
    return run


def undo(session: Session, actor: Actor, broadcast_id: int, now: datetime) -> Occurrence:
    """Taken back before it starts: nobody is asked again. Conflict when it has started."""
    actor.require("broadcast.schedule")
    broadcast = broadcasts.lock(session, broadcast_id)
    run = waiting(session, broadcast_id)
    if run is None or not occurrences.move(session, run.id or 0, "due", "cancelled"):
        raise Conflict(say("There is nothing to take back: it has started, or was taken back."))
    drafting.keep(session, actor, broadcast, "broadcast.retry_undo", now, run=run.number)
    return run


def waiting(session: Session, broadcast_id: int) -> Occurrence | None:
    """The run that asks them once more, while it can be taken back."""
    found = occurrences.waiting(session, broadcast_id)
    return next((run for run in found if run.retry_of is not None), None)


def retryable(session: Session, broadcast: Broadcast) -> int:
    """How many of its last run would be asked once more; 0 while it is not over, or they are about
    to be."""
    if broadcast.state not in OVER or waiting(session, broadcast.id or 0) is not None:
        return 0
    return sum(_failed(session, broadcast, occurrences.latest(session, broadcast.id or 0)).values())


def outlook(session: Session, broadcast: Broadcast, book: Rulebook, now: datetime) -> Forecast:
    """What would become of those who failed in its last run, were they asked once more now: most
    of these refusals change what the rules say of a person, until that person writes."""
    run = occurrences.latest(session, broadcast.id or 0)
    passing = list(_failed(session, broadcast, run))
    if run is None or not passing:
        return Forecast(0)
    asked = asking.about(session, broadcast, now, book)
    people = deliveries.failed_for(run, run.number, passing)
    found = situations.tally(session, asked.view, people, broadcast.channel_id)
    return planning.answered([(departing.at_once(asked, it, None), n) for it, n in found.items()])


def _failed(session: Session, broadcast: Broadcast, run: Occurrence | None) -> dict[str, int]:
    """People by reason. A paid campaign is over with its run: nobody is asked by it again."""
    channel = session.get_one(Channel, broadcast.channel_id)
    sold = broadcast.kind == Kind.SPONSORED and channel.platform == paying.SOLD_BY_CAMPAIGN
    found = {} if run is None or sold else deliveries.failed(session, run)
    return {reason: n for reason, n in found.items() if answers.may_pass(reason)}


def _require_sendable(
    session: Session, broadcast: Broadcast, book: Rulebook, now: datetime
) -> None:
    if not approving.is_current(session, broadcast, book, now):
        raise Conflict(
            say(
                "Its approval does not hold any more: its audience or the rules changed since. "
                "Duplicate it, and ask for approval of the copy."
            )
        )
    trouble = templates.trouble(session, broadcast)
    if trouble is not None:
        raise Refused(trouble)
