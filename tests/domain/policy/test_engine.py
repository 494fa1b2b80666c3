from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.policy.test_situation import any_situation
from webapp.domain.broadcast import Kind
from webapp.domain.policy import engine, rulebook
from webapp.domain.policy.engine import Question
from webapp.domain.policy.situation import Region, Situation, Window
from webapp.domain.policy.verdict import Route, Stance, Until

BOOK = rulebook.load()
NOW = datetime(2026, 11, 22, 20, tzinfo=UTC)
moments = st.integers(0, 12 * 365 * 24).map(
    lambda hours: datetime(2016, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
)
questions = st.builds(
    Question,
    platform=st.sampled_from(["messenger", "instagram", "whatsapp"]),
    kind=st.sampled_from(Kind),
    at=moments,
    business_country=st.sampled_from(["AU", "US", "FR", "BR", "JP", None]),
    channel_suspended=st.booleans(),
    has_ad_account=st.booleans(),
    template_approved=st.booleans(),
    approvals=st.sampled_from([frozenset(), frozenset({"news_page_index"})]),
)


@given(any_situation, questions)
def test_nothing_is_allowed_that_any_rule_forbids_or_holds(
    situation: Situation, question: Question
) -> None:
    decision = engine.decide(situation, question, BOOK)
    stances = {verdict.stance for verdict in decision.verdicts}
    assert decision.allowed is (stances == {Stance.ALLOWS})
    assert decision.held is (stances in ({Stance.ALLOWS, Stance.HOLDS}, {Stance.HOLDS}))


@given(any_situation, questions)
def test_a_decision_is_of_one_piece(situation: Situation, question: Question) -> None:
    decision = engine.decide(situation, question, BOOK)
    assert decision.reason in decision.verdicts
    assert decision.until is decision.reason.until
    assert (decision.route in decision.routes) is decision.allowed
    assert decision.route in (*engine.ROUTES_OF_KIND[question.kind], Route.NONE)
    assert not (decision.allowed and decision.held)
    assert bool(decision.ends) is not decision.allowed


@given(any_situation, questions)
def test_a_stop_or_a_block_is_never_overruled(situation: Situation, question: Question) -> None:
    for gone in (replace(situation, opted_out=True), replace(situation, unavailable=True)):
        decision = engine.decide(gone, question, BOOK)
        assert not decision.allowed
        assert not decision.held


@given(any_situation, questions)
def test_a_kind_refused_for_everyone_is_allowed_to_no_one(
    situation: Situation, question: Question
) -> None:
    refusal = engine.refuse_kind(question, BOOK)
    if refusal is not None:
        decision = engine.decide(situation, question, BOOK)
        assert not decision.allowed
        assert refusal.rule_id in {verdict.rule_id for verdict in decision.verdicts} or (
            decision.reason.stance is Stance.DENIES
        )


@given(any_situation, questions)
def test_an_unknown_country_is_allowed_only_what_every_country_is(
    situation: Situation, question: Question
) -> None:
    unknown = engine.decide(replace(situation, region=Region.UNKNOWN), question, BOOK)
    if unknown.allowed:
        for region in Region:
            known = engine.decide(replace(situation, region=region), question, BOOK)
            assert known.allowed
            assert known.price_micros <= unknown.price_micros


def _turning_days() -> list[date]:
    return sorted({change.day for change in BOOK.changes(date(2016, 1, 1), date(2028, 1, 1))})


@pytest.mark.parametrize("day", _turning_days(), ids=str)
def test_a_rule_turns_at_midnight_utc_and_not_before(day: date) -> None:
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    before = BOOK.holding(midnight - timedelta(microseconds=1)).rules
    after = BOOK.holding(midnight).rules
    assert before != after
    assert BOOK.holding(midnight + timedelta(hours=23, minutes=59)).rules == after


def test_the_day_of_a_rule_is_the_utc_day_wherever_the_question_comes_from() -> None:
    tokyo = datetime.fromisoformat("2026-02-10T08:59:59+09:00")  # still 9 February in UTC
    question = Question("messenger", Kind.SUBSCRIPTION, tokyo, "US")
    assert engine.refuse_kind(question, BOOK) is None
    later = replace(question, at=tokyo + timedelta(seconds=1))
    refusal = engine.refuse_kind(later, BOOK)
    assert refusal is not None
    assert refusal.rule_id == "messenger.subscription.regions"


def test_a_refused_kind_names_rule_source_and_sentence() -> None:
    refusal = engine.refuse_kind(Question("messenger", Kind.SPONSORED, NOW, "FR"), BOOK)
    assert refusal is not None
    assert refusal.rule_id == "messenger.sponsored.business_countries"
    assert refusal.source.startswith("https://developers.facebook.com/")
    assert "certain countries" in str(refusal.sentence)


def test_a_kind_no_rule_speaks_of_is_refused() -> None:
    refusal = engine.refuse_kind(Question("carrier-pigeon", Kind.STANDARD, NOW, "US"), BOOK)
    assert refusal is not None
    assert refusal.rule_id == "book.silent"


def test_a_refusal_with_a_last_day_ends_with_the_rule() -> None:
    at = datetime(2025, 1, 1, tzinfo=UTC)
    refusal = engine.refuse_kind(Question("messenger", Kind.SPONSORED, at, "US"), BOOK)
    assert refusal is not None
    assert (refusal.until, refusal.rule_ends_on) == (Until.RULE_END, date(2025, 6, 30))


def test_every_wait_of_a_hold_is_named() -> None:
    held = Situation(window=Window.OPEN, quiet=True, capped=True)
    decision = engine.decide(held, Question("messenger", Kind.STANDARD, NOW), BOOK)
    assert decision.later is Route.WINDOW
    assert set(decision.ends) == {Until.QUIET_END, Until.CAP_END}


def test_a_paid_message_without_a_price_is_not_sent() -> None:
    unpriced = replace(BOOK, cards=())
    question = Question("messenger", Kind.SPONSORED, NOW, "US", has_ad_account=True)
    decision = engine.decide(Situation(paid_token=True, region=Region.US), question, unpriced)
    assert decision.reason.rule_id == "book.price"


def test_a_naive_time_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"Question\.at has no time zone"):
        Question("messenger", Kind.STANDARD, datetime(2026, 11, 22))  # noqa: DTZ001
    with pytest.raises(ValueError, match="no time zone"):
        BOOK.holding(datetime(2026, 11, 22))  # noqa: DTZ001
