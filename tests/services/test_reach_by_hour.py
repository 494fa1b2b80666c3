"""Reach by hour is what a plan for each of the hours would be."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.stage import Stage
from tests.store import crowd
from webapp.domain.forecast import Hours
from webapp.domain.policy.situation import Region
from webapp.models.brand import Brand
from webapp.models.broadcast import Broadcast
from webapp.models.opt_in import Consent, OptIn
from webapp.models.segment import Segment
from webapp.models.subscriber import Subscriber
from webapp.services import planning, reach_by_hour

WEEK = 7 * 24
EVERYONE: dict[str, object] = {"all": []}
MOVING: list[dict[str, object]] = [
    {"all": [{"field": "window", "op": "open"}]},
    {"any": [{"field": "window", "op": "closed"}, {"field": "country", "op": "is", "value": "FR"}]},
    {"all": [{"field": "last_inbound_at", "op": "within_days", "value": 2},
             {"none": [{"field": "topic", "op": "opted_in", "value": "price-drops"}]}]},
    {"any": [{"field": "first_seen_at", "op": "not_within_days", "value": 3},
             {"all": [{"field": "topic", "op": "not_opted_in", "value": "price-drops"},
                      {"field": "opted_out", "op": "is", "value": False}]}]},
    {"any": [{"field": "attr.birthday", "op": "within_days", "value": 3},
             {"field": "attr.bought_at", "op": "within_days", "value": 1}]},
    {"none": [{"field": "attr.birthday", "op": "within_days", "value": 1},
              {"field": "tag", "op": "has", "value": "vip"}]},
]  # fmt: skip


def near(chance: random.Random, first: datetime) -> datetime | None:
    """Unknown, or within some days, often on the very edge of an hour."""
    hour = first + timedelta(hours=chance.randint(-200, 200))
    off = chance.choice([0, 0, 1, -1, 500_000, 300_000_000])
    return chance.choice([None, hour + timedelta(microseconds=off), hour])


def enter_crowd(stage: Stage, chance: random.Random, size: int = 90) -> None:
    people, now = stage.people, stage.clock.now()
    with stage.house.db.writer(people.rosewood) as session:
        crowd.enter(session, people, now, chance, 40)
        for number in range(size):
            person = Subscriber(
                brand_id=people.rosewood, channel_id=people.channel, key=f"h{number}",
                region=int(chance.choice(list(Region))), created_at=now, updated_at=now,
                window_opener=chance.choice(["message", "ad_message", None, "postback"]),
                window_ends_at=near(chance, now), last_inbound_at=near(chance, now),
                country=chance.choice(["FR", None]),
                opted_out_at=chance.choice([None, None, None, now]),
                unavailable_at=chance.choice([None, None, None, now]),
                erased_at=chance.choice([None, None, None, None, now]),
            )  # fmt: skip
            session.add(person)
            session.flush()
            if chance.random() < 0.7:
                enter_consent(session, stage, person, chance)
        session.commit()


def enter_consent(session: Any, stage: Stage, person: Subscriber, chance: random.Random) -> None:
    now, people = stage.clock.now(), stage.people
    common = {"brand_id": people.rosewood, "subscriber_id": person.id, "topic_id": people.topic}
    act = OptIn(**common, action="opt_in", at=now, recorded_at=now)
    session.add(act)
    session.flush()
    session.add(
        Consent(
            **common, opt_in_id=act.id, since=now,
            state=chance.choice(["active", "active", "active", "stopped"]),
            token=chance.choice([None, "t", "t"]), token_expires_at=near(chance, now),
            last_used_at=near(chance, now), next_eligible_at=near(chance, now),
        )
    )  # fmt: skip


def broadcast(session: Any, stage: Stage, kind: str, tree: dict[str, object]) -> Broadcast:
    now, people = stage.clock.now(), stage.people
    common = {"brand_id": people.rosewood, "created_at": now, "updated_at": now}
    segment = Segment(**common, name=f"{kind} {tree}"[:100], tree=tree)
    session.add(segment)
    session.flush()
    row = Broadcast(
        **common, channel_id=people.channel, name=kind, kind=kind,
        topic_id=people.topic if kind == "subscription" else None,
        segment_id=None if tree == EVERYONE else segment.id,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


@pytest.mark.parametrize("tree", [EVERYONE, *MOVING])
@pytest.mark.parametrize("kind", ["standard", "subscription", "sponsored"])
@pytest.mark.parametrize("seed", [1, 2])
def test_every_hour_is_what_a_plan_for_it_would_be(
    stage: Stage, kind: str, tree: dict[str, object], seed: int
) -> None:
    chance = random.Random(seed)
    enter_crowd(stage, chance)
    first = reach_by_hour.whole(stage.clock.now() + timedelta(seconds=chance.choice([0, 1799])))
    book = stage.house.book
    with stage.house.db.writer(stage.people.rosewood) as session:
        if kind == "sponsored":
            session.get_one(Brand, stage.people.rosewood).country = "US"
        row = broadcast(session, stage, kind, tree)
        found = reach_by_hour.known(session, row, Hours(first, WEEK), book)
        for hour in (0, 1, 2, 23, 24, *chance.sample(range(WEEK), 12), WEEK - 1):
            plan = planning.forecast(session, row, found.hours.at(hour), book)
            by_route = {route: n[hour] for route, n in found.by_route.items() if n[hour]}
            assert (found.audience[hour], by_route) == (plan.audience, plan.by_route), hour
            assert found.cost_micros[hour] == plan.cost_micros


@pytest.mark.parametrize(
    ("kind", "day"),
    [
        ("standard", datetime(2026, 9, 26, 7, 0, tzinfo=UTC)),  # windows of ads are allowed
        ("subscription", datetime(2025, 8, 30, 7, 0, tzinfo=UTC)),  # the spacing doubles
        ("sponsored", datetime(2025, 8, 9, 7, 0, tzinfo=UTC)),  # the spacing halves
    ],
)
def test_a_rule_that_changes_within_the_week_changes_the_hours_after_it(
    stage: Stage, kind: str, day: datetime
) -> None:
    stage.clock.advance(seconds=(day - stage.clock.now()).total_seconds())
    enter_crowd(stage, random.Random(5))
    book = stage.house.book
    with stage.house.db.writer(stage.people.rosewood) as session:
        if kind == "sponsored":
            session.get_one(Brand, stage.people.rosewood).country = "US"
        row = broadcast(session, stage, kind, EVERYONE)
        found = reach_by_hour.known(session, row, Hours(day, WEEK), book)
        for hour in (0, 16, 17, 40, 41, 64, 65, 100, WEEK - 1):
            plan = planning.forecast(session, row, found.hours.at(hour), book)
            assert (found.audience[hour], found.reached[hour]) == (plan.audience, plan.reached)
