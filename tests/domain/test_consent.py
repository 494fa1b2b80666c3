from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain import consent
from webapp.domain.consent import Act, Action, Source, Standing, State

DAY = datetime(2026, 11, 1, tzinfo=UTC)


def act(day: int, action: Action, source: str = Source.WEBHOOK, token: str | None = None) -> Act:
    return Act(day, 1, action, DAY + timedelta(days=day), source, token)


def test_an_opt_in_counts_from_its_own_time() -> None:
    assert consent.standing([act(3, Action.OPT_IN)]) == Standing(
        State.ACTIVE, DAY + timedelta(days=3), 3
    )


def test_nobody_stands_anywhere_without_an_act() -> None:
    assert consent.standing([]) is None


def test_an_older_stop_that_arrives_late_does_not_undo_a_newer_opt_in() -> None:
    found = consent.standing([act(5, Action.OPT_IN), act(2, Action.STOP)])
    assert found is not None
    assert found.state is State.ACTIVE


def test_at_the_same_instant_a_stop_wins() -> None:
    found = consent.standing([act(2, Action.STOP), act(2, Action.OPT_IN)])
    assert found is not None
    assert found.state is State.STOPPED


@pytest.mark.parametrize("day", [1, 9])
def test_an_import_never_resubscribes_somebody_who_stopped(day: int) -> None:
    found = consent.standing([act(5, Action.STOP), act(day, Action.OPT_IN, Source.IMPORT)])
    assert found is not None
    assert found.state is State.STOPPED


def test_a_resume_brings_the_token_back_and_a_refresh_renews_it() -> None:
    acts = [act(1, Action.OPT_IN, token="a"), act(2, Action.STOP), act(3, Action.RESUME)]
    resumed = consent.standing(acts)
    assert resumed is not None
    assert (resumed.state, resumed.token) == (State.ACTIVE, "a")
    renewed = consent.standing([*acts, act(4, Action.REFRESH, token="b")])
    assert renewed is not None
    assert (renewed.token, renewed.since) == ("b", DAY + timedelta(days=3))


def test_stop_all_lasts_until_the_person_resumes() -> None:
    stop, again, start = act(1, Action.STOP_ALL), act(2, Action.STOP_ALL), act(3, Action.RESUME)
    assert consent.opted_out_since([again, stop]) == stop.at
    assert consent.opted_out_since([start, again, stop]) is None
    assert consent.opted_out_since([act(3, Action.RESUME, Source.IMPORT), stop]) == stop.at


acts = st.lists(
    st.builds(
        act,
        st.integers(0, 4),
        st.sampled_from([Action.OPT_IN, Action.STOP, Action.RESUME, Action.REFRESH]),
        st.sampled_from([Source.WEBHOOK, Source.IMPORT]),
        st.sampled_from([None, "a", "b"]),
    ),
    max_size=4,
)


@given(acts)
def test_order_and_repetition_change_nothing(given_acts: list[Act]) -> None:
    def shape(found: Standing | None) -> object:
        return found and (found.state, found.since, found.token)

    expected = shape(consent.standing(given_acts))
    for order in itertools.permutations(given_acts):
        assert shape(consent.standing([*order, *given_acts])) == expected
