"""The walk along the hours: ends, eras, and the words for the best hour."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from webapp.domain import forecast
from webapp.domain import reach_findings as findings
from webapp.domain.forecast import Era, Hours, Standing
from webapp.domain.policy import engine, rulebook
from webapp.domain.policy.engine import Question
from webapp.domain.policy.situation import FACETS, Situation
from webapp.domain.policy.verdict import Decision, Route

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
NOT_KNOWN_AHEAD = {"quiet"}  # no situation: who sleeps has another turn, or none
HOURS = Hours(NOW, 6)


def deciding(at: datetime) -> Era:
    book, question = rulebook.load(), Question("messenger", engine.Kind.STANDARD, at, "AU")

    def decide(code: int) -> Decision:
        return engine.decide(Situation.of(code), question, book)

    return Era(0, decide)


def test_every_facet_of_a_situation_is_known_ahead_or_named_as_not() -> None:
    everything = Standing(
        window_for=9, wrote_for=9, topic=forecast.TopicConsent.STOPPED, paid_for=9,
        opted_out=True, unavailable=True, opted_in=True, free_for=9, region=forecast.Region.US,
        capped_for=9,
    )  # fmt: skip
    told = Situation.of(everything.code(0))
    assert {f.name for f in FACETS if not getattr(told, f.name)} == NOT_KNOWN_AHEAD


def test_people_are_counted_while_in_the_audience_and_while_a_route_is_open() -> None:
    people = {
        Standing(window_for=2, inside=((0, 6),)): 10,
        Standing(window_for=5, inside=((1, 3), (4, 6))): 100,
        Standing(inside=((0, 6),)): 1_000,
    }
    found = forecast.known(HOURS, people, [deciding(NOW)])
    assert found.audience == (1010, 1110, 1110, 1010, 1110, 1110)
    assert found.by_route == {Route.WINDOW: (10, 110, 100, 0, 100, 0)}
    assert found.reached == (10, 110, 100, 0, 100, 0)
    assert found.closed == (1000, 1000, 1010, 1010, 1010, 1110)
    assert found.unknown_country == 1010


def test_a_rule_that_ends_within_the_hours_ends_the_reach() -> None:
    ad = Standing(window_for=6, by_ad=True, inside=((0, 6),))
    before = deciding(datetime(2026, 9, 27, 23, 0, tzinfo=UTC))
    after = Era(2, deciding(datetime(2026, 9, 28, 0, 0, tzinfo=UTC)).decide)
    found = forecast.known(HOURS, {ad: 7}, [before, after])
    assert found.by_route == {Route.WINDOW: (0, 0, 7, 7, 7, 7)}


@pytest.mark.parametrize(
    ("people", "known", "chosen", "best", "words"),
    [
        (1_240, 1_240, 946, False, "reaches 1,240 people, 31% more than your chosen time."),
        (1_240, 900, 946, False, "expected to reach 1,240 people, 31% more"),
        (1_240, 0, 946, False, "31% more than your chosen time; who they are cannot be known"),
        (1_240, 1_240, 0, False, "reaches 1,240 people; your chosen time reaches nobody."),
        (
            1_240,
            1_240,
            1_240,
            True,
            "Your chosen time is the best of these hours: it reaches 1,240",
        ),
        (1_240, 1_240, 1_235, False, "as good as any of these hours: it reaches 1,235 people"),
        (1_240, 1_240, None, False, "reaches 1,240 people, the most of these hours."),
        (1, 1, None, False, "reaches 1 person, the most of these hours."),
    ],
)
def test_the_best_hour_is_said_with_its_number(
    people: int, known: int, chosen: int | None, words: str, *, best: bool
) -> None:
    assert words in str(findings.best(NOW, people, known, chosen, chosen_is_best=best))


def test_no_hour_at_all_is_said_too() -> None:
    assert "nobody" in str(findings.best(None, 0, 0))
