"""What a time by each person's own clock will be, zone by zone, before it is scheduled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from webapp.domain import zone as zones
from webapp.domain.departure import Departure, turn
from webapp.domain.errors import Invalid
from webapp.domain.finding import Line, Mood, Step, bad
from webapp.domain.schedule import Schedule
from webapp.domain.wall_clock import Past
from webapp.domain.wording import Sentence, say, say_n
from webapp.domain.zone import Shift
from webapp.models.broadcast import Broadcast
from webapp.services import departing, homes, recipients

MOST_NAMED = 3  # zones in a sentence; the table has them all


@dataclass(frozen=True)
class ZoneTurn:
    """People of one zone and their turn; `at` None: they have none, for the time has passed.

    `known` is False for whoever lives by the fallback zone. `shift`: what the clocks do then.
    """

    zone: str
    known: bool
    people: int
    at: datetime | None
    departure: Departure
    shift: Shift
    passed: bool


def rehearse(
    session: Session, broadcast: Broadcast, chosen: Schedule, now: datetime
) -> Sequence[ZoneTurn]:
    """Every zone of the audience, the first turn first. Raises Invalid for a segment that cannot
    be read, and nothing for a schedule that is not by each person's own clock."""
    due_at = broadcast.scheduled_at or departing.due_at(session, broadcast, chosen, now)
    if chosen.wall is None:
        return []
    since = due_at or now
    table = departing.timetable_of(session, broadcast, chosen, since)
    node = recipients.rule_of(session, broadcast)
    lived = homes.lived(session, node, since, broadcast.channel_id)
    by_home: dict[tuple[str, bool], int] = {}
    for zone, n in lived.items():
        known = table.house.zone_of(zone) == zone
        key = (zone or "", True) if known else (chosen.zone, False)
        by_home[key] = by_home.get(key, 0) + n
    found = [
        _turn(chosen, zone, table.of(zone if known else None), since, known=known, people=n)
        for (zone, known), n in by_home.items()
    ]
    return sorted(found, key=lambda it: (it.at is None, it.departure.at, -it.people, it.zone))


def _turn(
    chosen: Schedule,
    zone: str,
    departure: Departure,
    since: datetime,
    *,
    known: bool,
    people: int,
) -> ZoneTurn:
    wall = chosen.wall
    if wall is None:
        raise ValueError("This schedule has one moment for everyone.")
    at = turn(wall, zone, since)
    local = zones.local(wall.day, wall.time, zone)
    moved = departure.passed or at != local.at
    shift = Shift.EXACT if moved else local.shift
    return ZoneTurn(zone, known, people, at, departure, shift, local.at < since)


def rehearsed(
    session: Session, broadcast: Broadcast, chosen: Schedule, now: datetime
) -> Sequence[ZoneTurn]:
    """As `rehearse`; nothing for a segment that cannot be read."""
    try:
        return rehearse(session, broadcast, chosen, now)
    except Invalid:
        return []


def announced(
    session: Session, broadcast: Broadcast, chosen: Schedule, now: datetime
) -> Iterator[Sentence]:
    """What does not go as the time says; empty for a schedule with one moment for everyone."""
    return notes(chosen, rehearsed(session, broadcast, chosen, now))


def lines(
    session: Session, broadcast: Broadcast, chosen: Schedule, now: datetime
) -> Iterator[Line]:
    """The schedule's lines of the check."""
    turns = rehearsed(session, broadcast, chosen, now)
    going = [it.at for it in turns if it.at is not None]
    if turns and not going:
        words = say("This time has passed for everyone in the audience. Choose a later one.")
        yield bad(Step.SCHEDULE, "schedule", words)
        return
    if going:
        yield Line(Mood.GOOD, _span(chosen, min(going), max(going)), Step.SCHEDULE)
    for sentence in notes(chosen, turns):
        yield Line(Mood.WARN, sentence, Step.SCHEDULE)


def notes(chosen: Schedule, turns: Sequence[ZoneTurn]) -> Iterator[Sentence]:
    """What does not go as the time says, and whom it touches."""
    yield from _passed(chosen, [it for it in turns if it.passed])
    skipped = [it for it in turns if it.shift is Shift.GAP]
    if skipped:
        yield say(
            "Clocks skip this time that day in %(zones)s: it goes out at the first minute after "
            "the skip. People there: %(people)s.",
            zones=_named(skipped), people=_people(skipped),
        )  # fmt: skip
    twice = [it for it in turns if it.shift is Shift.OVERLAP]
    if twice:
        yield say(
            "Clocks show this time twice that day in %(zones)s: it goes out at the first of the "
            "two. People there: %(people)s.",
            zones=_named(twice), people=_people(twice),
        )  # fmt: skip
    unknown = _people([it for it in turns if not it.known])
    if unknown:
        yield say_n(
            "Of %(n)s person no zone is known: they live by the clocks of %(zone)s.",
            "Of %(n)s people no zone is known: they live by the clocks of %(zone)s.",
            unknown, zone=chosen.zone,
        )  # fmt: skip


def _passed(chosen: Schedule, turns: Sequence[ZoneTurn]) -> Iterator[Sentence]:
    if not turns or chosen.wall is None:
        return
    yield {
        Past.SKIP: say_n(
            "The time has passed for %(n)s person: they are skipped.",
            "The time has passed for %(n)s people: they are skipped.",
            _people(turns),
        ),
        Past.NOW: say_n(
            "The time has passed for %(n)s person: they get it with the first.",
            "The time has passed for %(n)s people: they get it with the first.",
            _people(turns),
        ),
        Past.NEXT_DAY: say_n(
            "The time has passed for %(n)s person: they get it when their clock shows it next.",
            "The time has passed for %(n)s people: they get it when their clock shows it next.",
            _people(turns),
        ),
    }[chosen.wall.past]


def _span(chosen: Schedule, first: datetime, last: datetime) -> Sentence:
    clock = f"{chosen.wall.time:%H:%M}" if chosen.wall else ""
    if first == last:
        return say("It goes out at %(clock)s by each person's own clock: on %(first)s.",
                   clock=clock, first=first)  # fmt: skip
    return say(
        "It goes out at %(clock)s by each person's own clock: first on %(first)s, last on "
        "%(last)s.",
        clock=clock, first=first, last=last,
    )  # fmt: skip


def _people(turns: Sequence[ZoneTurn]) -> int:
    return sum(it.people for it in turns)


def _named(turns: Sequence[ZoneTurn]) -> str:
    """Each zone once, also where people of no known zone live by it beside its own."""
    names = list(dict.fromkeys(it.zone.replace("_", " ") for it in turns))
    return ", ".join([*names[:MOST_NAMED], *(["…"] if len(names) > MOST_NAMED else [])])
