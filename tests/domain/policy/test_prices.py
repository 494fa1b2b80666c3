"""What a message costs: the whole card of 2026-10-01 (facts C1), and where nothing is charged."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from webapp.domain.broadcast import Kind
from webapp.domain.policy import engine, rulebook
from webapp.domain.policy.engine import Question
from webapp.domain.policy.region import COUNTRIES, Region
from webapp.domain.policy.situation import Situation, Window
from webapp.domain.policy.verdict import Confidence, Route

BOOK = rulebook.load()
PAID, UTILITY, SERVICE = Route.SPONSORED, Route.UTILITY, Route.WINDOW
# A country of each market; marketing, then utility and service, in US dollars (facts C1).
C1 = """
BR 0.0625 0.0068, US 0.0250 0.0034, CA 0.0250 0.0034, MX 0.0397 0.0085, IN 0.0118 0.0014,
FR 0.0859 0.0300, DE 0.1365 0.0550, GB 0.0635 0.0220, ES 0.0707 0.0200, IT 0.0795 0.0300,
NL 0.1597 0.0500, AR 0.0618 0.0260, CL 0.0889 0.0200, CO 0.0125 0.0008, PE 0.0703 0.0300,
ID 0.0411 0.0250, MY 0.0860 0.0140, SG 0.0732 0.0160, HK 0.0732 0.0260, SA 0.0576 0.0107,
AE 0.0576 0.0157, TR 0.0109 0.0009, IL 0.0353 0.0053, EG 0.0644 0.0036, MA 0.0414 0.0230,
NG 0.0516 0.0067, ZA 0.0379 0.0095, PK 0.0473 0.0150, RU 0.0802 0.0400, PL 0.0366 0.0122,
RO 0.0860 0.0290, HU 0.0860 0.0350, UA 0.0860 0.0298, KZ 0.0604 0.0180, BD 0.0732 0.0037,
LK 0.0732 0.0020, NP 0.0732 0.0034, IQ 0.0341 0.0079, KW 0.0792 0.0440, OM 0.0341 0.0247,
QA 0.0341 0.0120, KE 0.0225 0.0040, ZW 0.0225 0.0040, TH 0.0842 0.0113, VN 0.0842 0.0113,
PH 0.0842 0.0113, JP 0.0842 0.0113, AU 0.0842 0.0113, CZ 0.0860 0.0212, GR 0.0860 0.0212,
CH 0.0592 0.0171, NO 0.0592 0.0171, PT 0.0592 0.0171, PR 0.0740 0.0113, DO 0.0740 0.0113,
JM 0.0740 0.0113, UY 0.0740 0.0113, JO 0.0392 0.0091, KR 0.0604 0.0077, FJ 0.0604 0.0077,
LU 0.0604 0.0077
"""
ROWS = [row.split() for row in C1.replace("\n", " ").split(",")]


def at(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(hour=9, tzinfo=UTC)


def micros(dollars: str) -> int:
    return round(float(dollars) * 1_000_000)


@pytest.mark.parametrize(("country", "marketing", "other"), ROWS)
def test_a_country_costs_what_the_card_says(country: str, marketing: str, other: str) -> None:
    prices = [
        BOOK.price(country, at("2026-10-02"), route, "whatsapp")
        for route in (PAID, UTILITY, SERVICE)
    ]
    found = [price and price.micros for price in prices]
    assert found == [micros(marketing), micros(other), micros(other)]


def test_every_market_of_the_card_is_reached_by_some_country() -> None:
    card = BOOK.card(at("2026-10-02"), PAID, "whatsapp")
    assert card is not None
    reached = {card.markets.get(country, country) for country, _, _ in ROWS}
    assert card.rates.keys() <= reached | {"other"}
    assert len(card.rates) == 47


@pytest.mark.parametrize("region", COUNTRIES, ids=lambda region: region.name)
def test_a_person_of_a_known_region_costs_what_their_country_does(region: Region) -> None:
    for route in (PAID, UTILITY, SERVICE):
        person = BOOK.price_of(Situation(region=region), at("2026-10-02"), route, "whatsapp")
        by_country = {
            price.micros
            for country in COUNTRIES[region]
            if (price := BOOK.price(country, at("2026-10-02"), route, "whatsapp"))
        }
        assert person is not None
        assert by_country == {person.micros}


def test_an_unknown_country_costs_what_the_dearest_market_does() -> None:
    for price in (
        BOOK.price(None, at("2026-10-02"), PAID, "whatsapp"),
        BOOK.price_of(Situation(), at("2026-10-02"), PAID, "whatsapp"),
    ):
        assert price is not None
        assert (price.micros, price.market) == (159_700, "NL")


def test_a_country_that_gets_a_price_of_its_own_is_never_planned_too_cheap() -> None:
    """Fiji has no region of its own: once a card prices it, everyone in OTHER costs as much."""
    card = BOOK.card(at("2026-10-02"), PAID, "whatsapp")
    assert card is not None
    dearer = replace(card, rates={**card.rates, "FJ": (200_000, 1, 1)})
    price = dearer.price_of(Situation(region=Region.OTHER), PAID)
    assert price is not None
    assert (price.micros, price.market) == (200_000, "FJ")


OPEN, FREE = Situation(window=Window.OPEN), Situation(free_entry=True)
CLOSED, AD = Situation(), Situation(window=Window.AD)
CARDS = [
    # day, platform, country, route, situation, micros (None: not in the book)
    ("2016-11-14", "messenger", "US", PAID, CLOSED, 8_090),  # Chatfuel's own run, 8.09 per 1,000
    ("2024-07-31", "messenger", "US", PAID, CLOSED, 8_090),
    ("2024-08-01", "messenger", "US", PAID, CLOSED, None),  # nothing was for sale
    ("2025-07-01", "messenger", "US", PAID, CLOSED, 12_300),  # a sample of 0.0123
    ("2026-11-22", "messenger", None, PAID, CLOSED, 12_300),
    ("2026-11-22", "messenger", "US", SERVICE, OPEN, None),  # free
    ("2026-11-22", "instagram", "US", PAID, CLOSED, None),
    ("2023-05-31", "whatsapp", "BR", PAID, CLOSED, None),  # before the categories
    ("2023-06-01", "whatsapp", "BR", PAID, CLOSED, 159_700),  # by conversation: the dearest
    ("2025-06-30", "whatsapp", "BR", UTILITY, OPEN, 55_000),
    ("2025-07-01", "whatsapp", "BR", PAID, CLOSED, 62_500),  # PRICE: by message
    ("2025-07-01", "whatsapp", "BR", PAID, OPEN, 62_500),  # PRICE: marketing always
    ("2025-07-01", "whatsapp", "BR", PAID, FREE, 0),  # PRICE: everything in the 72 hours
    ("2026-09-30", "whatsapp", "BR", UTILITY, CLOSED, 6_800),
    ("2026-09-30", "whatsapp", "BR", UTILITY, OPEN, 0),  # PRICE: free inside the window
    ("2026-09-30", "whatsapp", "BR", UTILITY, AD, 0),
    ("2026-09-30", "whatsapp", "BR", UTILITY, FREE, 0),
    ("2026-09-30", "whatsapp", "BR", SERVICE, OPEN, None),  # PRICE: free
    ("2026-10-01", "whatsapp", "BR", UTILITY, OPEN, 6_800),  # JM: charged inside the window too
    ("2026-10-01", "whatsapp", "BR", SERVICE, OPEN, 6_800),  # JM: after 1,000; all are counted
    ("2026-10-01", "whatsapp", "BR", SERVICE, FREE, 0),  # JM: the 72 hours are unchanged
    ("2026-10-01", "whatsapp", "BR", PAID, FREE, 0),
    ("2026-10-02", "whatsapp", "BR", PAID, CLOSED, 62_500),
]


@pytest.mark.parametrize(("day", "platform", "country", "route", "person", "price"), CARDS)
def test_a_price_is_that_of_day_market_route_and_person(
    day: str, platform: str, country: str | None, route: Route, person: Situation, price: int | None
) -> None:
    found = BOOK.price(country, at(day), route, platform, person)
    assert (found and found.micros) == price


def test_every_card_of_the_book_is_in_the_table() -> None:
    met = {
        (card.id, card.valid_from)
        for day, platform, _, route, _, _ in CARDS
        if (card := BOOK.card(at(day), route, platform))
    }
    assert met == {(card.id, card.valid_from) for card in BOOK.cards}


def test_a_planning_price_owns_up_to_being_a_guess() -> None:
    messenger = BOOK.price("US", at("2026-11-22"), PAID)
    before = BOOK.price("BR", at("2026-09-30"), PAID, "whatsapp")
    assert messenger is not None
    assert before is not None
    assert (messenger.currency, messenger.confidence) == ("USD", Confidence.LOW)
    assert before.confidence is Confidence.LOW
    assert "no table" in messenger.note
    assert "stands in" in before.note


@pytest.mark.parametrize(
    ("day", "kind", "person", "price"),
    [
        ("2026-09-30", Kind.STANDARD, OPEN, 0),
        ("2026-10-01", Kind.STANDARD, OPEN, 6_800),
        ("2026-10-01", Kind.STANDARD, replace(OPEN, free_entry=True), 0),
        ("2026-09-30", Kind.UTILITY, OPEN, 0),
        ("2026-10-01", Kind.UTILITY, OPEN, 6_800),
        ("2026-10-02", Kind.SPONSORED, CLOSED, 62_500),
        ("2026-10-02", Kind.SPONSORED, FREE, 0),
    ],
)
def test_a_decision_carries_what_the_person_costs(
    day: str, kind: Kind, person: Situation, price: int
) -> None:
    asked = Question("whatsapp", kind, at(day), "BR", template_approved=True)
    ana = replace(person, region=Region.BR, opted_in=True)
    decision = engine.decide(ana, asked, BOOK)
    assert decision.allowed
    assert decision.price_micros == price


def test_rates_change_only_on_the_days_whatsapp_names() -> None:
    quarters = {(1, 1), (4, 1), (7, 1), (10, 1)}
    firsts = [c.valid_from for c in BOOK.cards if c.id == "whatsapp.price.card"]
    assert firsts == [date(2025, 7, 1), date(2026, 10, 1)]
    assert {(day.month, day.day) for day in firsts} <= quarters
