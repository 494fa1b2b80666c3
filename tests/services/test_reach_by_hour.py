"""Reach by hour is what a plan for each of the hours would be."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from tests.stage import Stage
from tests.store import crowd
from webapp.domain import hour_spans, template, template_layout
from webapp.domain.broadcast import Kind
from webapp.domain.content import Content
from webapp.domain.delivery import DeliveryState
from webapp.domain.forecast import Hours
from webapp.domain.policy.situation import Region
from webapp.domain.templated import Templated
from webapp.models.brand import Brand
from webapp.models.broadcast import Broadcast
from webapp.models.channel import Channel
from webapp.models.delivery import Delivery
from webapp.models.opt_in import Consent, OptIn
from webapp.models.segment import Segment
from webapp.models.subscriber import Subscriber
from webapp.models.template import Template
from webapp.services import planning, reach_by_hour
from webapp.store import consents as ledger
from webapp.store import messages

WEEK = 7 * 24
PAIRS = [
    ("messenger", "standard"), ("messenger", "subscription"), ("messenger", "sponsored"),
    ("messenger", "utility"), ("instagram", "standard"), ("instagram", "subscription"),
    ("whatsapp", "standard"), ("whatsapp", "sponsored"), ("whatsapp", "utility"),
]  # fmt: skip
WITH_TOPIC = [PAIRS[1], PAIRS[5], PAIRS[7]]
SILENT = [PAIRS[5]]  # the rules of the day reach nobody
REGIONS = (Region.UNKNOWN, Region.AU, Region.US, Region.DE, Region.BR, Region.OTHER)
BODY: list[dict[str, object]] = [{"type": "BODY", "text": "Your order is on its way."}]
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
    {"any": [{"field": "window", "op": "closes_within", "value": 24},
             {"field": "last_inbound_at", "op": "over_days_ago", "value": 2},
             {"field": "attr.birthday", "op": "over_days_ago", "value": 5}]},
    {"all": [{"field": "topic", "op": "never_asked", "value": "events"},
             {"any": [{"field": "topic", "op": "expired", "value": "price-drops"},
                      {"field": "topic", "op": "expires_within",
                       "value": {"topic": "price-drops", "days": 2}}]}]},
    {"any": [{"field": "attr.bought_at", "op": "in_coming_days", "value": 3},
             {"field": "attr.birthday", "op": "in_coming_days", "value": 3},
             {"field": "first_seen_at", "op": "in_coming_days", "value": 1}]},
    {"any": [{"field": "received", "op": "at_least", "value": {"times": 2, "days": 7}},
             {"field": "wrote", "op": "ever", "value": {"days": 4}},
             {"all": [{"field": "read", "op": "never", "value": {"days": 7, "broadcast": 1}},
                      {"field": "share", "op": "in_share",
                       "value": {"name": "a", "percent": 50}}]}]},
    {"all": [{"field": "clicked", "op": "at_most", "value": {"times": 1, "days": 1}},
             {"field": "received", "op": "at_least", "value": {"times": 0, "days": 3}},
             {"field": "segment", "op": "not_member", "value": 1}]},
]  # fmt: skip


def near(chance: random.Random, first: datetime) -> datetime | None:
    """Unknown, or within some days, often on the very edge of an hour."""
    hour = first + timedelta(hours=chance.randint(-200, 200))
    off = chance.choice([0, 0, 1, -1, 500_000, 300_000_000])
    return chance.choice([None, hour + timedelta(microseconds=off), hour])


def opened(chance: random.Random, now: datetime) -> datetime | None:
    """No window was opened in the future."""
    at = near(chance, now)
    return None if at is None else min(at, now)


def enter_crowd(stage: Stage, chance: random.Random, size: int = 90) -> None:
    people, now = stage.people, stage.clock.now()
    with stage.house.db.writer(people.rosewood) as session:
        crowd.enter(session, people, now, chance, 40)
        for number in range(size):
            person = Subscriber(
                brand_id=people.rosewood, channel_id=people.channel, key=f"h{number}",
                region=int(chance.choice(REGIONS)), created_at=now, updated_at=now,
                window_opener=chance.choice(["message", "ad_message", None, "postback"]),
                window_ends_at=near(chance, now), last_inbound_at=near(chance, now),
                window_opened_at=opened(chance, now), free_entry_ends_at=near(chance, now),
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
    ledger.append(session, [act])
    session.add(
        Consent(
            **common, opt_in_id=act.id, since=now,
            state=chance.choice(["active", "active", "active", "stopped"]),
            token=chance.choice([None, "t", "t"]), token_expires_at=near(chance, now),
            last_used_at=near(chance, now), next_eligible_at=near(chance, now),
        )
    )  # fmt: skip


def on(session: Any, stage: Stage, platform: str, kind: str) -> None:
    """The channel is on a platform, and the brand where the kind may be sent from."""
    people = stage.people
    session.get_one(Channel, people.channel).platform = platform
    session.get_one(Brand, people.rosewood).country = "US" if kind == "sponsored" else "AU"
    category = template.needed(platform, Kind(kind))
    if category is not None:
        session.add(
            Template(
                brand_id=people.rosewood, channel_id=people.channel, key="7", name="order",
                language="en", category=category.value, state="approved", components=BODY,
                told_at=stage.clock.now(),
            )
        )  # fmt: skip
    session.flush()


def broadcast(
    session: Any, stage: Stage, kind: str, tree: dict[str, object], platform: str = "messenger"
) -> Broadcast:
    now, people = stage.clock.now(), stage.people
    common = {"brand_id": people.rosewood, "created_at": now, "updated_at": now}
    segment = Segment(**common, name=f"{kind} {tree}"[:100], tree=tree)
    session.add(segment)
    session.flush()
    row = Broadcast(
        **common, channel_id=people.channel, name=kind, kind=kind,
        topic_id=people.topic if (platform, kind) in WITH_TOPIC else None,
        segment_id=None if tree == EVERYONE else segment.id,
    )  # fmt: skip
    session.add(row)
    session.flush()
    category = template.needed(platform, Kind(kind))
    if category is not None:
        filled = Templated("order", "en", category, platform, template_layout.read(BODY))
        messages.save(session, row.id or 0, Content(template=filled), now)
    return row


@pytest.mark.parametrize(("platform", "kind"), PAIRS)
@pytest.mark.parametrize("seed", [1, 2])
def test_every_hour_is_what_a_plan_for_it_would_be(
    stage: Stage, platform: str, kind: str, seed: int
) -> None:
    chance = random.Random(seed)
    enter_crowd(stage, chance)
    first = hour_spans.whole(stage.clock.now() + timedelta(seconds=chance.choice([0, 1799])))
    with stage.house.db.writer(stage.people.rosewood) as session:
        on(session, stage, platform, kind)
        rows = [broadcast(session, stage, kind, tree, platform) for tree in (EVERYONE, *MOVING)]
        session.commit()
    plans = [plan for row in rows for plan in held_against_plans(stage, row, first, chance)]
    assert any(plan.reached for plan in plans) == ((platform, kind) not in SILENT)
    assert any(plan.cost_micros for plan in plans) == (
        kind == "sponsored" or platform == "whatsapp"
    )


def held_against_plans(
    stage: Stage, row: Broadcast, first: datetime, chance: random.Random
) -> list[planning.Forecast]:
    """Fails unless some hours equal their plans, which are returned. Of committed people: the sets
    of a transaction are kept for nobody, and would be read anew for each plan."""
    book = stage.house.book
    plans = []
    with stage.house.db.reader(stage.people.rosewood) as session:
        found = reach_by_hour.known(session, row, Hours(first, WEEK), book)
        for hour in (0, 1, 23, 24, chance.randrange(25, WEEK - 1), WEEK - 1):
            plan = planning.forecast(session, row, found.hours.at(hour), book)
            by_route = {route: n[hour] for route, n in found.by_route.items() if n[hour]}
            assert (found.audience[hour], by_route) == (plan.audience, plan.by_route), hour
            assert found.cost_micros[hour] == plan.cost_micros, hour
            plans.append(plan)
    return plans


HOUSES: list[tuple[dict[str, object] | None, dict[str, object] | None]] = [
    ({"start": "22:00", "end": "08:00"}, None),
    ({"start": "21:30", "end": "08:20"}, {"messages": 2, "days": 9}),
    ({"start": "12:00", "end": "14:00"}, {"messages": 1, "days": 3}),
    ({"start": "23:00", "end": "07:00", "then": "skip"}, None),
    (None, {"messages": 1, "days": 4}),
]
ZONES = ("Europe/Paris", "Asia/Kathmandu", "Pacific/Auckland", "Mars/Base", None)


def keep_house(
    session: Any,
    stage: Stage,
    chance: random.Random,
    quiet: dict[str, object] | None,
    cap: dict[str, object] | None,
) -> None:
    """The brand keeps to them; people live all over the world and have had messages."""
    brand = session.get_one(Brand, stage.people.rosewood)
    brand.timezone, brand.quiet_hours, brand.cap = "America/New_York", quiet, cap
    people = session.exec(select(Subscriber).where(col(Subscriber.key).like("h%"))).all()
    for person in people:
        person.timezone = chance.choice(ZONES)
    for number in range(4):
        earlier = broadcast(session, stage, "standard", EVERYONE)
        for person in chance.sample(people, len(people) // 2):
            session.add(had(stage, earlier, person, chance, number))
    session.flush()


def had(
    stage: Stage, earlier: Broadcast, person: Subscriber, chance: random.Random, number: int
) -> Delivery:
    """A message some days ago, on the edge of an hour; some were not accepted, or nobody knows."""
    state = chance.choice([DeliveryState.SENT, DeliveryState.UNKNOWN, DeliveryState.FAILED])
    claimed = stage.clock.now() - timedelta(hours=chance.randint(24 * number, 24 * number + 80))
    return Delivery(
        brand_id=earlier.brand_id, broadcast_id=earlier.id or 0, subscriber_id=person.id or 0,
        channel_id=earlier.channel_id, state=int(state), decided_at=claimed, claimed_at=claimed,
        sent_at=claimed + timedelta(seconds=1) if state is DeliveryState.SENT else None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("platform", "kind", "quiet", "cap"),
    [(*PAIRS[0], *house) for house in HOUSES]
    + [(*pair, *HOUSES[1]) for pair in (PAIRS[1], PAIRS[2], PAIRS[6])],
)
def test_quiet_hours_and_caps_are_those_of_a_plan_for_the_hour(
    stage: Stage,
    platform: str,
    kind: str,
    quiet: dict[str, object] | None,
    cap: dict[str, object] | None,
) -> None:
    chance = random.Random(11)
    enter_crowd(stage, chance, 150)
    first = hour_spans.whole(stage.clock.now() + timedelta(seconds=chance.choice([0, 1799])))
    with stage.house.db.writer(stage.people.rosewood) as session:
        on(session, stage, platform, kind)
        free = broadcast(session, stage, kind, EVERYONE, platform)
        before = reach_by_hour.known(session, free, Hours(first, WEEK), stage.house.book)
        keep_house(session, stage, chance, quiet, cap)
        for tree in (EVERYONE, MOVING[3]):
            row = broadcast(session, stage, kind, tree, platform)
            session.commit()
            held_against_plans(stage, row, first, chance)
            hour = chance.randrange(WEEK)
            at = first + timedelta(hours=hour, minutes=17)
            plan = planning.forecast(session, row, at, stage.house.book)
            curve = reach_by_hour.cost(session, row, at, stage.house.book)
            assert (curve.people, curve.cost_micros) == (plan.reached, plan.cost_micros)
        after = reach_by_hour.known(session, free, Hours(first, WEEK), stage.house.book)
    assert before.audience == after.audience
    assert before.reached != after.reached or kind in ("subscription", "sponsored")


def test_a_spacing_that_changes_while_somebody_sleeps_counts_for_their_turn(stage: Stage) -> None:
    """What a rule doubles at midnight (UTC) holds for whoever is woken after it."""
    day = datetime(2025, 8, 30, 7, tzinfo=UTC)
    stage.clock.advance(seconds=(day - stage.clock.now()).total_seconds())
    chance = random.Random(5)
    enter_crowd(stage, chance)
    with stage.house.db.writer(stage.people.rosewood) as session:
        on(session, stage, "messenger", "subscription")
        keep_house(session, stage, chance, HOUSES[0][0], HOUSES[1][1])
        row = broadcast(session, stage, "subscription", EVERYONE)
        book = stage.house.book
        found = reach_by_hour.known(session, row, Hours(day, WEEK), book, past=True)
        for hour in (*range(30, 60), WEEK - 1):
            plan = planning.forecast(session, row, found.hours.at(hour), book)
            assert (found.audience[hour], found.reached[hour]) == (plan.audience, plan.reached)


@pytest.mark.parametrize(
    ("platform", "kind", "day"),
    [
        ("messenger", "standard", datetime(2026, 9, 26, 7, tzinfo=UTC)),  # ads' windows allowed
        ("instagram", "standard", datetime(2026, 9, 26, 7, tzinfo=UTC)),
        ("messenger", "subscription", datetime(2025, 8, 30, 7, tzinfo=UTC)),  # spacing doubles
        ("messenger", "sponsored", datetime(2025, 8, 9, 7, tzinfo=UTC)),  # spacing halves
        ("whatsapp", "standard", datetime(2026, 9, 29, 7, tzinfo=UTC)),  # it costs money
    ],
)
def test_a_rule_that_changes_within_the_week_changes_the_hours_after_it(
    stage: Stage, platform: str, kind: str, day: datetime
) -> None:
    stage.clock.advance(seconds=(day - stage.clock.now()).total_seconds())
    enter_crowd(stage, random.Random(5))
    book = stage.house.book
    with stage.house.db.writer(stage.people.rosewood) as session:
        on(session, stage, platform, kind)
        row = broadcast(session, stage, kind, EVERYONE, platform)
        # by the clock of those whom the cast met in November, all of it has passed
        found = reach_by_hour.known(session, row, Hours(day, WEEK), book, past=True)
        for hour in (0, 16, 17, 40, 41, 64, 65, 100, WEEK - 1):
            plan = planning.forecast(session, row, found.hours.at(hour), book)
            assert (found.audience[hour], found.reached[hour]) == (plan.audience, plan.reached)
            assert found.cost_micros[hour] == plan.cost_micros, hour
    if platform == "whatsapp":
        assert any(found.reached[:41])
        assert (any(found.cost_micros[:41]), any(found.cost_micros[41:])) == (False, True)
