"""A rule touches the people it speaks of and the planned broadcasts it decides about."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import Session

from tests import cast as casting
from tests.cast import Cast
from webapp import db as database
from webapp.domain.broadcast import Kind
from webapp.domain.policy import rulebook
from webapp.domain.policy.rulebook import Rule
from webapp.models.brand import Brand
from webapp.models.broadcast import Broadcast
from webapp.services import planning, touching
from webapp.services.touching import Ground, Touch
from webapp.store import channels

BOOK = rulebook.load()
Put = Callable[..., int]


@pytest.fixture
def cast(db: database.Database, now: datetime) -> Cast:
    return casting.enter(db, now)


@pytest.fixture
def put(db: database.Database, cast: Cast, now: datetime) -> Put:
    """A broadcast of Rosewood."""

    def made(kind: str = "standard", **fields: object) -> int:
        with db.writer(cast.rosewood) as session:
            row = Broadcast(
                **{
                    "brand_id": cast.rosewood, "channel_id": cast.channel, "name": kind,
                    "kind": kind, "created_at": now, "updated_at": now, **fields,
                }
            )  # fmt: skip
            session.add(row)
            session.commit()
            return row.id or 0

    return made


def survey(session: Session, cast: Cast, at: datetime, now: datetime) -> Ground:
    brand = session.get_one(Brand, cast.rosewood)
    return touching.survey(session, brand, "messenger", at, BOOK, now)


def rule(rule_id: str, day: date) -> Rule:
    found = BOOK.rule(rule_id, datetime(day.year, day.month, day.day, tzinfo=UTC))
    assert found is not None
    return found


def touch(db: database.Database, cast: Cast, rule_id: str, day: date, now: datetime) -> Touch:
    at = datetime(day.year, day.month, day.day, tzinfo=UTC)
    with db.reader(cast.rosewood) as session:
        row = rule(rule_id, day)
        return touching.of_rules(survey(session, cast, at, now), [row], day)[id(row)]


SPOKEN = [  # rule, forbidden, held, allowed: Ana and Cara have an open window, Cara said STOP
    ("messenger.window.24h", 2, 0, 2),
    ("consent.stop", 1, 0, 0),
    ("messenger.sponsored.recipient_regions", 4, 0, 0),  # everybody is in France
    ("messenger.sponsored.token", 3, 0, 1),  # Dao has a token
    ("person.unavailable", 0, 0, 0),
    ("messenger.utility.template", 4, 0, 0),
]


@pytest.mark.parametrize(("rule_id", "forbidden", "held", "allowed"), SPOKEN)
def test_people_are_counted_by_what_the_rule_says_of_them(
    db: database.Database,
    cast: Cast,
    now: datetime,
    rule_id: str,
    forbidden: int,
    held: int,
    allowed: int,
) -> None:
    (said,) = touch(db, cast, rule_id, now.date(), now).spoken
    assert (said.forbidden, said.held, said.allowed) == (forbidden, held, allowed)
    assert said.topic is None


def test_a_rule_of_topics_speaks_of_each_topic(
    db: database.Database, cast: Cast, now: datetime
) -> None:
    (said,) = touch(db, cast, "messenger.subscription.opt_in", now.date(), now).spoken
    assert said.topic is not None
    assert (said.topic.name, said.forbidden, said.people) == ("Price drops", 3, 3)


def test_a_rule_about_no_broadcast_touches_nobody(
    db: database.Database, cast: Cast, put: Put, now: datetime
) -> None:
    put()
    assert touch(db, cast, "messenger.opens.message", now.date(), now) == Touch()


def test_tomorrow_counts_the_windows_that_will_have_closed(
    db: database.Database, cast: Cast, now: datetime
) -> None:
    later = now.date() + timedelta(days=2)
    (said,) = touch(db, cast, "messenger.window.24h", later, now).spoken
    assert (said.forbidden, said.allowed) == (4, 0)


def test_a_past_day_is_asked_of_people_as_they_stand_now(
    db: database.Database, cast: Cast, now: datetime
) -> None:
    (said,) = touch(db, cast, "messenger.window.24h", date(2018, 6, 1), now).spoken
    assert (said.forbidden, said.allowed) == (2, 2)


def test_a_rule_decides_about_planned_broadcasts_of_its_kind(
    db: database.Database, cast: Cast, put: Put, now: datetime
) -> None:
    tomorrow = now + timedelta(days=1)
    wanted = [
        put("standard", scheduled_at=tomorrow, state="scheduled"),
        put("standard", state="in_review"),
    ]
    put("standard", state="done", scheduled_at=tomorrow)
    put("standard", state="cancelled")
    put("sponsored", scheduled_at=tomorrow)
    put("standard", brand_id=cast.rosewood, state="paused")
    found = touch(db, cast, "messenger.window.24h", now.date(), now).planned
    assert [(it.broadcast.id, it.how) for it in found] == [(it, "decides") for it in wanted]


def test_every_reason_of_a_forecast_is_among_the_rules_that_touch_it(
    db: database.Database, cast: Cast, put: Put, now: datetime
) -> None:
    """What planning would say is never missing here, for every kind."""
    keys = {
        put(kind.value, topic_id=cast.topic if kind is Kind.SUBSCRIPTION else None) for kind in Kind
    }
    with db.reader(cast.rosewood) as session:
        ground = survey(session, cast, now, now)
        holding = BOOK.holding(now).rules
        touched = touching.of_rules(ground, holding, now.date())
        assert {it.id for it in ground.planned} == keys
        for broadcast in ground.planned:
            forecast = planning.forecast(session, broadcast, now, BOOK)
            naming = {
                row.id for row in holding
                if any(it.broadcast.id == broadcast.id for it in touched[id(row)].planned)
            }  # fmt: skip
            reasons = {it.verdict.rule_id for it in forecast.reasons} - {
                "book.silent",
                "book.price",
            }
            assert reasons <= naming
            assert reasons or forecast.reached


def test_a_rule_that_ends_first_touches_what_is_sent_after(
    db: database.Database, cast: Cast, put: Put
) -> None:
    """Marketing tokens were spaced 24 hours until 2025-08-10, and 12 since."""
    now = datetime(2025, 8, 1, 12, tzinfo=UTC)
    put("sponsored", scheduled_at=now + timedelta(days=2))
    after = put("sponsored", scheduled_at=now + timedelta(days=20))
    found = touch(db, cast, "messenger.sponsored.spacing", now.date(), now).planned
    assert [(it.broadcast.id, it.how) for it in found] == [(after, "ends")]


def test_a_change_to_come_touches_what_is_sent_from_that_day_on(
    db: database.Database, cast: Cast, put: Put
) -> None:
    now = datetime(2025, 8, 1, 12, tzinfo=UTC)
    put("sponsored", scheduled_at=now + timedelta(days=9))
    on_the_day = put("sponsored", scheduled_at=datetime(2025, 8, 11, tzinfo=UTC))
    put("standard", scheduled_at=now + timedelta(days=20))
    with db.reader(cast.rosewood) as session:
        ground = survey(session, cast, now, now)
        changes = BOOK.changes(date(2025, 7, 15), date(2025, 8, 20))
        touched = touching.of_changes(ground, changes)
    assert all(it.day > now.date() for it in changes if id(it) in touched)
    spacing = next(it for it in changes if it.rule_id == "messenger.sponsored.spacing")
    assert [(it.broadcast.id, it.how) for it in touched[id(spacing)].planned] == [
        (on_the_day, "changes")
    ]


def test_a_brand_without_a_channel_of_the_platform_is_touched_by_nothing(
    db: database.Database, cast: Cast, now: datetime
) -> None:
    with db.reader(cast.rosewood) as session:
        brand = session.get_one(Brand, cast.rosewood)
        ground = touching.survey(session, brand, "whatsapp", now, BOOK, now)
        (found,) = touching.of_rules(
            ground, [rule("consent.stop", now.date())], now.date()
        ).values()
        assert len(channels.page(session)) == 1
    assert ground.total == 0
    assert sum(it.people for it in found.spoken) == 0
