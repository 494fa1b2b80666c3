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
from webapp.domain.policy.rules import clause as clauses
from webapp.domain.policy.situation import Region, Situation, TopicConsent, Window
from webapp.domain.policy.verdict import Route, Stance, Until
from webapp.domain.portfolio import Portfolio

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
    template_category=st.sampled_from(["", "marketing", "utility", "authentication", "new"]),
    template_state=st.sampled_from(["", "approved", "PAUSED", "pending", "disabled", "new"]),
    portfolio=st.builds(Portfolio, st.sampled_from([None, 250, 2000]), st.integers(0, 3000)),
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
def test_no_denying_rule_of_the_day_is_passed_over(
    situation: Situation, question: Question
) -> None:
    """Every rule is asked by itself, without the engine's choice of which concern the route."""
    facts = {**clauses.facts_of(situation), **question.facts}
    day = question.at.date()
    decision = engine.decide(situation, question, BOOK)
    against = [
        rule.id
        for rule in BOOK.rules
        if rule.platform in (question.platform, "any")
        and question.kind in rule.kinds
        and rule.holds_on(day)
        and rule.verdict(
            facts, question.business_country, situation.region, question.approvals
        ).stance
        is not Stance.ALLOWS
    ]
    assert not (decision.allowed and against)
    assert set(against) <= {verdict.rule_id for verdict in decision.verdicts}


MORE = {"quiet": True, "capped": True, "topic_spaced": False, "paid_spaced": False}


@given(any_situation, questions, st.sets(st.sampled_from(sorted(MORE))))
def test_one_more_reason_to_wait_never_shortens_the_wait(
    situation: Situation, question: Question, more: set[str]
) -> None:
    before = engine.decide(situation, question, BOOK)
    waiting = replace(situation, **{name: MORE[name] for name in more})  # type: ignore[arg-type]
    after = engine.decide(waiting, question, BOOK)
    assert set(before.ends) <= set(after.ends)
    assert before.allowed or not after.allowed
    assert before.held or before.allowed or not after.held


@given(any_situation, questions, st.integers(0, 3 * 365 * 24))
def test_a_later_moment_never_brings_the_end_of_a_rule_nearer(
    situation: Situation, question: Question, hours: int
) -> None:
    now = engine.decide(situation, question, BOOK)
    later_question = replace(question, at=question.at + timedelta(hours=hours))
    later = engine.decide(situation, later_question, BOOK)
    ends = {v.rule_id: v.rule_ends_on for v in now.verdicts if v.rule_ends_on is not None}
    for verdict in later.verdicts:
        if verdict.rule_id in ends and verdict.rule_ends_on is not None:
            assert verdict.rule_ends_on >= ends[verdict.rule_id]
    for found, asked in ((now, question), (later, later_question)):
        days = [v.rule_ends_on for v in found.verdicts if v.rule_ends_on is not None]
        assert all(day >= asked.at.date() for day in days)


@given(any_situation, questions, st.integers(0, 400))
def test_an_answer_changes_only_on_days_the_book_names(
    situation: Situation, question: Question, days: int
) -> None:
    later = replace(question, at=question.at + timedelta(days=days))
    if not BOOK.turns(question.at.date(), later.at.date()):
        before = engine.decide(situation, question, BOOK)
        assert engine.decide(situation, later, BOOK) == before


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


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize(
    ("platform", "day"),
    [("messenger", "2016-11-14"), ("instagram", "2021-06-02"), ("whatsapp", "2022-02-01")],
)
def test_a_time_before_the_book_is_told_when_it_begins(platform: str, day: str, kind: Kind) -> None:
    first = datetime.fromisoformat(day).replace(tzinfo=UTC)
    question = Question(platform, kind, first - timedelta(microseconds=1), "US")
    for verdict in (
        engine.decide(Situation(window=Window.OPEN, opted_in=True), question, BOOK).reason,
        engine.refuse_kind(question, BOOK),
    ):
        assert verdict is not None
        assert verdict.rule_id == "book.begins"
        assert day in str(verdict.sentence)
        assert verdict.rule_ends_on == first.date() - timedelta(days=1)


def test_a_platform_nobody_knows_is_told_so() -> None:
    decision = engine.decide(Situation(), Question("pigeon", Kind.STANDARD, NOW, "US"), BOOK)
    assert "knows no such platform" in str(decision.reason.sentence)


@pytest.mark.parametrize(
    ("platform", "kind", "country", "region", "day", "rule"),
    [
        ("messenger", Kind.SUBSCRIPTION, "AU", Region.US, "2026-03-01", "subscription.regions"),
        ("messenger", Kind.SUBSCRIPTION, "AU", Region.AU, "2026-03-01", "subscription.recurring"),
        ("messenger", Kind.SUBSCRIPTION, "US", Region.US, "2026-02-09", "subscription.recurring"),
        ("messenger", Kind.SUBSCRIPTION, "US", Region.US, "2026-02-10", "subscription.regions"),
        ("messenger", Kind.SPONSORED, "AU", Region.AU, "2026-03-01", "sponsored.recipient_regions"),
        ("whatsapp", Kind.SPONSORED, "BR", Region.US, "2025-03-31", "sponsored.template"),
        ("whatsapp", Kind.SPONSORED, "BR", Region.US, "2025-04-01", "sponsored.us_pause"),
        ("whatsapp", Kind.SPONSORED, "US", Region.BR, "2026-10-02", "sponsored.template"),
        ("whatsapp", Kind.SUBSCRIPTION, "BR", Region.BR, "2026-10-02", "subscription.none"),
        ("instagram", Kind.UTILITY, "BR", Region.BR, "2026-10-02", "utility.none"),
    ],
)
def test_who_may_write_to_whom_and_when(
    platform: str, kind: Kind, country: str, region: Region, day: str, rule: str
) -> None:
    at = datetime.fromisoformat(day).replace(tzinfo=UTC)
    question = Question(platform, kind, at, country, has_ad_account=True, template_approved=True)
    able = Situation(topic=TopicConsent.ACTIVE, paid_token=True, opted_in=True, region=region)
    assert engine.decide(able, question, BOOK).reason.rule_id == f"{platform}.{rule}"


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
