"""How a broadcast is put to the book and to the database, by platform."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from webapp.domain.broadcast import Kind
from webapp.domain.policy import rulebook
from webapp.domain.policy.situation import Region, Situation, Window
from webapp.models.brand import Brand
from webapp.models.channel import Channel
from webapp.services import asking

BOOK = rulebook.load()


def ask(platform: str, kind: Kind, now: datetime, *, approved: bool = False) -> asking.Asked:
    brand = Brand(slug="rosewood", name="Rosewood", country="BR", created_at=now)
    channel = Channel(
        brand_id=1, app_id=1, platform=platform, key="1", name="One", access_token="",
        ad_account="act_1", created_at=now,
    )  # fmt: skip
    return asking.ask(brand, channel, kind, None, now, BOOK, template_approved=approved)


@pytest.mark.parametrize(
    ("platform", "kind", "paid", "general", "hours"),
    [
        ("messenger", Kind.STANDARD, False, False, 0),
        ("messenger", Kind.SUBSCRIPTION, False, False, 48),
        ("messenger", Kind.SPONSORED, True, False, 12),
        ("instagram", Kind.SUBSCRIPTION, False, False, 0),
        ("whatsapp", Kind.STANDARD, False, True, 0),
        ("whatsapp", Kind.SPONSORED, False, True, 0),  # by template, without a token
    ],
)
def test_the_database_looks_up_what_the_platforms_rules_ask_for(
    now: datetime, platform: str, kind: Kind, *, paid: bool, general: bool, hours: int
) -> None:
    view = ask(platform, kind, now).view
    assert (view.paid, view.general) == (paid, general)
    assert view.spacing == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("kind", "approved", "route", "price"),
    [
        (Kind.STANDARD, False, "window", 6_800),
        (Kind.UTILITY, True, "utility", 6_800),
        (Kind.UTILITY, False, "none", 0),
        (Kind.SPONSORED, True, "sponsored", 62_500),
        (Kind.SPONSORED, False, "none", 0),
        (Kind.SUBSCRIPTION, True, "none", 0),
    ],
)
def test_a_whatsapp_channel_is_asked_about_by_whatsapps_rules(
    now: datetime, kind: Kind, *, approved: bool, route: str, price: int
) -> None:
    ana = Situation(window=Window.OPEN, opted_in=True, region=Region.BR)
    decision = ask("whatsapp", kind, now, approved=approved).decide(ana.code)
    assert (decision.route.value, decision.price_micros) == (route, price)
