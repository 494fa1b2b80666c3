from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from webapp.domain.broadcast import Kind
from webapp.domain.policy import engine, rulebook
from webapp.domain.policy.engine import Question
from webapp.domain.policy.situation import Situation, Window
from webapp.domain.policy.verdict import Until

BOOK = rulebook.load()


def ask(kind: Kind, day: str) -> Question:
    at = datetime.fromisoformat(day).replace(tzinfo=UTC)
    return Question("instagram", kind, at, "US", has_ad_account=True, template_approved=True)


@pytest.mark.parametrize("kind", [Kind.SUBSCRIPTION, Kind.SPONSORED, Kind.UTILITY])
def test_instagram_carries_no_other_kind(kind: Kind) -> None:  # CHG: no broadcast tags, no paid
    refusal = engine.refuse_kind(ask(kind, "2026-11-22"), BOOK)
    assert refusal is not None
    assert refusal.rule_id == f"instagram.{kind}.none"
    assert str(refusal.sentence).startswith("Instagram has no ")


@pytest.mark.parametrize("kind", Kind)
def test_before_its_first_day_the_book_says_when_it_begins(kind: Kind) -> None:
    decision = engine.decide(Situation(window=Window.OPEN), ask(kind, "2021-06-01"), BOOK)
    assert (decision.allowed, decision.reason.rule_id) == (False, "book.begins")
    assert "from 2021-06-02 on" in str(decision.reason.sentence)
    assert (decision.until, decision.reason.rule_ends_on) == (Until.RULE_END, date(2021, 6, 1))
