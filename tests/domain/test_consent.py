from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain import consent
from webapp.domain.consent import Act, Action, Source, Standing, State, TopicStanding
from webapp.domain.policy.situation import TopicConsent

DAY = datetime(2026, 11, 1, tzinfo=UTC)
TOPIC = "price-drops"


def on(day: int) -> datetime:
    return DAY + timedelta(days=day)


def act(
    day: int,
    action: Action,
    topic: str | None = TOPIC,
    source: Source = Source.WEBHOOK,
    token: str | None = None,
) -> Act:
    return Act(action, on(day), topic, source, token)


def state(*acts: Act, topic: str = TOPIC) -> State | None:
    found = consent.standing(acts).topics.get(topic)
    return found.state if found else None


def test_an_opt_in_counts_from_its_own_time() -> None:
    found = consent.standing([act(3, Action.OPT_IN, token="t")])
    assert found.topics[TOPIC] == TopicStanding(State.ACTIVE, on(3), "t")


def test_nobody_stands_anywhere_without_an_act() -> None:
    assert consent.standing([]) == Standing()


def test_an_older_stop_that_arrives_late_does_not_undo_a_newer_opt_in() -> None:
    assert state(act(5, Action.OPT_IN), act(2, Action.STOP)) is State.ACTIVE


def test_at_the_same_instant_a_stop_wins() -> None:
    assert state(act(2, Action.STOP), act(2, Action.OPT_IN)) is State.STOPPED


@pytest.mark.parametrize("source", [Source.IMPORT, Source.API])
@pytest.mark.parametrize("day", [1, 9])
@pytest.mark.parametrize("stop", [Action.STOP, Action.STOP_ALL])
def test_a_list_never_brings_back_somebody_who_stopped(
    source: Source, day: int, stop: Action
) -> None:
    topic = TOPIC if stop is Action.STOP else None
    acts = [act(5, stop, topic), act(day, Action.OPT_IN, source=source)]
    found = consent.standing(acts)
    stopped = found.topics.get(TOPIC) is None or found.topics[TOPIC].state is State.STOPPED
    assert found.stopped_all or stopped


def test_a_list_cannot_resume_either() -> None:
    stop = act(1, Action.STOP_ALL, None)
    assert consent.standing([stop, act(2, Action.RESUME, None, Source.IMPORT)]).stopped_all


def test_stop_all_lasts_until_the_person_resumes_and_gives_every_topic_back() -> None:
    acts = [act(1, Action.OPT_IN, token="t"), act(2, Action.STOP_ALL, None)]
    assert consent.standing(acts).stopped_all
    resumed = consent.standing([*acts, act(3, Action.RESUME, None)])
    assert not resumed.stopped_all
    assert resumed.topics[TOPIC].state is State.ACTIVE


def test_a_new_opt_in_after_stop_all_takes_back_its_own_topic_only() -> None:
    acts = [
        act(1, Action.OPT_IN, "news"),
        act(1, Action.OPT_IN),
        act(2, Action.STOP_ALL, None),
        act(3, Action.OPT_IN),
    ]
    assert not consent.standing(acts).stopped_all
    assert (state(*acts), state(*acts, topic="news")) == (State.ACTIVE, State.STOPPED)


def test_a_topic_stopped_by_itself_stays_stopped_after_start() -> None:
    acts = [act(1, Action.OPT_IN), act(2, Action.STOP), act(3, Action.STOP_ALL, None)]
    assert state(*acts, act(4, Action.RESUME, None)) is State.STOPPED


def test_a_resume_brings_the_token_back_and_a_refresh_renews_it() -> None:
    acts = [act(1, Action.OPT_IN, token="a"), act(2, Action.STOP), act(3, Action.RESUME)]
    resumed = consent.standing(acts).topics[TOPIC]
    assert (resumed.state, resumed.token) == (State.ACTIVE, "a")
    renewed = consent.standing([*acts, act(4, Action.REFRESH, token="b")]).topics[TOPIC]
    assert (renewed.token, renewed.since) == ("b", on(3))


many_acts = st.lists(
    st.builds(
        act,
        st.integers(0, 3),
        st.sampled_from(Action),
        st.sampled_from([TOPIC, None]),
        st.sampled_from(Source),
        st.sampled_from([None, "a", "b"]),
    ),
    max_size=4,
)


@given(many_acts)
def test_order_and_repetition_change_nothing(acts: list[Act]) -> None:
    expected = consent.standing(acts)
    for order in itertools.permutations(acts):
        assert consent.standing([*order, *acts]) == expected


@pytest.mark.parametrize(
    ("topic", "seen"),
    [
        (None, TopicConsent.NONE),
        (TopicStanding(State.STOPPED, DAY, "t"), TopicConsent.STOPPED),
        (TopicStanding(State.ACTIVE, DAY), TopicConsent.NO_TOKEN),
        (TopicStanding(State.ACTIVE, DAY, "t"), TopicConsent.ACTIVE),
        (TopicStanding(State.ACTIVE, DAY, "t", on(10)), TopicConsent.EXPIRED),  # at its very end
        (TopicStanding(State.ACTIVE, DAY, "t", on(11)), TopicConsent.ACTIVE),
        (TopicStanding(State.STOPPED, DAY, "t", on(1)), TopicConsent.STOPPED),
    ],
)
def test_the_rules_see_a_standing_as_of_now(
    topic: TopicStanding | None, seen: TopicConsent
) -> None:
    assert consent.topic_consent(topic, on(10)) is seen


@pytest.mark.parametrize(
    ("opted_in", "months", "expires"),
    [
        ("2026-01-15", 6, "2026-07-15"),
        ("2026-08-31", 6, "2027-02-28"),
        ("2027-08-31", 6, "2028-02-29"),
        ("2026-12-01", 12, "2027-12-01"),
        ("2026-03-31", 9, "2026-12-31"),
    ],
)
def test_a_token_lives_calendar_months(opted_in: str, months: int, expires: str) -> None:
    def at(day: str) -> datetime:
        return datetime.fromisoformat(day).replace(tzinfo=UTC)

    assert consent.token_expiry(at(opted_in), months) == at(expires)


@pytest.mark.parametrize(
    ("hours_ago", "platform_in_hours", "free"),
    [(None, None, True), (47, None, False), (48, None, True), (50, 1, False), (50, 0, True)],
)
def test_a_token_rests_until_its_spacing_has_passed(
    hours_ago: int | None, platform_in_hours: int | None, *, free: bool
) -> None:
    used = None if hours_ago is None else DAY - timedelta(hours=hours_ago)
    eligible = None if platform_in_hours is None else DAY + timedelta(hours=platform_in_hours)
    assert consent.spaced(used, timedelta(hours=48), DAY, eligible) is free


def test_a_naive_act_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"Act\.at has no time zone"):
        Act(Action.OPT_IN, datetime(2026, 11, 1))  # noqa: DTZ001
