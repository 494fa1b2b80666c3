"""The check says in lines what a send would do, and what stops it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlmodel import Session

from tests.services import broadcast_stage
from tests.services.broadcast_stage import BOOK, Stage
from webapp import db as database
from webapp.domain.broadcast import Kind
from webapp.domain.content import Content
from webapp.domain.finding import Mood, Step
from webapp.domain.policy.situation import Region
from webapp.domain.policy.verdict import Route
from webapp.domain.schedule import Schedule
from webapp.models.brand import Brand
from webapp.models.subscriber import Subscriber
from webapp.services import drafting, preflight, proofreading, spread_checks
from webapp.services.planning import Forecast
from webapp.services.spread_checks import Closing

NOW_PLEASE: dict[str, object] = {"mode": "now"}


@pytest.fixture
def stage(db: database.Database, now: datetime) -> Stage:
    return broadcast_stage.enter(db, now)


def lines(check: preflight.Check, step: Step, mood: Mood) -> list[str]:
    return [str(line.words) for line in check.of(step) if line.mood is mood]


def test_everybody_of_the_audience_is_on_a_route_or_has_a_reason(stage: Stage) -> None:
    with stage.session() as session:
        made = stage.ready(session, NOW_PLEASE)
        check = preflight.check(session, made, BOOK, stage.now)
    forecast = check.forecast
    assert forecast is not None
    assert forecast.audience == 4
    assert forecast.by_route == {Route.WINDOW: 1}
    assert forecast.audience == forecast.reached + sum(r.people for r in forecast.reasons)
    assert {reason.verdict.rule_id for reason in forecast.reasons} == {
        "messenger.window.24h", "consent.stop",
    }  # fmt: skip
    assert check.errors == {}
    assert lines(check, Step.AUDIENCE, Mood.GOOD) == [
        "1 of 4 people in the audience will be written to."
    ]


def test_an_empty_audience_stops_it(stage: Stage) -> None:
    with stage.session() as session:
        made = stage.ready(session, NOW_PLEASE)
        nobody = stage.segment(session, {"field": "country", "op": "is", "value": "BR"})
        drafting.aim(session, stage.editor, made.id or 0, made.version, nobody, stage.now)
        check = preflight.check(session, made, BOOK, stage.now)
    assert list(check.errors) == ["audience"]


def test_an_audience_nobody_of_which_may_be_written_to_is_only_a_warning(stage: Stage) -> None:
    with stage.session() as session:
        made = stage.ready(session)  # in a day, when every window is closed
        check = preflight.check(session, made, BOOK, stage.now)
    assert check.errors == {}
    assert check.mood is Mood.WARN


def test_a_paid_kind_costs_what_the_rulebook_says(stage: Stage) -> None:
    with stage.session() as session:
        made = stage.ready(session, NOW_PLEASE, kind=Kind.SPONSORED, budget_micros=5_000_000)
        _lives(session, stage.cast.dao, "BR", Region.BR)
        check = preflight.check(session, made, BOOK, stage.now)
    assert check.forecast is not None
    assert (check.forecast.reached, check.forecast.cost_micros > 0) == (1, True)
    assert check.errors == {}
    (cost,) = lines(check, Step.ABOUT, Mood.GOOD)
    assert "at most" in cost


def test_a_budget_that_does_not_carry_everybody_is_a_warning_that_says_how_far_it_goes(
    stage: Stage,
) -> None:
    """The send stops at the budget by itself: nothing has to be mended before it goes out."""
    with stage.session() as session:
        made = stage.ready(session, NOW_PLEASE, kind=Kind.SPONSORED, budget_micros=1)
        _lives(session, stage.cast.dao, "BR", Region.BR)
        check = preflight.check(session, made, BOOK, stage.now)
        made.budget_micros = None
        without = preflight.check(session, made, BOOK, stage.now)
    assert check.errors == {}
    (warning,) = lines(check, Step.ABOUT, Mood.WARN)
    assert "you reach 0 of 1 person; the send stops there." in warning
    (reach,) = lines(check, Step.AUDIENCE, Mood.GOOD)
    assert reach.endswith(" may be written to."), "they will not all be"
    assert list(without.errors) == ["budget"], "a paid message without any budget has no stop"


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (Kind.SUBSCRIPTION, ["4 people have no known country: counted as the strictest region."]),
        (Kind.STANDARD, []),  # whose rules are the same everywhere
    ],
)
def test_people_without_a_country_are_counted_where_the_rules_ask_for_it(
    stage: Stage, kind: Kind, said: list[str]
) -> None:
    topic = stage.cast.topic if kind is Kind.SUBSCRIPTION else None
    with stage.session() as session:
        made = stage.ready(session, NOW_PLEASE, kind=kind, topic_id=topic)
        check = preflight.check(session, made, BOOK, stage.now)
        for person in (stage.cast.ana, stage.cast.ben, stage.cast.cara, stage.cast.dao):
            _lives(session, person, "FR", Region.FR)
        known = preflight.check(session, made, BOOK, stage.now)
    assert [it for it in lines(check, Step.AUDIENCE, Mood.WARN) if "country" in it] == said
    assert not [it for it in lines(known, Step.AUDIENCE, Mood.WARN) if "country" in it]


def test_a_subscription_reaches_who_opted_in_to_its_topic(stage: Stage) -> None:
    with stage.session() as session:
        made = stage.ready(session, NOW_PLEASE, kind=Kind.SUBSCRIPTION, topic_id=stage.cast.topic)
        _lives(session, stage.cast.dao, "FR", Region.EU)
        forecast = preflight.check(session, made, BOOK, stage.now).forecast
    assert forecast is not None
    assert forecast.by_route == {Route.SUBSCRIPTION: 1}


def test_words_that_sell_are_pointed_at_in_a_subscription(stage: Stage) -> None:
    with stage.session() as session:
        made = stage.ready(session, NOW_PLEASE, kind=Kind.SUBSCRIPTION, topic_id=stage.cast.topic)
        loud = Content(text="20% off! Soldes, code promo inside")
        drafting.write(session, stage.editor, made.id or 0, made.version, loud, stage.now)
        check = preflight.check(session, made, BOOK, stage.now)
    (warning,) = lines(check, Step.MESSAGE, Mood.WARN)
    assert "% off, soldes, code promo" in warning


def test_people_who_see_a_fallback_are_counted(stage: Stage) -> None:
    content = Content(text="{{first_name|there}}, {{city|your town}}, {{full_name|you}}")
    with stage.session() as session:
        made = stage.ready(session, NOW_PLEASE)
        drafting.write(session, stage.editor, made.id or 0, made.version, content, stage.now)
        n = proofreading.people_seeing_a_fallback(session, made, content, stage.now)
        named = Content(text="{{first_name|there}} {{full_name|you}}")
        assert proofreading.people_seeing_a_fallback(session, made, named, stage.now) == 0
        check = preflight.check(session, made, BOOK, stage.now)
    assert n == 4  # nobody has a city; not all of them may be written to
    said = "4 people in the audience would see a fallback."
    assert said in lines(check, Step.MESSAGE, Mood.GOOD)


def test_a_segment_that_can_no_longer_be_read_stops_it_and_breaks_nothing(stage: Stage) -> None:
    with stage.session() as session:
        made = stage.ready(session, NOW_PLEASE)
        odd = stage.segment(session, {"field": "attr.gone", "op": "is", "value": "x"})
        drafting.aim(session, stage.editor, made.id or 0, made.version, odd, stage.now)
        check = preflight.check(session, made, BOOK, stage.now)
    assert list(check.errors) == ["audience"]


def test_a_long_name_makes_a_message_too_long(stage: Stage) -> None:
    with stage.session() as session:
        made = stage.ready(session, NOW_PLEASE)
        person = session.get_one(Subscriber, stage.cast.ben)
        person.first_name = "B" * 30
        content = Content(text="x" * 1980 + "{{first_name|you}}")
        drafting.write(session, stage.editor, made.id or 0, made.version, content, stage.now)
        check = preflight.check(session, made, BOOK, stage.now)
    assert list(check.errors) == ["message.text"]


def test_an_attribute_nobody_knows_is_a_problem(stage: Stage) -> None:
    with stage.session() as session:
        made = stage.ready(session, NOW_PLEASE)
        content = Content(text="{{attr.shoe_size|38}}")
        found = proofreading.problems(session, made, content, BOOK, stage.now)
    assert list(found) == ["text"]


def _lives(session: Session, person: int, country: str, region: Region) -> None:
    row = session.get_one(Subscriber, person)
    row.country, row.region = country, int(region)


def test_spreading_says_how_fast_until_when_and_whose_window_closes_meanwhile(stage: Stage) -> None:
    with stage.session() as session:
        at = stage.now + timedelta(hours=1)
        chosen = {"mode": "at", "at": at.isoformat(), "zone": "UTC", "spread_minutes": 240}
        made = stage.ready(session, chosen)
        ana = session.get_one(Subscriber, stage.cast.ana)
        ana.window_ends_at = at + timedelta(hours=1)
        session.commit()
        check = preflight.check(session, made, BOOK, stage.now)
    assert check.closing == Closing(1, 1)
    good, late = (lines(check, Step.SCHEDULE, mood) for mood in (Mood.GOOD, Mood.WARN))
    assert "It is spread evenly until Sun 22 Nov 2026, 17:00 UTC: about 1 an hour." in good
    (told,) = late
    assert told.startswith("The window of 1 person closes before the spreading ends.")
    assert told.endswith("skipped: about 1, an estimate.")


def test_a_window_that_outlasts_the_spreading_closes_nobody_out(stage: Stage) -> None:
    with stage.session() as session:
        made = stage.ready(session, {"mode": "now", "spread_minutes": 60})
        check = preflight.check(session, made, BOOK, stage.now)
    assert check.closing == Closing(0, 0)
    assert lines(check, Step.SCHEDULE, Mood.WARN) == []


def test_spreading_says_when_quiet_hours_lie_in_it_and_when_the_channel_is_too_slow(
    stage: Stage,
) -> None:
    with stage.session() as session:
        made = stage.ready(session, {"mode": "now", "zone": "UTC", "spread_minutes": 600})
        brand = session.get_one(Brand, stage.cast.rosewood)
        brand.quiet_hours = {"start": "20:00", "end": "08:00"}
        session.commit()
        many = Forecast(50_000, {Route.WINDOW: 50_000})
        slow = list(spread_checks.lines(session, made, Schedule.parse(
            {"mode": "now", "spread_minutes": 5}), stage.now, many, None))  # fmt: skip
        check = preflight.check(session, made, BOOK, stage.now)
    assert any("Quiet hours begin or end" in it for it in lines(check, Step.SCHEDULE, Mood.WARN))
    assert [line.mood for line in slow] == [Mood.GOOD, Mood.WARN]
    assert "about 21 minutes" in str(slow[1].words)
