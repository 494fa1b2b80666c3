"""Instagram's rules, one row per clause; POL and CHG as in test_messenger."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from webapp.domain.broadcast import Kind
from webapp.domain.policy import engine, rulebook
from webapp.domain.policy.engine import Question
from webapp.domain.policy.situation import Situation, Window

BOOK = rulebook.load()


def ask(kind: Kind, day: str) -> Question:
    at = datetime.fromisoformat(day).replace(tzinfo=UTC)
    return Question("instagram", kind, at, "US", has_ad_account=True, template_approved=True)


@pytest.mark.parametrize(
    ("day", "window", "route", "rule"),
    [
        ("2026-11-22", Window.OPEN, "window", "instagram.window.24h"),  # POL
        ("2026-11-22", Window.CLOSED, "none", "instagram.window.24h"),  # POL
        ("2026-11-22", Window.AD, "window", "instagram.window.ad"),  # POL of 2026-09-28
        ("2026-09-27", Window.AD, "none", "instagram.window.ad"),  # POL of 2026-09-11
        ("2021-06-01", Window.OPEN, "none", "book.silent"),  # before the book
    ],
)
def test_a_standard_message_needs_the_window(
    day: str, window: Window, route: str, rule: str
) -> None:
    decision = engine.decide(Situation(window=window), ask(Kind.STANDARD, day), BOOK)
    assert (decision.route, decision.reason.rule_id) == (route, rule)


@pytest.mark.parametrize("kind", [Kind.SUBSCRIPTION, Kind.SPONSORED, Kind.UTILITY])
def test_instagram_carries_no_other_kind(kind: Kind) -> None:  # CHG: no broadcast tags, no paid
    refusal = engine.refuse_kind(ask(kind, "2026-11-22"), BOOK)
    assert refusal is not None
    assert refusal.rule_id == f"instagram.{kind}.none"


def test_instagram_counts_bytes() -> None:
    limits = BOOK.content_limits("instagram", datetime(2026, 11, 22, tzinfo=UTC))
    assert (limits.text, limits.measure("é")) == (1000, 2)
