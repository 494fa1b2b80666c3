"""How a change of the rules touches a broadcast: news of a day, and news of another book.

A *day* comes between the approval (today, for a draft) and the send on which a rule or a price
begins or ends: what the day before it allows is held against what the day itself does. Or the
*book* becomes another one: what it decides is held against the ruling the approval was given under,
which was written down then, since the old book may be gone. Both count the same people, so every
difference is the rules' own.

An approved broadcast has news of whatever changes for somebody. A draft has news only of a day that
would leave it no way to anybody, 60, 30 and 7 days ahead. One that is being sent has news of
another book, about those who still wait; the claim then decides each of them by it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final

from sqlmodel import Session

from webapp.domain import remark, ruling, ruling_difference
from webapp.domain.broadcast import RUNNING, BroadcastState
from webapp.domain.errors import Invalid
from webapp.domain.policy import engine
from webapp.domain.policy.rulebook import Rulebook, day_of
from webapp.domain.ruling import Ruling
from webapp.domain.ruling_difference import Difference
from webapp.models.broadcast import Broadcast
from webapp.models.rule_alarm import RuleAlarm
from webapp.services import backtesting, departing, preflight, recipients
from webapp.services.asking import Asked, moved
from webapp.store import backtests, departures, rule_alarms
from webapp.store.departures import Legs

AHEAD: Final = (7, 30, 60)  # days before a rule that breaks a planned broadcast
APPROVED: Final = frozenset({BroadcastState.APPROVED, BroadcastState.SCHEDULED})
A_DAY: Final = timedelta(days=1)


def found(session: Session, broadcast: Broadcast, book: Rulebook, now: datetime) -> list[RuleAlarm]:
    """All the news there is about a broadcast, told already or not; none of an audience that
    cannot be read, which its check says."""
    state = BroadcastState(broadcast.state)
    try:
        news = [] if state in RUNNING else list(_of_days(session, broadcast, book, now))
        if state in APPROVED | RUNNING:
            news += _of_book(session, broadcast, book, now)
    except Invalid:
        return []
    return news


def _of_days(
    session: Session, broadcast: Broadcast, book: Rulebook, now: datetime
) -> Iterator[RuleAlarm]:
    at, today = preflight.send_at(broadcast), day_of(now)
    if at is None or at <= now:
        return
    approved = BroadcastState(broadcast.state) in APPROVED
    last = day_of(at) if approved else min(day_of(at), today + AHEAD[-1] * A_DAY)
    since = day_of(broadcast.approved_at) if approved and broadcast.approved_at else today
    for day in ruling.turning_days(book):
        made = _of_day(session, broadcast, at, day, book, now) if since < day <= last else None
        if made is not None and (approved or made.breaks):
            yield made


def _of_day(
    session: Session, broadcast: Broadcast, at: datetime, day: date, book: Rulebook, now: datetime
) -> RuleAlarm | None:
    """What the rules of a day do that those of the day before did not; None when it is nothing.
    The cause of one that breaks it says how close it is, and so is told again when it is closer."""
    before, after = (_asked(session, broadcast, at, book, it) for it in (day - A_DAY, day))
    if _ruling(before) == _ruling(after):
        return None
    people = _people(session, broadcast, before, after)
    difference = ruling_difference.between(_ruling(before), after.decide, people)
    made = _alarm(broadcast, difference, now)
    made.day, made.send_at = day, at
    made.refused = _is_refused(after) and not _is_refused(before)
    made.rule_ids = list(dict.fromkeys([*_changed(after, book, day), *made.rule_ids]))
    made.cause = f"day:{day}{_stage(day, day_of(now)) if made.breaks else ''}"
    return made if made.breaks or made.people else None


def _of_book(
    session: Session, broadcast: Broadcast, book: Rulebook, now: datetime
) -> Iterator[RuleAlarm]:
    approved = rule_alarms.remembered(session, broadcast.id or 0)
    after = _asked(session, broadcast, preflight.moment(broadcast, now), book)
    if approved is None or approved == _ruling(after):
        return
    running = BroadcastState(broadcast.state) in RUNNING
    people: Mapping[tuple[int, int], int]
    if running:
        waiting = backtests.queued(session, broadcast.id or 0)
        people = {(code, code): n for code, n in waiting.items()}
    else:
        spacing = timedelta(seconds=approved.spacing_s)
        before = replace(after, view=replace(after.view, spacing=spacing))
        people = _people(session, broadcast, before, after)
    made = _alarm(broadcast, ruling_difference.between(approved, after.decide, people), now)
    made.cause = f"book:{_ruling(after).digest}"
    made.send_at = None if running else preflight.send_at(broadcast)
    made.voids = not running and approved.fingerprint != _ruling(after).fingerprint
    if made.people or made.voids:
        yield made


def ruling_of(session: Session, broadcast: Broadcast, book: Rulebook, now: datetime) -> Ruling:
    return _ruling(_asked(session, broadcast, preflight.moment(broadcast, now), book))


def _alarm(broadcast: Broadcast, found: Difference, now: datetime) -> RuleAlarm:
    verdicts = found.verdicts
    return RuleAlarm(
        brand_id=broadcast.brand_id,
        broadcast_id=broadcast.id or 0,
        broadcast_version=broadcast.version,
        cause="",
        rule_ids=[verdict.rule_id for verdict in verdicts],
        rule=remark.to_json(verdicts[0].sentence) if verdicts else None,
        people=found.people,
        reached_before=found.reached_before,
        reached_after=found.reached_after,
        cost_before=found.cost_before,
        cost_after=found.cost_after,
        at=now,
    )


def _asked(
    session: Session, broadcast: Broadcast, at: datetime, book: Rulebook, day: date | None = None
) -> Asked:
    """The rules of a day (of `at`, left out) about people at `at`, facts of the moment granted."""
    asked = backtesting.under(session, broadcast, at, day or day_of(at), book)
    return replace(asked, question=ruling.granted(asked.question, asked.question.at))


def _ruling(asked: Asked) -> Ruling:
    return ruling.rule_on(asked.question, asked.book, asked.view.spacing)


def _is_refused(asked: Asked) -> bool:
    return engine.refuse_kind(asked.question, asked.book) is not None


def _people(
    session: Session, broadcast: Broadcast, before: Asked, after: Asked
) -> Mapping[tuple[int, int], int]:
    """By their situations under both, each at their own turn: when quiet hours end, or by their own
    clock. Whoever is kept out by either way counts for nothing."""
    tree = recipients.tree_of(session, broadcast)
    clause = recipients.audience_clause(session, tree, after.view.at)
    channel, at = broadcast.channel_id, after.view.at
    chosen = departing.chosen_schedule(broadcast)
    table = departing.timetable_of(session, broadcast, chosen, at)
    if table.at_once:
        return backtests.pairs(session, before.view, after.view, clause, channel)
    going = departing.journey(session, broadcast, table, moved(after, at))
    one, other = (_spaced(going.legs, asked.view.spacing) for asked in (before, after))
    people = Counter[tuple[int, int]]()
    for (leg, *codes), n in departures.pairs(session, one, other, clause, channel).items():
        turn = going.departures[leg]
        if not (turn.quiet or turn.passed or turn.missed):
            people[codes[0], codes[2]] += n
    return people


def _spaced(legs: Legs, spacing: timedelta) -> Legs:
    """People at their turns, their tokens resting as long as one day's rules say."""
    spaced = tuple(
        replace(
            leg,
            view=replace(leg.view, spacing=spacing),
            meant=replace(leg.meant, spacing=spacing),
        )
        for leg in legs.legs
    )
    return replace(legs, legs=spaced)


def _changed(after: Asked, book: Rulebook, day: date) -> list[str]:
    """The rules about such a broadcast that begin, end or change on that day."""
    turns = backtesting.turns_of(book, after.question.platform, after.question.kind)
    found = (change.rule_id for turn in turns if turn.day == day for change in turn.changes)
    return list(dict.fromkeys(found))


def _stage(day: date, today: date) -> str:
    """How close it is, in the steps people are told at."""
    left = (day - today).days
    return next((f":{days}" for days in AHEAD if left <= days), "")
