"""What is due starts, once: at its time, late within its grace, or marked missed with a notice."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, func, select

from webapp.db import EVERY_BRAND, Database
from webapp.domain import broadcast as life
from webapp.domain import remark
from webapp.domain.broadcast import RUNNING, BroadcastState, Event
from webapp.domain.permission import job
from webapp.domain.policy.rulebook import Rulebook
from webapp.domain.schedule import StartVerdict, start_verdict
from webapp.domain.wording import Sentence, say
from webapp.models.broadcast import Broadcast, Occurrence
from webapp.models.subscriber import Subscriber
from webapp.services import alerting, approving, departing, series, spreading, templates
from webapp.store import audits, messages, occurrences

CLOCK = job("clock")


def start_due(db: Database, book: Rulebook, now: datetime) -> int:
    """Move every due run to planning or missed; returns how many started."""
    with db.reader(EVERY_BRAND) as session:
        due = [(run.brand_id, run.id or 0) for run in occurrences.due(session, now)]
    return sum(_start(db, brand_id, run_id, book, now) for brand_id, run_id in due)


def freeze(
    session: Session, run: Occurrence, broadcast: Broadcast, now: datetime, *, late: bool = False
) -> None:
    """The version everyone gets, and the newest person that may be planned, are fixed now."""
    run.started_at = now
    written = messages.latest(session, broadcast.id or 0)
    run.message_id = written.id if written else None
    run.planned_until = session.exec(select(func.max(Subscriber.id))).one() or 0
    run.audience = 0
    run.note = (
        remark.to_json(say("Started late: the clock was not running at the set time."))
        if late
        else None
    )
    if run.retry_of is None:  # these go at once
        spreading.begin(session, run, broadcast, now)
    broadcast.state_reason = None
    broadcast.state = BroadcastState.PLANNING.value
    audits.add(session, CLOCK, run.brand_id, "broadcast.start", broadcast.id, now, run=run.number)


def _start(db: Database, brand_id: int, run_id: int, book: Rulebook, now: datetime) -> bool:
    with db.writer(brand_id) as session:
        run = session.get_one(Occurrence, run_id)
        broadcast = session.get_one(Broadcast, run.broadcast_id)
        verdict = _verdict(session, run, broadcast, now)
        under_way = broadcast.state in RUNNING  # the run before: this one waits for it
        if under_way and verdict is not StartVerdict.MISSED:
            return False
        if not _may_start(run, broadcast) or verdict is StartVerdict.MISSED:
            started = False
            sentence = _overtaken(run) if under_way else _too_late(session, run)
            miss(session, run, broadcast, sentence, now)
        elif not approving.is_current(session, broadcast, book, now):
            started = False
            miss(session, run, broadcast, _void(), now)
        elif (trouble := templates.trouble(session, broadcast)) is not None:
            started = False
            miss(session, run, broadcast, say("Not sent: %(why)s", why=trouble), now)
        else:
            started = occurrences.move(session, run_id, "due", "planning")
            if started:  # else another clock was quicker, and has frozen it already
                freeze(session, run, broadcast, now, late=verdict is StartVerdict.LATE)
        session.commit()
        return started


def _may_start(run: Occurrence, broadcast: Broadcast) -> bool:
    """One that asks those who failed once more begins where its broadcast ended."""
    state = BroadcastState(broadcast.state)
    again = run.retry_of is not None and life.allows(state, Event.RETRY)
    return again or state is BroadcastState.SCHEDULED


def _verdict(
    session: Session, run: Occurrence, broadcast: Broadcast, now: datetime
) -> StartVerdict:
    """By people's own clocks it is missed when it is for the last of them: those who missed their
    turn alone are skipped by the plan."""
    verdict = start_verdict(run.due_at, now, run.grace_minutes)
    if verdict is not StartVerdict.MISSED:
        return verdict
    last = departing.last_due_at(session, broadcast, run)
    missed = start_verdict(last, now, run.grace_minutes) is StartVerdict.MISSED
    return StartVerdict.MISSED if missed else StartVerdict.LATE


def miss(
    session: Session, run: Occurrence, broadcast: Broadcast, sentence: Sentence, now: datetime
) -> None:
    """A due run does not start, and people are told why. In the caller's transaction."""
    if not occurrences.move(session, run.id or 0, "due", "missed"):
        return
    run.finished_at, run.note = now, remark.to_json(sentence)
    alerting.run_missed(session, broadcast, run, sentence, now)
    if broadcast.state == BroadcastState.SCHEDULED:
        series.miss(session, broadcast, sentence)
        if broadcast.state == BroadcastState.MISSED:
            _none_is_left(session, broadcast)
    audits.add(session, CLOCK, run.brand_id, "broadcast.miss", broadcast.id, now, run=run.number)


def _too_late(session: Session, run: Occurrence) -> Sentence:
    if run.retry_of is not None:
        return say(
            "Not sent: at its time nothing was running here, and its grace of %(minutes)s minutes "
            "is over. Try those who failed again to send it.",
            minutes=run.grace_minutes,
        )
    if series.goes_on_without(session, run):
        return _another_time(run)
    return _once_more(run)


def _another_time(run: Occurrence) -> Sentence:
    return say(
        "Not sent: at its time nothing was running here, and its grace of %(minutes)s minutes is "
        "over. Give it another time to send it.",
        minutes=run.grace_minutes,
    )


def _once_more(run: Occurrence) -> Sentence:
    return say(
        "Not sent: at its time nothing was running here, and its grace of %(minutes)s minutes is "
        "over. Schedule it again to send it now.",
        minutes=run.grace_minutes,
    )


def _none_is_left(session: Session, broadcast: Broadcast) -> None:
    """When the last of a series is missed like all before it, none is given another time any more:
    the whole is scheduled again, and each says so."""
    for run in occurrences.of(session, broadcast.id or 0):
        if run.note == remark.to_json(_another_time(run)):
            run.note = remark.to_json(_once_more(run))


def _overtaken(run: Occurrence) -> Sentence:
    return say(
        "Not sent: the one before it was still going out when its grace of %(minutes)s minutes was "
        "over.",
        minutes=run.grace_minutes,
    )


def _void() -> Sentence:
    return say(
        "Not sent: its audience or the rulebook changed after the approval. Ask for approval again."
    )
