"""Everyone judged at their own turn, by the database, is judged as one person's rows are."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest
from sqlalchemy import true
from sqlmodel import select

from tests import cast
from tests.store.test_situations import SPACING, enter_strangers
from webapp import db as database
from webapp.domain.broadcast import Kind
from webapp.domain.cap import Cap
from webapp.domain.departure import Timetable
from webapp.domain.house_rules import HouseRules
from webapp.domain.policy import rulebook
from webapp.domain.policy.situation import Situation
from webapp.domain.policy.standing import situation_at
from webapp.domain.quiet_hours import QuietHours, Then
from webapp.models.broadcast import Broadcast
from webapp.models.delivery import Delivery
from webapp.models.subscriber import Subscriber
from webapp.services import explaining
from webapp.store import caps, departures
from webapp.store.departures import Leg, Legs
from webapp.store.situations import View

ZONES = ("Europe/Paris", "America/Recife", "Asia/Tokyo", "Mars/Base", None)
BOOK = rulebook.load()
CAP = Cap(2, 3)


def enter_sent(db: database.Database, people: cast.Cast, now: datetime) -> None:
    """Everyone gets a zone or none, and some have had messages."""
    chance = random.Random(6)
    with db.writer(people.rosewood) as session:
        row = Broadcast(
            brand_id=people.rosewood, channel_id=people.channel, name="Old", kind="standard",
            created_at=now, updated_at=now,
        )  # fmt: skip
        session.add(row)
        session.flush()
        for person in session.exec(select(Subscriber)):
            person.timezone = chance.choice(ZONES)
            for run in range(chance.randint(0, 4)):
                at = now - timedelta(minutes=chance.randint(-2_000, 8_000))
                state = chance.choice([2, 2, 3, 6])
                session.add(
                    Delivery(
                        brand_id=people.rosewood, broadcast_id=row.id or 0, occurrence=run + 1,
                        subscriber_id=person.id or 0, channel_id=people.channel, state=state,
                        claimed_at=at, sent_at=at + timedelta(seconds=2) if state == 2 else None,
                    )
                )  # fmt: skip
        session.commit()


@pytest.mark.parametrize("then", list(Then))
def test_each_person_is_judged_at_the_turn_of_their_zone(
    db: database.Database, now: datetime, then: Then
) -> None:
    people = cast.enter(db, now)
    enter_strangers(db, people, now)
    enter_sent(db, people, now)
    rules = HouseRules(QuietHours(time(20), time(9), then), CAP, "Asia/Tokyo")
    table, seen = Timetable(now, rules), set()
    listed = [zone for zone in ZONES if zone and rules.zone_of(zone) == zone]
    going = [table.of(zone) for zone in listed] + [table.of(None)]
    view = View(now, people.topic, spacing=SPACING, cap=CAP)
    legs = Legs(
        tuple(Leg(at(view, it.at), at(view, it.meant), it.quiet) for it in going),
        {**{zone: n for n, zone in enumerate(listed)}, departures.NO_ZONE: len(listed)},
    )
    with db.reader(people.rosewood) as session:
        assert departures.zones(session, people.channel) == {zone for zone in ZONES if zone}
        found = departures.each(session, legs, true(), people.channel, limit=10_000)
        everyone = [(person_id, *it[:3]) for it in found for person_id in ids_of(it.ids)]
        for person_id, leg, code, meant in everyone:
            person = session.get_one(Subscriber, person_id)
            departure = table.of(person.timezone)
            assert departure == going[leg]
            known = explaining.grounds(session, person, BOOK, now)
            had = caps.had(session, [person_id], now - CAP.span).get(person_id, ())
            standing = replace(
                known.standing(Kind.SUBSCRIPTION, people.topic), house=rules, had=tuple(had)
            )
            then_, before = (
                situation_at(standing, it, SPACING) for it in (departure.at, departure.meant)
            )
            assert Situation.of(code) == then_
            assert Situation.of(meant) == replace(before, quiet=False)
            seen.add((then_.capped, then_.quiet, departure.waits))
        tallied = departures.tally(session, legs, true(), people.channel)
    assert sum(tallied.values()) == len(everyone) > 200
    assert len(seen) == 4


def ids_of(listed: str | list[int]) -> list[int]:
    """As SQLite lists them, or PostgreSQL."""
    return json.loads(listed) if isinstance(listed, str) else listed


def at(view: View, moment: datetime) -> View:
    return replace(view, at=moment)
