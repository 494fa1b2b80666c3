"""A timeline changes exactly where `decide` does, and says what a person would say."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.broadcast import Kind
from webapp.domain.cap import Cap
from webapp.domain.consent import State, TopicStanding
from webapp.domain.house_rules import HouseRules
from webapp.domain.policy import engine, rulebook, timeline
from webapp.domain.policy.engine import Question
from webapp.domain.policy.situation import Region, TopicConsent, Window
from webapp.domain.policy.standing import OptIn, Standing, situation_at
from webapp.domain.policy.timeline import SPAN, Stretch
from webapp.domain.policy.verdict import Route, Stance
from webapp.domain.quiet_hours import QuietHours, Then

BOOK = rulebook.load()
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUSES = (
    HouseRules(), HouseRules(), HouseRules(cap=Cap(2, 7)),
    HouseRules(QuietHours(time(22), time(8)), zone="Asia/Tokyo"),
    HouseRules(QuietHours(time(1, 15), time(2, 45), Then.SKIP), Cap(1, 3), "Europe/Paris"),
)  # fmt: skip
A_TICK = timedelta(microseconds=1)
A_SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
ASKED = Question("messenger", Kind.STANDARD, NOON, "AU", has_ad_account=True)
# Days on which much of the book changed, before the 2027 it ends in, and quiet ones.
starts = st.one_of(
    st.sampled_from(
        [
            datetime(2016, 11, 14, tzinfo=UTC), datetime(2020, 2, 20, tzinfo=UTC),
            datetime(2022, 5, 10, tzinfo=UTC), datetime(2025, 6, 20, 7, 30, tzinfo=UTC),
            datetime(2025, 8, 5, tzinfo=UTC), datetime(2025, 8, 25, 23, 59, tzinfo=UTC),
            datetime(2026, 2, 1, 18, tzinfo=UTC), datetime(2026, 9, 20, tzinfo=UTC), NOON,
        ]
    ),
    st.integers(0, 11 * 365 * 24 * 60).map(
        lambda minutes: datetime(2016, 11, 14, tzinfo=UTC) + timedelta(minutes=minutes)
    ),
)  # fmt: skip


@st.composite
def histories(draw: st.DrawFn) -> tuple[Standing, Question]:
    """A person around a moment, and a question about her at it."""
    at = draw(starts)
    near = st.one_of(
        st.none(), st.just(at), st.integers(-1_300_000, 1_300_000).map(lambda s: at + s * A_SECOND)
    )
    opt_ins = st.builds(
        OptIn,
        st.builds(TopicStanding, st.sampled_from(State), st.just(at), st.sampled_from([None, "t"]),
                  near),
        near,
        near,
    )  # fmt: skip
    standing = draw(
        st.builds(
            Standing,
            region=st.sampled_from(Region),
            window_ends_at=near,
            window_opener=st.sampled_from(["message", "ad_message", None]),
            window_opened_at=near,
            last_inbound_at=near,
            free_entry_ends_at=near,
            opted_in=st.booleans(),
            opted_out=st.sampled_from([False, False, False, True]),
            unavailable=st.sampled_from([False, False, False, True]),
            asked=st.one_of(st.none(), opt_ins),
            paid=st.lists(opt_ins, max_size=3).map(tuple),
            house=st.sampled_from(HOUSES),
            zone=st.sampled_from([None, "Europe/Paris", "America/Recife", "Nowhere"]),
            had=st.lists(st.integers(0, 700_000), max_size=3).map(
                lambda ago: tuple(at - s * A_SECOND for s in ago)
            ),
        )
    )
    question = draw(
        st.builds(
            Question,
            platform=st.sampled_from(["messenger", "messenger", "instagram", "whatsapp"]),
            kind=st.sampled_from(Kind),
            at=st.just(at),
            business_country=st.sampled_from(["AU", "US", "FR", "JP", None]),
            has_ad_account=st.booleans(),
            template_approved=st.booleans(),
        )
    )
    return standing, question


shares = st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=8)


def holding(stretches: tuple[Stretch, ...], at: datetime) -> Stretch:
    return next(s for s in reversed(stretches) if s.starts_at <= at)


def answer(standing: Standing, question: Question, at: datetime) -> object:
    """By the engine alone, at this very moment."""
    then = replace(question, at=at)
    situation = situation_at(standing, at, timeline.spacing(then, BOOK))
    return timeline.outcome(engine.decide(situation, then, BOOK))


@given(histories(), shares)
def test_at_any_moment_the_engine_says_what_the_stretch_says(
    asked: tuple[Standing, Question], sampled: list[float]
) -> None:
    standing, question = asked
    stretches = timeline.timeline(standing, question, BOOK, question.at + SPAN)
    points = [s.starts_at for s in stretches]
    moments = {question.at + share * SPAN for share in sampled}
    moments |= {point + by for point in points for by in (-A_TICK, timedelta(), A_TICK)}
    for at in moments:
        if question.at <= at < question.at + SPAN:
            said = timeline.outcome(holding(stretches, at).decision)
            assert said == answer(standing, question, at), at


@given(histories())
def test_stretches_leave_no_gap_and_no_two_neighbours_are_alike(
    asked: tuple[Standing, Question],
) -> None:
    standing, question = asked
    stretches = timeline.timeline(standing, question, BOOK, question.at + SPAN)
    assert stretches[0].starts_at == question.at
    assert stretches[-1].ends_at is None
    for one, other in pairwise(stretches):
        assert one.ends_at == other.starts_at
        assert timeline.outcome(one.decision) != timeline.outcome(other.decision)


@given(histories(), shares)
def test_nothing_is_legal_before_the_next_legal_moment_which_is_legal_itself(
    asked: tuple[Standing, Question], sampled: list[float]
) -> None:
    standing, question = asked
    first = timeline.next_legal(standing, question, BOOK)
    if first is not None:
        assert timeline.decide(standing, replace(question, at=first), BOOK).allowed
    before = (first or question.at + timedelta(days=900)) - question.at
    for share in sampled:
        at = question.at + share * before
        if at != first:
            assert not timeline.decide(standing, replace(question, at=at), BOOK).allowed


@given(histories())
def test_a_last_refusal_is_called_never_only_if_nothing_lies_ahead(
    asked: tuple[Standing, Question],
) -> None:
    standing, question = asked
    *_, last = timeline.timeline(standing, question, BOOK, question.at + SPAN)
    later = timeline.next_legal(standing, replace(question, at=last.starts_at), BOOK)
    assert last.never is (later is None)
    assert not (last.never and last.decision.allowed)


@given(histories())
def test_a_verdicts_known_end_lies_ahead(asked: tuple[Standing, Question]) -> None:
    standing, question = asked
    for verdict in timeline.decide(standing, question, BOOK).verdicts:
        end = timeline.known_end(verdict, standing, question, BOOK)
        assert end is None or end > question.at


@given(histories())
def test_what_is_allowed_ends_where_its_stretch_does(asked: tuple[Standing, Question]) -> None:
    standing, question = asked
    first, *_ = timeline.timeline(standing, question, BOOK, question.at + SPAN)
    end = timeline.ends_at(standing, question, BOOK)
    if first.ends_at is not None:
        assert end == first.ends_at
    else:
        assert end is None or end >= question.at + SPAN


def test_a_token_that_runs_out_long_after_is_told_as_the_end() -> None:
    standing = Standing(Region.EU, asked=opted_in())
    question = replace(ASKED, kind=Kind.SUBSCRIPTION)
    assert timeline.ends_at(standing, question, BOOK) == NOON + timedelta(days=100)


def opted_in(**more: datetime | None) -> OptIn:
    expires = more.pop("expires", NOON + timedelta(days=100))
    return OptIn(TopicStanding(State.ACTIVE, NOON, "t", expires), **more)


def read(standing: Standing, kind: Kind, **more: object) -> list[tuple[object, str]]:
    """A timeline as a person reads it: hours from now, and words."""
    question = replace(ASKED, kind=kind, **more)  # type: ignore[arg-type]
    found = timeline.timeline(standing, question, BOOK, question.at + SPAN)
    return [((s.starts_at - question.at) / HOUR, str(s.words)) for s in found]


@pytest.mark.parametrize(
    ("standing", "kind", "expected"),
    [
        # messenger.window.24h: until 14:05, then never by itself
        (
            Standing(Region.EU, window_ends_at=NOON + 2 * HOUR),
            Kind.STANDARD,
            [(0, "Freely, inside the window"), (2, "Never, unless they write")],
        ),
        (Standing(Region.EU), Kind.STANDARD, [(0, "Never, unless they write")]),
        # consent.stop stands above the window
        (
            Standing(Region.EU, window_ends_at=NOON + HOUR, opted_out=True),
            Kind.STANDARD,
            [(0, "Never, unless they opt in")],
        ),
        # messenger.subscription.opt_in
        (Standing(Region.EU), Kind.SUBSCRIPTION, [(0, "Never, unless they opt in")]),
        # messenger.subscription.spacing: 48 hours after the token's last use
        (
            Standing(Region.EU, asked=opted_in(last_used_at=NOON - HOUR)),
            Kind.SUBSCRIPTION,
            [
                (0, "It waits, and may go when the time between two messages is over"),
                (47, "As a subscription message"),
            ],
        ),
        # messenger.subscription.expired
        (
            Standing(Region.EU, asked=opted_in(expires=NOON + 30 * HOUR)),
            Kind.SUBSCRIPTION,
            [(0, "As a subscription message"), (30, "Never, unless they opt in")],
        ),
        # messenger.sponsored.recipient_regions: nobody in the European Economic Area
        (Standing(Region.EU), Kind.SPONSORED, [(0, "Never under the rules known today")]),
        # messenger.sponsored.spacing: 12 hours, whichever token was used
        (
            Standing(Region.US, paid=(opted_in(), opted_in(last_used_at=NOON - 2 * HOUR))),
            Kind.SPONSORED,
            [
                (0, "It waits, and may go when the time between two messages is over"),
                (10, "As a paid message"),
            ],
        ),
        # messenger.utility.template
        (
            Standing(Region.EU, unavailable=True),
            Kind.UTILITY,
            [(0, "Never under the rules known today")],
        ),
    ],
)
def test_a_person_reads_when_and_unless_what(
    standing: Standing, kind: Kind, expected: list[tuple[object, str]]
) -> None:
    assert read(standing, kind) == expected


def test_a_day_on_which_the_rules_change_begins_a_stretch() -> None:
    """messenger.subscription.regions: ended on 2026-02-10 for brands outside five regions."""
    day = datetime(2026, 2, 10, tzinfo=UTC)
    question = replace(ASKED, kind=Kind.SUBSCRIPTION, at=day - 3 * HOUR, business_country="US")
    standing = Standing(Region.US, asked=opted_in())
    one, other = timeline.timeline(standing, question, BOOK, question.at + SPAN)
    assert (one.decision.route, other.decision.route) == (Route.SUBSCRIPTION, Route.NONE)
    assert (one.ends_at, other.starts_at) == (day, day)
    assert other.decision.reason.rule_id == "messenger.subscription.regions"


def test_a_spacing_is_that_of_the_day_it_is_asked_on() -> None:
    """Twenty-four hours until 2025-08-31, forty-eight from the day after."""
    day = datetime(2025, 9, 1, tzinfo=UTC)
    question = replace(ASKED, kind=Kind.SUBSCRIPTION, at=day - 2 * HOUR)
    used = opted_in(last_used_at=day - 25 * HOUR)
    stretches = timeline.timeline(Standing(Region.EU, asked=used), question, BOOK, day + SPAN)
    assert [(s.starts_at - day) / HOUR for s in stretches] == [-2, -1, 0, 23]
    assert [s.decision.allowed for s in stretches] == [False, True, False, True]


def test_a_refusal_that_a_coming_rule_ends_is_not_called_never() -> None:
    """messenger.sponsored.ended: no paid message from 2024-08-01 to 2025-06-30."""
    at = datetime(2025, 3, 1, tzinfo=UTC)
    question = replace(ASKED, kind=Kind.SPONSORED, at=at)
    standing = Standing(Region.US, paid=(opted_in(),))
    (only,) = timeline.timeline(standing, question, BOOK, at + SPAN)
    assert str(only.words) == "Not under the rules of this time"
    assert timeline.next_legal(standing, question, BOOK) == datetime(2025, 7, 1, tzinfo=UTC)


def test_a_spacing_ends_when_the_verdict_says() -> None:
    question = replace(ASKED, kind=Kind.SUBSCRIPTION)
    standing = Standing(Region.EU, asked=opted_in(last_used_at=NOON - HOUR))
    decision = timeline.decide(standing, question, BOOK)
    held = next(v for v in decision.verdicts if v.stance is Stance.HOLDS)
    assert timeline.known_end(held, standing, question, BOOK) == NOON + 47 * HOUR


def test_a_windows_very_end_is_closed() -> None:
    wrote = NOON - timedelta(days=3)
    standing = Standing(window_ends_at=NOON, window_opener="ad_message", last_inbound_at=wrote)
    before, at = situation_at(standing, NOON - A_TICK), situation_at(standing, NOON)
    assert (before.window, at.window) == (Window.AD, Window.CLOSED)
    assert at.topic is TopicConsent.NONE


def test_a_persons_answer_by_hand_ends_seven_days_after_they_wrote() -> None:
    ends = NOON + timedelta(days=7)
    standing = Standing(last_inbound_at=NOON)
    assert situation_at(standing, ends - A_TICK).recent_human
    assert not situation_at(standing, ends).recent_human


@pytest.mark.parametrize(
    ("region", "kind", "hangs"),
    [
        (Region.UNKNOWN, Kind.SPONSORED, True),  # messenger.sponsored.recipient_regions
        (Region.EU, Kind.SPONSORED, False),
        (Region.UNKNOWN, Kind.STANDARD, False),  # no rule of the window asks for the country
    ],
)
def test_an_unknown_country_is_named_where_it_made_the_answer(
    region: Region, kind: Kind, *, hangs: bool
) -> None:
    standing = Standing(region, paid=(opted_in(),))
    question = replace(ASKED, kind=kind)
    assert timeline.hangs_on_country(standing, question, BOOK) is hangs
