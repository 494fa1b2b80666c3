"""Broadcasts the practice brand has sent: each with its ledger, from which its counts follow.

Nothing here is a number of its own: a run's rows are rolled by seeded dice, what the rules of
that day say of each situation is asked of the rulebook, and the counts by day and hour are the
sums of these rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlmodel import Session

from webapp.domain.broadcast import BroadcastState, Kind
from webapp.domain.delivery import DeliveryState
from webapp.domain.policy.situation import Region, Situation, TopicConsent, Window, region_of
from webapp.models.broadcast import Broadcast, Message, Occurrence
from webapp.models.delivery import Decision, Delivery
from webapp.services.demonstration.crowd import Invented
from webapp.services.demonstration.seasons import Letter
from webapp.store import bulk

SHARES: Final = {Kind.STANDARD: 0.34, Kind.SUBSCRIPTION: 0.2, Kind.SPONSORED: 0.3}  # in a segment
OPEN: Final = 0.62  # of them have their window open
OPTED_IN: Final = 0.8  # of a subscription's segment
RATE: Final = 40  # a second
REFUSED: Final = 0.006  # by the platform, for this person
REFUSAL: Final = ("551", "This person is not available right now.")
# What people do: the share of those who did the thing before, and the mean of minutes after it.
ARRIVES: Final = (("delivered", 0.965, 0.2), ("read", 0.68, 95))
ANSWERS: Final = (("clicked", 0.15, 20), ("replied", 0.09, 45))


@dataclass(frozen=True)
class Person:
    id: int
    invented: Invented


@dataclass
class Counts:
    """By day of the brand and kind, and by hour (UTC); nothing has happened after `until`."""

    zone: ZoneInfo
    until: datetime
    days: dict[tuple[date, str], Counter[str]] = field(default_factory=dict)
    hours: dict[datetime, Counter[str]] = field(default_factory=dict)

    def add(
        self, at: datetime, kind: str, name: str, n: int = 1, day_of: datetime | None = None
    ) -> None:
        """As `store.rollups.add`: by the day of `day_of`, by the hour of `at`."""
        day = (day_of or at).astimezone(self.zone).date()
        self.days.setdefault((day, kind), Counter())[name] += n
        hour = at.replace(minute=0, second=0, microsecond=0)
        self.hours.setdefault(hour, Counter())[name] += n


@dataclass(frozen=True)
class Run:
    """A broadcast that was sent, and everything its rows share."""

    broadcast: Broadcast
    occurrence: Occurrence
    message: Message
    decided: Mapping[int, Decision]  # by situation code


def due_at(letter: Letter, zone: ZoneInfo) -> datetime:
    return datetime.combine(letter.on, time(letter.hour), zone)


def situations(
    letter: Letter, people: Sequence[Person], dice: Random, at: datetime
) -> dict[int, int]:
    """Who was in the segment then, each in one situation: person id -> code."""
    known = [p for p in people if p.invented.first_seen_at < at]
    chosen = dice.sample(known, int(len(known) * SHARES[letter.kind]))
    return {p.id: _situation(letter, p.invented, dice, at).code for p in chosen}


def rows(
    run: Run, chosen: Mapping[int, int], dice: Random, counts: Counts
) -> Iterator[dict[str, Any]]:
    """The ledger of a run, one row a person; `counts` grows by what the rows say."""
    kind, moment = run.broadcast.kind, run.occurrence.started_at or run.occurrence.due_at
    for place, (person_id, code) in enumerate(sorted(chosen.items())):
        decision = run.decided[code]
        counts.add(moment, kind, "planned")
        row = _planned(run, person_id, decision, moment)
        if decision.stance != "allows":
            counts.add(moment, kind, "skipped")
        else:
            _send(row, moment + timedelta(seconds=1 + place / RATE), dice, counts, kind)
        yield row


def write(session: Session, found: Sequence[dict[str, Any]]) -> None:
    bulk.add(session, Delivery, found)


def broadcast_of(
    letter: Letter, brand_id: int, channel_id: int, campaign_id: int, at: datetime, by: int
) -> Broadcast:
    made_at = at - timedelta(days=3)
    return Broadcast(
        brand_id=brand_id,
        channel_id=channel_id,
        campaign_id=campaign_id,
        name=letter.name,
        kind=letter.kind.value,
        state=BroadcastState.DONE.value,
        schedule={"mode": "at", "at": at.isoformat(), "zone": str(at.tzinfo), "grace_minutes": 30},
        scheduled_at=at,
        budget_micros=8_000_000 if letter.kind is Kind.SPONSORED else None,
        created_by=by,
        created_at=made_at,
        updated_at=at,
    )


def _situation(letter: Letter, person: Invented, dice: Random, at: datetime) -> Situation:
    """As SQL would have reduced them at that moment."""
    stopped = person.stopped_at is not None and person.stopped_at <= at
    is_open = dice.random() < OPEN
    agreed = letter.topic is not None and dice.random() < OPTED_IN
    return Situation(
        window=Window.OPEN if is_open else Window.CLOSED,
        recent_human=is_open,
        topic=TopicConsent.ACTIVE if agreed else TopicConsent.NONE,
        paid_token=letter.kind is Kind.SPONSORED,
        opted_out=stopped,
        region=region_of(person.country) if person.country else Region.UNKNOWN,
    )


def _planned(run: Run, person_id: int, decision: Decision, at: datetime) -> dict[str, Any]:
    allowed = decision.stance == "allows"
    return {
        "brand_id": run.broadcast.brand_id,
        "broadcast_id": run.broadcast.id,
        "occurrence": run.occurrence.number,
        "step": 0,
        "subscriber_id": person_id,
        "channel_id": run.broadcast.channel_id,
        "state": int(DeliveryState.QUEUED if allowed else DeliveryState.SKIPPED),
        "route": decision.route,
        "reason": None if allowed else decision.reason,
        "detail": None,
        "decision_id": decision.id,
        "rule_ids": decision.reason,
        "rulebook_version": decision.rulebook_version,
        "decided_at": at,
        "message_id": run.message.id,
        "claimed_at": None,
        "platform_message_id": None,
        "price_micros": decision.price_micros,
        "fallback": False,
        "finished_at": at,
        "sent_at": None,
        "delivered_at": None,
        "read_at": None,
        "clicked_at": None,
        "replied_at": None,
    }


def _send(row: dict[str, Any], at: datetime, dice: Random, counts: Counts, kind: str) -> None:
    row["claimed_at"] = at
    row["finished_at"] = at + timedelta(milliseconds=180)
    if dice.random() < REFUSED:
        row["state"], (row["reason"], row["detail"]) = int(DeliveryState.FAILED), REFUSAL
        counts.add(at, kind, "failed")
        return
    row["state"], row["sent_at"] = int(DeliveryState.SENT), row["finished_at"]
    row["platform_message_id"] = f"m_{dice.getrandbits(96):024x}"
    counts.add(at, kind, "sent")
    counts.add(at, kind, "spend_micros", row["price_micros"])
    _react(row, dice, counts, kind)


def _react(row: dict[str, Any], dice: Random, counts: Counts, kind: str) -> None:
    """Each fact needs the one before it; a person who answers has read."""
    at = row["sent_at"]
    for name, share, minutes in ARRIVES:
        at = at + timedelta(minutes=dice.expovariate(1 / minutes))
        if dice.random() >= share or at > counts.until:
            return
        row[f"{name}_at"] = at
        counts.add(at, kind, name, day_of=row["finished_at"])
    for name, share, minutes in ANSWERS:
        then = at + timedelta(minutes=dice.expovariate(1 / minutes))
        if dice.random() < share and then <= counts.until:
            row[f"{name}_at"] = then
            counts.add(then, kind, name, day_of=row["finished_at"])
