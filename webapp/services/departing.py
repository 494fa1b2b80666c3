"""When everyone of a broadcast has their turn, and what is decided about them there.

A run without quiet hours has one turn for all, and nothing here costs it anything. Otherwise each
zone has its own, and people are decided about once per situation and turn. Who is allowed at their
turn is queued until then; who would have been allowed when the turn was meant to be, and is not any
more when the quiet hours end, is told so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlmodel import Session

from webapp.domain import house_rules as house
from webapp.domain import schedule as schedules
from webapp.domain import zone as zones
from webapp.domain.departure import (
    MISSED,
    PASSED,
    WORDS,
    Departure,
    Timetable,
    first_turn,
    last_turn,
)
from webapp.domain.errors import Invalid
from webapp.domain.policy.verdict import Decision, Stance, Verdict
from webapp.domain.schedule import Schedule
from webapp.models.brand import Brand
from webapp.models.broadcast import Broadcast, Occurrence
from webapp.services import asking, house_rules
from webapp.services.asking import Asked
from webapp.store import departures
from webapp.store.departures import Leg, Legs

NO_ZONE = departures.NO_ZONE


@dataclass(frozen=True)
class Answer:
    """What becomes of people at their turn: sent then, or kept out for `reason`.

    `decided` is the rules' word on the situation `code`; `due_at` None: nothing to wait for.
    `hoped`: not now, for their window is closed, and this is decided if they open it by `due_at`.
    """

    code: int
    decided: Decision
    due_at: datetime | None = None
    sleeps: bool = False  # it is quiet hours that they wait for
    reason: Verdict | None = None  # kept out by the house, whatever `decided` says
    hoped: Decision | None = None

    @property
    def allowed(self) -> bool:
        return self.reason is None and self.decided.allowed

    @property
    def queued(self) -> bool:
        return self.allowed or self.hoped is not None


@dataclass(frozen=True)
class Journey:
    """The turns of one run: `departures` by their place in `legs`."""

    legs: Legs
    departures: Sequence[Departure]
    asked: Sequence[tuple[Asked, Asked]]  # at each turn, and when it was meant to be
    awaits_until: datetime | None = None

    def answer(self, leg: int, code: int, meant: int) -> Answer:
        departure, (then, before) = self.departures[leg], self.asked[leg]
        decided = then.decide(code)
        if decided.allowed and not (departure.passed or departure.missed):
            due_at = departure.at if departure.waits else None
            return Answer(code, decided, due_at, departure.sleeps)
        hoped = then.hoped(code) if self.awaits_until else None
        if hoped is not None:
            return Answer(code, decided, self.awaits_until, hoped=hoped)
        earlier = before.decide(meant)
        if not earlier.allowed:
            return Answer(meant, earlier)
        return Answer(code, decided, reason=_house_reason(decided, departure))


def at_once(asked: Asked, code: int, awaits_until: datetime | None) -> Answer:
    """What becomes of people who all have their turn now."""
    decided = asked.decide(code)
    hoped = asked.hoped(code) if awaits_until and not decided.allowed else None
    return Answer(code, decided, awaits_until if hoped else None, hoped=hoped)


def timetable(
    session: Session, broadcast: Broadcast, run: Occurrence, start: datetime
) -> Timetable:
    """The turns of a run that starts then, which may be later than it was due."""
    chosen = chosen_schedule(broadcast) if run.retry_of is None else None  # these go at once
    table = timetable_of(session, broadcast, chosen, start, run.due_at)
    return replace(table, grace=schedules.grace(run.grace_minutes))


def timetable_of(
    session: Session,
    broadcast: Broadcast,
    chosen: Schedule | None,
    start: datetime,
    due_at: datetime | None = None,
) -> Timetable:
    """The same of a schedule that is not saved yet."""
    kept = house_rules.of(session.get_one(Brand, broadcast.brand_id))
    if chosen is None or chosen.wall is None:
        period = chosen.period if chosen else None
        return Timetable(start, kept, awaits_until=period.until if period else None)
    return Timetable(start, kept, chosen.wall, chosen.zone, due_at)


def chosen_schedule(broadcast: Broadcast) -> Schedule | None:
    """The schedule as a value; None before one is chosen."""
    try:
        return Schedule.parse(broadcast.schedule) if broadcast.schedule else None
    except Invalid:
        return None


def due_at(
    session: Session, broadcast: Broadcast, chosen: Schedule, now: datetime
) -> datetime | None:
    """When a run scheduled now is due; None where the time has passed for everyone."""
    if chosen.wall is None:
        return chosen.due_at(now)
    return first_turn(chosen.wall, _zones(session, broadcast, chosen), now)


def last_due_at(session: Session, broadcast: Broadcast, run: Occurrence) -> datetime:
    """When the last of its turns comes: the start, where all have theirs together."""
    chosen = chosen_schedule(broadcast)
    if chosen is None or chosen.wall is None:
        return run.due_at
    return last_turn(chosen.wall, _zones(session, broadcast, chosen), run.due_at) or run.due_at


def _zones(session: Session, broadcast: Broadcast, chosen: Schedule) -> set[str]:
    """Where people of the channel live, whoever's is not known by the schedule's zone."""
    lived = departures.zones(session, broadcast.channel_id)
    homes = {zone if zones.is_zone(zone) else chosen.zone for zone in lived}
    return homes or {chosen.zone}


def journey(session: Session, broadcast: Broadcast, table: Timetable, asked: Asked) -> Journey:
    """Everyone's turn by the zones people of the channel live in."""
    known = [zone for zone in departures.zones(session, broadcast.channel_id)
             if table.house.zone_of(zone) == zone]  # fmt: skip
    of_zone = {zone: table.of(zone) for zone in known}
    of_zone[NO_ZONE] = table.of(None)
    found = sorted(set(of_zone.values()))
    place = {departure: number for number, departure in enumerate(found)}
    pairs = [(asking.moved(asked, it.at), asking.moved(asked, it.meant)) for it in found]
    by_zone = {zone: place[it] for zone, it in of_zone.items()}
    return _journey(found, pairs, by_zone, table.awaits_until)


def under(going: Journey, later: timedelta) -> Journey:
    """The same turns and people, under the rules of so much later (or earlier)."""
    pairs = [
        (asking.ruled(then, later), asking.ruled(before, later)) for then, before in going.asked
    ]
    return _journey(going.departures, pairs, going.legs.of_zone, going.awaits_until)


def _journey(
    found: Sequence[Departure],
    pairs: Sequence[tuple[Asked, Asked]],
    of_zone: Mapping[str, int],
    awaits_until: datetime | None,
) -> Journey:
    legs = [
        Leg(then.view, before.view, departure.quiet)
        for departure, (then, before) in zip(found, pairs, strict=True)
    ]
    return Journey(Legs(tuple(legs), of_zone), found, pairs, awaits_until)


def _house_reason(decided: Decision, departure: Departure) -> Verdict:
    """The house kept them out: it skips, or made them wait for too long; or the time passed, or
    came while nothing was running."""
    late = PASSED if departure.passed else MISSED if departure.missed else None
    code = late or (house.SKIPPED if departure.quiet else house.OUTLASTED)
    return replace(
        decided.reason,
        rule_id=code,
        stance=Stance.DENIES,
        sentence={**house.WORDS, **WORDS}[code],
        source="brand settings",
    )
