"""Messenger's rules, one row per clause; the comment names the source.

POL, SEND, CHG: the policy, send-messages and changelog pages of the Messenger platform.
MMSEND, MMCHG, FAQ: send page, changelog and FAQ of marketing messages on Messenger.
OLD: the policy-overview and changelog/archive pages, older copies.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from webapp.domain.broadcast import Kind
from webapp.domain.policy import engine, rulebook
from webapp.domain.policy.engine import Question
from webapp.domain.policy.situation import (
    SITUATIONS,
    Region,
    Situation,
    TopicConsent,
    Window,
)
from webapp.domain.policy.verdict import Decision, Route, Stance, Until

BOOK = rulebook.load()
NOW = "2026-11-22"
ANA: Mapping[str, object] = {"window": Window.OPEN}
BEN: Mapping[str, object] = {}
DAO: Mapping[str, object] = {"topic": TopicConsent.ACTIVE, "region": Region.AU}
DAO_IN_US: Mapping[str, object] = {"topic": TopicConsent.ACTIVE, "region": Region.US}
PAID: Mapping[str, object] = {"paid_token": True, "region": Region.US}
EVERYTHING = frozenset(
    {
        *("subscription_beta", "pages_messaging_subscriptions"),
        *("page_subscription_messaging", "news_page_index"),
    }
)


def noon(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(hour=12, tzinfo=UTC)


def ask(kind: Kind, day: str, country: str | None = "AU", **facts: object) -> Question:
    return Question(
        "messenger",
        kind,
        noon(day),
        country,
        has_ad_account=bool(facts.pop("ad_account", True)),
        template_approved=True,
        **facts,  # type: ignore[arg-type]
    )


def decide(question: Question, person: Mapping[str, object]) -> Decision:
    return engine.decide(Situation(**person), question, BOOK)  # type: ignore[arg-type]


OPEN, CLOSED, AD = {"window": Window.OPEN}, {"window": Window.CLOSED}, {"window": Window.AD}
WINDOW_CASES = [
    (NOW, OPEN, "window", "messenger.window.24h", Until.WINDOW_END),  # POL: 24 h, promotion allowed
    (NOW, CLOSED, "none", "messenger.window.24h", Until.WHEN_THEY_WRITE),  # POL
    ("2020-03-03", OPEN, "window", "messenger.window.24h", Until.WINDOW_END),  # OLD: 24+1
    ("2020-03-03", CLOSED, "none", "messenger.window.24h", Until.WHEN_THEY_WRITE),  # OLD: +1 unused
    ("2020-03-04", OPEN, "window", "messenger.window.24h", Until.WINDOW_END),  # OLD: +1 removed
    ("2016-11-14", OPEN, "window", "messenger.window.24h", Until.WINDOW_END),  # OLD: first day
    ("2016-11-13", OPEN, "none", "book.begins", Until.RULE_END),  # before the book
    ("2026-09-27", AD, "none", "messenger.window.ad", Until.WHEN_THEY_WRITE),  # POL of 2026-09-11
    ("2026-09-28", AD, "window", "messenger.window.ad", Until.WINDOW_END),  # POL of 2026-09-28
    (NOW, {**OPEN, "opted_out": True}, "none", "consent.stop", Until.WHEN_THEY_OPT_IN),  # POL
    (
        NOW,
        {**OPEN, "unavailable": True},
        "none",
        "person.unavailable",
        Until.WHEN_THEY_WRITE,
    ),  # 551
    (NOW, {**OPEN, "region": Region.FR}, "window", "messenger.window.24h", Until.WINDOW_END),
    (NOW, {**CLOSED, "recent_human": True}, "none", "messenger.window.24h", Until.WHEN_THEY_WRITE),
]


@pytest.mark.parametrize(("day", "person", "route", "rule", "until"), WINDOW_CASES)
def test_a_standard_message_needs_the_window(
    day: str, person: Mapping[str, object], route: str, rule: str, until: Until
) -> None:
    decision = decide(ask(Kind.STANDARD, day), person)
    assert (decision.route, decision.reason.rule_id, decision.until) == (route, rule, until)


NONE, STOPPED = {"topic": TopicConsent.NONE}, {"topic": TopicConsent.STOPPED}
EXPIRED, NO_TOKEN = {"topic": TopicConsent.EXPIRED}, {"topic": TopicConsent.NO_TOKEN}
IN_AU = {"region": Region.AU}
TOPIC_CASES = [
    # day, brand's country, person, route, rule
    (NOW, "AU", DAO, "subscription", "messenger.subscription.recurring"),  # FAQ: still alive there
    (NOW, "AU", {**NONE, **IN_AU}, "none", "messenger.subscription.opt_in"),  # OLD: opt-in needed
    (NOW, "AU", {**STOPPED, **IN_AU}, "none", "messenger.subscription.stopped"),  # ERR 10/1893015
    (NOW, "AU", {**EXPIRED, **IN_AU}, "none", "messenger.subscription.expired"),  # messaging_optins
    (NOW, "AU", {**NO_TOKEN, **IN_AU}, "none", "messenger.subscription.token"),  # messaging_optins
    (NOW, "FR", DAO, "subscription", "messenger.subscription.recurring"),  # FAQ: EU
    (NOW, "GB", DAO, "subscription", "messenger.subscription.recurring"),  # FAQ: UK
    (NOW, "JP", DAO, "subscription", "messenger.subscription.recurring"),  # FAQ: JP
    (NOW, "KR", DAO, "subscription", "messenger.subscription.recurring"),  # FAQ: KR
    (NOW, "US", DAO, "none", "messenger.subscription.regions"),  # FAQ: ended elsewhere
    (NOW, None, DAO, "none", "messenger.subscription.regions"),  # unknown brand: strictest
    (NOW, "AU", DAO_IN_US, "none", "messenger.subscription.regions"),  # both
    (NOW, "AU", {**DAO, "region": Region.UNKNOWN}, "none", "messenger.subscription.regions"),
    ("2026-02-09", "US", DAO_IN_US, "subscription", "messenger.subscription.recurring"),
    ("2026-02-10", "US", DAO_IN_US, "none", "messenger.subscription.regions"),
    ("2022-05-19", "US", DAO_IN_US, "subscription", "messenger.subscription.recurring"),
    ("2022-05-18", "US", DAO_IN_US, "none", "messenger.subscription.approval"),  # POL
    ("2019-06-01", "US", DAO, "none", "messenger.subscription.approval"),  # OLD: Page approval
    (NOW, "AU", {**DAO, "opted_out": True}, "none", "consent.stop"),  # POL
]  # fmt: skip


@pytest.mark.parametrize(("day", "country", "person", "route", "rule"), TOPIC_CASES)
def test_a_subscription_message_needs_a_living_opt_in_where_they_still_exist(
    day: str, country: str | None, person: Mapping[str, object], route: str, rule: str
) -> None:
    decision = decide(ask(Kind.SUBSCRIPTION, day, country), person)
    assert (decision.route, decision.reason.rule_id) == (route, rule)


@pytest.mark.parametrize(
    ("day", "approval"),
    [
        ("2017-02-12", "subscription_beta"),  # OLD: beta from 2016-11-14
        ("2017-02-13", "pages_messaging_subscriptions"),  # OLD: app-level permission
        ("2018-12-03", "pages_messaging_subscriptions"),  # OLD
        ("2018-12-04", "page_subscription_messaging"),  # OLD: Page-level, app-level honoured
        ("2019-07-30", "pages_messaging_subscriptions"),  # OLD: the last day of the app's
        ("2019-07-31", "page_subscription_messaging"),  # OLD: Page-level only
        ("2020-03-04", "news_page_index"),  # POL: news Pages only
    ],
)
def test_before_tokens_a_subscription_message_needed_the_approval_of_its_day(
    day: str, approval: str
) -> None:
    allowed = ask(Kind.SUBSCRIPTION, day, "US", approvals=frozenset({approval}))
    others = ask(Kind.SUBSCRIPTION, day, "US", approvals=EVERYTHING - {approval})
    assert decide(allowed, {"topic": TopicConsent.NO_TOKEN}).allowed
    either = day in ("2018-12-04", "2019-07-30")
    assert decide(others, {"topic": TopicConsent.NO_TOKEN}).allowed is either


@pytest.mark.parametrize(
    ("rule", "day", "hours"),
    [
        ("messenger.subscription.spacing", "2025-08-31", 24),  # CHG: effectively daily
        ("messenger.subscription.spacing", "2025-09-01", 48),  # FAQ: cooldown 24 h -> 48 h
        ("messenger.sponsored.spacing", "2025-08-10", 24),  # MMCHG
        ("messenger.sponsored.spacing", "2025-08-11", 12),  # MMCHG
    ],
)
def test_the_spacing_of_a_token_is_that_of_its_day(rule: str, day: str, hours: int) -> None:
    row = BOOK.rule(rule, noon(day))
    assert row is not None
    assert row.params["hours"] == hours
    assert str(hours) in str(row.sentence)


@pytest.mark.parametrize(
    ("kind", "person", "rule"),
    [
        (Kind.SUBSCRIPTION, {**DAO, "topic_spaced": False}, "messenger.subscription.spacing"),
        (Kind.SPONSORED, {**PAID, "paid_spaced": False}, "messenger.sponsored.spacing"),
    ],
)
def test_a_token_used_lately_holds_until_its_spacing_ends(
    kind: Kind, person: Mapping[str, object], rule: str
) -> None:
    decision = decide(ask(kind, NOW), person)
    assert (decision.held, decision.reason.rule_id) == (True, rule)
    assert decision.until is Until.SPACING_END


PAID_CASES = [
    # day, brand's country, person, route, rule
    (NOW, "US", PAID, "sponsored", "messenger.sponsored.token"),  # MMSEND
    (NOW, "US", {"region": Region.US}, "none", "messenger.sponsored.token"),  # MMGROW: token needed
    (NOW, "AU", PAID, "sponsored", "messenger.sponsored.token"),  # MMSEND: AU may send
    (
        NOW,
        "AU",
        {**PAID, **IN_AU},
        "none",
        "messenger.sponsored.recipient_regions",
    ),  # and not receive
    (NOW, "US", {**PAID, "region": Region.EU}, "none", "messenger.sponsored.recipient_regions"),
    (NOW, "US", {**PAID, "region": Region.UK}, "none", "messenger.sponsored.recipient_regions"),
    (NOW, "US", {**PAID, "region": Region.JP}, "none", "messenger.sponsored.recipient_regions"),
    (NOW, "US", {**PAID, "region": Region.KR}, "none", "messenger.sponsored.recipient_regions"),
    (
        NOW,
        "US",
        {**PAID, "region": Region.UNKNOWN},
        "none",
        "messenger.sponsored.recipient_regions",
    ),
    (NOW, "US", {**PAID, "region": Region.OTHER}, "sponsored", "messenger.sponsored.token"),
    (NOW, "FR", PAID, "none", "messenger.sponsored.business_countries"),  # MMSEND
    (NOW, "CA", PAID, "none", "messenger.sponsored.business_countries"),  # MMSEND: not listed
    (NOW, None, PAID, "none", "messenger.sponsored.business_countries"),  # unknown: strictest
    ("2025-07-01", "US", PAID, "sponsored", "messenger.sponsored.token"),  # MMCHG: first day
    ("2025-06-30", "US", PAID, "none", "messenger.sponsored.ended"),  # FAQ: nothing in between
    ("2024-08-01", "US", PAID, "none", "messenger.sponsored.ended"),  # FAQ: ended 2024-07-31
    ("2024-07-31", "US", {"region": Region.US}, "sponsored", "messenger.sponsored.legacy"),
    ("2016-11-14", "FR", {"region": Region.EU}, "sponsored", "messenger.sponsored.legacy"),
    ("2020-12-15", "FR", {"region": Region.US}, "sponsored", "messenger.sponsored.legacy"),
    ("2020-12-16", "FR", {"region": Region.US}, "none", "messenger.sponsored.legacy_europe"),
    ("2020-12-16", "US", {"region": Region.EU}, "none", "messenger.sponsored.legacy_europe"),
    (NOW, "US", {**PAID, "opted_out": True}, "none", "consent.stop"),  # POL
]


@pytest.mark.parametrize(("day", "country", "person", "route", "rule"), PAID_CASES)
def test_a_sponsored_message_follows_the_paid_rules_of_its_day(
    day: str, country: str | None, person: Mapping[str, object], route: str, rule: str
) -> None:
    decision = decide(ask(Kind.SPONSORED, day, country), person)
    assert (decision.route, decision.reason.rule_id) == (route, rule)
    assert (decision.price_micros > 0) is decision.allowed


@pytest.mark.parametrize(
    "country",
    "AU BR CL CO HK IN ID IL MY MX NZ PE PH SA SG TW TH AE US VN".split(),  # noqa: SIM905
)
def test_brands_of_the_listed_countries_may_pay(country: str) -> None:  # MMSEND
    assert engine.refuse_kind(ask(Kind.SPONSORED, NOW, country), BOOK) is None


def test_an_old_sponsored_message_waited_for_the_window_to_end() -> None:  # Adweek 2017
    decision = decide(ask(Kind.SPONSORED, "2018-01-01"), OPEN)
    assert (decision.held, decision.until) == (True, Until.WINDOW_END)


def test_a_paid_message_needs_an_ad_account() -> None:  # MMSEND
    without = ask(Kind.SPONSORED, NOW, "US", ad_account=False)
    assert decide(without, PAID).reason.rule_id == "messenger.sponsored.ad_account"


@pytest.mark.parametrize(
    ("day", "approved", "rule", "allowed"),
    [
        (NOW, True, "messenger.utility.template", True),  # UTIL: approved templates only
        (NOW, False, "messenger.utility.template", False),
        ("2025-09-28", True, "book.silent", False),  # no trace of them before
    ],
)
def test_a_utility_message_needs_an_approved_template(
    day: str, *, approved: bool, rule: str, allowed: bool
) -> None:
    question = Question("messenger", Kind.UTILITY, noon(day), "US", template_approved=approved)
    decision = decide(question, BEN)
    assert (decision.reason.rule_id, decision.allowed) == (rule, allowed)


@pytest.mark.parametrize(
    ("facts", "until"),
    [({"quiet": True}, Until.QUIET_END), ({"capped": True}, Until.CAP_END)],
)
def test_quiet_hours_and_caps_hold_every_kind(facts: Mapping[str, object], until: Until) -> None:
    for kind, person in ((Kind.STANDARD, ANA), (Kind.SUBSCRIPTION, DAO), (Kind.SPONSORED, PAID)):
        decision = decide(ask(kind, NOW), {**person, **facts})
        assert (decision.held, decision.allowed, decision.until) == (True, False, until)
        assert decision.later.value != "none"


def test_a_suspended_channel_holds_everybody_and_refuses_no_kind() -> None:
    suspended = ask(Kind.STANDARD, NOW, channel_suspended=True)
    decision = decide(suspended, ANA)
    assert (decision.held, decision.until) == (True, Until.CHANNEL_RESUMES)
    assert engine.refuse_kind(suspended, BOOK) is None


def test_a_human_agent_window_is_known_and_never_used_by_a_broadcast() -> None:  # CHG 2021-06-02
    row = BOOK.rule("messenger.human_agent.7d", noon(NOW))
    assert row is not None
    assert (row.route, row.kinds, row.params["days"]) == (Route.HUMAN_AGENT, frozenset(), 7)
    assert all(Route.HUMAN_AGENT not in routes for routes in engine.ROUTES_OF_KIND.values())


def test_every_denial_says_a_sentence_with_a_source() -> None:
    for code in range(0, SITUATIONS, 211):
        decision = engine.decide(Situation.of(code), ask(Kind.SPONSORED, NOW), BOOK)
        for verdict in decision.verdicts:
            assert str(verdict.sentence).endswith(".")
            assert verdict.source
        assert decision.reason.stance is Stance.ALLOWS or not decision.allowed
