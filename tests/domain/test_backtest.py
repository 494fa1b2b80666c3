"""The comparison adds up on both sides, and its sentence says which way it goes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.backtest import Backtest, Fate
from webapp.domain.policy.verdict import Route
from webapp.domain.wording import say

WINDOW = Fate(Route.WINDOW, "window")
PAID = Fate(Route.SPONSORED, "sponsored")
CLOSED = Fate(Route.NONE, "messenger.window.24h", say("The window is closed."))
STOPPED = Fate(Route.NONE, "consent.stop", say("They said STOP."))
DAY, OWN = date(2019, 6, 1), date(2026, 11, 22)
fates = st.sampled_from([WINDOW, PAID, CLOSED, STOPPED])


def tried(people: dict[tuple[Fate, Fate], int], *, sent: bool = False) -> Backtest:
    return Backtest(DAY, OWN, datetime(2026, 11, 22, tzinfo=UTC), sent, people)


@given(st.dictionaries(st.tuples(fates, fates), st.integers(1, 5000)))
def test_everybody_is_on_both_sides(people: dict[tuple[Fate, Fate], int]) -> None:
    test = tried(people)
    assert sum(line.before for line in test.lines) == test.audience
    assert sum(line.after for line in test.lines) == test.audience
    assert sum(line.difference for line in test.lines) == 0
    moved = sum(move.people for move in test.moves)
    assert moved == sum(n for (one, other), n in people.items() if one != other)
    assert str(test.finding)


@pytest.mark.parametrize(
    ("people", "sentence"),
    [
        ({}, "Nobody is in this audience."),
        ({(WINDOW, WINDOW): 3}, "Under the rules of 2019-06-01, nothing would be different."),
        ({(WINDOW, CLOSED): 3}, "nobody could be written to; as planned it is 3 people."),
        ({(WINDOW, CLOSED): 1}, "nobody could be written to; as planned it is 1 person."),
        ({(WINDOW, CLOSED): 2, (WINDOW, WINDOW): 5},
         "5 of 7 people could be written to, 2 fewer than planned."),
        ({(CLOSED, WINDOW): 2, (STOPPED, STOPPED): 1},
         "2 of 3 people could be written to, 2 more than planned."),
        ({(CLOSED, STOPPED): 2, (WINDOW, WINDOW): 1}, "as many people are reached"),
    ],
)  # fmt: skip
def test_the_finding_says_which_way_it_goes(
    people: dict[tuple[Fate, Fate], int], sentence: str
) -> None:
    assert sentence in str(tried(people).finding)


@pytest.mark.parametrize(
    ("people", "sentence"),
    [
        ({(WINDOW, WINDOW): 3}, "nothing would have been different."),
        ({(WINDOW, CLOSED): 3}, "nobody could have been written to; 3 people were."),
        ({(WINDOW, CLOSED): 2, (WINDOW, WINDOW): 5}, "2 fewer than were."),
        ({(CLOSED, WINDOW): 2, (STOPPED, STOPPED): 1}, "2 more than were."),
    ],
)
def test_of_what_was_sent_it_says_what_could_have_been(
    people: dict[tuple[Fate, Fate], int], sentence: str
) -> None:
    assert sentence in str(tried(people, sent=True).finding)


def test_the_rule_behind_most_of_a_loss_is_named() -> None:
    test = tried({(WINDOW, STOPPED): 1, (WINDOW, CLOSED): 4, (WINDOW, WINDOW): 1})
    assert str(test.why) == "The window is closed."
    assert not test.breaks


def test_the_rule_that_was_in_the_way_of_a_gain_is_named() -> None:
    test = tried({(CLOSED, PAID): 4})
    assert str(test.why) == "What is then not in the way: The window is closed."


def test_the_same_rule_in_other_words_is_the_same_fate() -> None:
    other = Fate(Route.NONE, CLOSED.code, say("Once more after it."))
    assert tried({(CLOSED, other): 4}).moves == ()


def test_the_same_people_at_another_price_are_told_by_their_cost() -> None:
    test = replace(tried({(PAID, PAID): 4}), cost_before=395_200, cost_after=798_500)
    assert "at a cost of USD 0.80 instead of USD 0.40" in str(test.finding)
