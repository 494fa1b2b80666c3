"""What a broadcast costs is said for every kind the platform charges for, paid or not."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlmodel import Session

from tests.services import whatsapp_stage
from tests.services.broadcast_stage import BOOK
from tests.stage import Stage
from webapp.domain.broadcast import Kind
from webapp.domain.finding import Line, Mood
from webapp.domain.policy.verdict import Route
from webapp.models.broadcast import Broadcast
from webapp.services import pricing
from webapp.services.planning import Forecast

CENT = 10_000  # micros of a dollar


@pytest.fixture
def number(stage: Stage) -> int:
    return whatsapp_stage.add_channels(stage)["whatsapp"]


def said(stage: Stage, number: int, kind: Kind, cost: int, budget: int | None) -> tuple[Line, ...]:
    with stage.house.db.writer(stage.people.rosewood) as session:
        return tuple(_said(session, stage, number, kind, cost, budget, stage.clock.now()))


def _said(
    session: Session,
    stage: Stage,
    number: int,
    kind: Kind,
    cost: int,
    budget: int | None,
    now: datetime,
) -> list[Line]:
    route = {Kind.UTILITY: Route.UTILITY, Kind.STANDARD: Route.WINDOW}.get(kind, Route.SPONSORED)
    row = Broadcast(
        brand_id=stage.people.rosewood, channel_id=number, name="Order", kind=kind.value,
        budget_micros=budget, created_at=now, updated_at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    made = Forecast(3, {route: 3}, cost_micros=cost)
    return list(pricing.lines(session, row, made, now, BOOK))


def test_utility_messages_without_a_budget_are_warned_of_and_may_go(
    stage: Stage, number: int
) -> None:
    (line,) = said(stage, number, Kind.UTILITY, 3 * CENT, None)
    assert line.mood is Mood.WARN
    assert str(line.words) == (
        "The platform charges for these messages: up to USD 0.03. No budget stops them before."
    )


def test_a_standard_message_that_costs_nothing_needs_no_word(stage: Stage, number: int) -> None:
    assert said(stage, number, Kind.STANDARD, 0, None) == ()


def test_a_standard_message_that_costs_is_said_to(stage: Stage, number: int) -> None:
    (line,) = said(stage, number, Kind.STANDARD, CENT, None)
    assert (line.mood, "up to USD 0.01" in str(line.words)) == (Mood.WARN, True)


def test_a_paid_message_without_a_budget_is_stopped(stage: Stage, number: int) -> None:
    (line,) = said(stage, number, Kind.SPONSORED, CENT, None)
    assert line.mood is Mood.BAD


def test_a_budget_of_utility_messages_is_held_against_the_cost_with_the_source_of_the_price(
    stage: Stage, number: int
) -> None:
    (line,) = said(stage, number, Kind.UTILITY, 3 * CENT, 10 * CENT)
    assert (line.mood, str(line.words)) == (
        Mood.GOOD, "It costs at most USD 0.03 of a budget of USD 0.10.",
    )  # fmt: skip
    card = BOOK.price(None, stage.clock.now(), Route.UTILITY, "whatsapp")
    assert card is not None
    assert line.source
    assert line.source in card.source


def test_a_budget_that_does_not_carry_all_says_how_far_it_goes(stage: Stage, number: int) -> None:
    (line,) = said(stage, number, Kind.UTILITY, 3 * CENT, CENT)
    assert line.mood is Mood.WARN


def test_the_plan_and_the_ledger_count_in_the_currency_of_the_cards(stage: Stage) -> None:
    cards = [
        BOOK.price(region, stage.clock.now(), route, platform)
        for platform in ("messenger", "whatsapp")
        for route in (Route.SPONSORED, Route.UTILITY)
        for region in (None, "BR", "US")
    ]
    currencies = {card.currency for card in cards if card is not None}
    assert currencies == {pricing.CURRENCY}
