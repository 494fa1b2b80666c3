"""The owners of a broadcast are told when the rules change under it: once, until somebody saw it.

`watch` looks once at each planned or running broadcast for a day, a book and a version of it;
`services.rule_changes` says what there is to tell. What was told is a row, so neither a tick nor a
restart tells it again. It stands on the home of those who made it, asked for its approval or gave
it (of everybody who may edit, when none of them works here any more) until somebody takes it away,
the broadcast is another one, or the cause is gone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session

from webapp.db import EVERY_BRAND, Database
from webapp.domain import fingerprint, remark
from webapp.domain.broadcast import RUNNING, BroadcastState
from webapp.domain.figures import Money
from webapp.domain.permission import Actor
from webapp.domain.policy.rulebook import Rulebook, day_of
from webapp.domain.wording import Sentence, say, say_n
from webapp.models.broadcast import Broadcast
from webapp.models.rule_alarm import RuleAlarm
from webapp.services import preflight, rule_changes
from webapp.store import audits, members, rule_alarms


@dataclass(frozen=True)
class News:
    """One line on somebody's home."""

    alarm: RuleAlarm
    broadcast: Broadcast
    words: Sentence

    @property
    def rules_before(self) -> date | None:
        """The last day of the rules it is held against; None for those of another book."""
        return self.alarm.day and self.alarm.day - timedelta(days=1)


def watch(db: Database, book: Rulebook, now: datetime) -> int:
    """Look at everything planned or under way whose day, book or self is another one than when it
    was looked at last; returns how much news there was."""
    with db.reader(EVERY_BRAND) as session:
        due = [
            (row.brand_id, row.id or 0, key)
            for row, seen in rule_alarms.watched(session)
            if (key := _key(row, book, now)) != seen
        ]
    return sum(_look(db, *row, book, now) for row in due)


def standing(session: Session, actor: Actor) -> Sequence[News]:
    """What this person is told, the soonest send first."""
    found = rule_alarms.standing(session)
    working = members.active(session) if found else set()
    return [
        News(alarm, row, _words(alarm, row))
        for alarm, row in found
        if _is_told(row, actor, working)
    ]


def dismiss(
    session: Session, actor: Actor, broadcast_id: int, alarm_id: int, now: datetime
) -> RuleAlarm:
    """Somebody has seen it: it is gone for everybody, and the log says who took it away."""
    actor.require("broadcast.edit")
    row = rule_alarms.get(session, broadcast_id, alarm_id)
    if row.seen_at is None:
        row.seen_by, row.seen_at = actor.user_id, now
        session.add(row)
        audits.add(
            session, actor, row.brand_id, "broadcast.alarm", broadcast_id, now, cause=row.cause
        )
        session.commit()
    return row


def _key(broadcast: Broadcast, book: Rulebook, now: datetime) -> str:
    at = preflight.send_at(broadcast)
    parts = broadcast.version, broadcast.state, at and at.isoformat(), book.version
    return fingerprint.of([*parts, day_of(now).isoformat()])


def _look(
    db: Database, brand_id: int, broadcast_id: int, key: str, book: Rulebook, now: datetime
) -> int:
    """Counted in a reader, written down in a short transaction of its own."""
    with db.reader(brand_id) as session:
        broadcast = session.get(Broadcast, broadcast_id)
        if broadcast is None:
            return 0
        found = rule_changes.found(session, broadcast, book, now)
    with db.writer(brand_id) as session:
        current = session.get(Broadcast, broadcast_id, with_for_update=not db.is_sqlite)
        if current is None or _key(current, book, now) != key:
            return 0  # another one meanwhile: the next tick looks again
        told = rule_alarms.tell(session, found)
        causes = [row.cause for row in found]
        rule_alarms.end(session, broadcast_id, current.version, causes, now)
        _keep_ruling(session, current, book, now)
        rule_alarms.note_look(session, current, key, now)
        session.commit()
    return told


def _keep_ruling(session: Session, broadcast: Broadcast, book: Rulebook, now: datetime) -> None:
    """For one approved before rulings were written down: what holds now is what counts."""
    begun = BroadcastState(broadcast.state) in rule_changes.APPROVED | RUNNING
    if begun and rule_alarms.remembered(session, broadcast.id or 0) is None:
        decided = rule_changes.ruling_of(session, broadcast, book, now)
        rule_alarms.remember(session, broadcast, decided, now)


def _is_told(row: Broadcast, actor: Actor, working: set[int]) -> bool:
    owners = {row.created_by, row.asked_by, row.approved_by} & working
    return actor.user_id in owners or (not owners and actor.can("broadcast.edit"))


def _words(alarm: RuleAlarm, broadcast: Broadcast) -> Sentence:
    values = {"name": broadcast.name, "effect": _effect(alarm), "why": _why(alarm)}
    if alarm.send_at is None:
        return say("“%(name)s”: %(effect)s %(why)s", **values)
    return say("“%(name)s”, set for %(when)s: %(effect)s %(why)s", when=alarm.send_at, **values)


def _effect(alarm: RuleAlarm) -> Sentence:
    lost = alarm.reached_before - alarm.reached_after
    if alarm.refused:
        return say("this kind of message can then be sent to nobody.")
    if lost > 0 and alarm.reached_after == 0:
        return say_n(
            "nobody can be written to any more, where it was %(n)s person.",
            "nobody can be written to any more, where it was %(n)s people.",
            lost,
        )
    if lost > 0:
        return say_n(
            "%(n)s person fewer can be written to.", "%(n)s fewer people can be written to.", lost
        )
    if lost < 0:
        return say_n(
            "%(n)s more person can be written to.", "%(n)s more people can be written to.", -lost
        )
    return _other_effect(alarm)


def _other_effect(alarm: RuleAlarm) -> Sentence:
    if alarm.cost_before != alarm.cost_after:
        return say(
            "it costs %(after)s instead of %(before)s.",
            after=Money(alarm.cost_after, preflight.CURRENCY),
            before=Money(alarm.cost_before, preflight.CURRENCY),
        )
    return say_n(
        "another rule decides about %(n)s person, who is or is not reached as before.",
        "another rule decides about %(n)s people, who are or are not reached as before.",
        alarm.people,
    )


def _why(alarm: RuleAlarm) -> Sentence:
    rule = remark.from_json(alarm.rule) or say("The rules changed.")
    if alarm.day is not None:
        return say("From %(day)s: %(rule)s", day=alarm.day, rule=rule)
    if alarm.voids:
        return say(
            "The rules changed after its approval, which is void by that: ask for it again. "
            "%(rule)s",
            rule=rule,
        )
    return say("The rulebook is another one: %(rule)s", rule=rule)
