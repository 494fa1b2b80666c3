from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from webapp.domain import fatigue
from webapp.domain.fatigue import Spread

TODAY = date(2026, 1, 20)


@dataclass
class Day:
    day: date
    sent: int = 0
    new_subscribers: int = 0


def test_weeks_begin_on_mondays_and_end_today() -> None:
    weeks = fatigue.weeks([], 0, 2026, TODAY)
    assert [week.monday for week in weeks] == [
        date(2025, 12, 29),
        date(2026, 1, 5),
        date(2026, 1, 12),
        date(2026, 1, 19),
    ]
    assert [week.number for week in weeks] == [1, 2, 3, 4]
    assert len(fatigue.weeks([], 0, 2025, TODAY)) == 53


def test_a_week_counts_the_people_known_by_then() -> None:
    rows = [
        Day(date(2025, 12, 28), sent=999, new_subscribers=999),  # before the first week
        Day(date(2025, 12, 30), sent=100, new_subscribers=100),
        Day(date(2026, 1, 4), sent=200),
        Day(date(2026, 1, 5), sent=800, new_subscribers=100),
        Day(date(2026, 1, 21), sent=999),  # still to come
    ]
    first, second, third, fourth = fatigue.weeks(rows, 200, 2026, TODAY)
    assert (first.sent, first.people, first.rate) == (300, 300, 1.0)
    assert (second.sent, second.people, second.rate) == (800, 400, 2.0)
    assert (third.rate, fourth.sent) == (0.0, 0)
    assert fatigue.busiest((first, second, third)) == second


def test_a_week_over_new_year_counts_the_same_in_both_years() -> None:
    rows = [Day(date(2025, 12, 30), sent=100), Day(date(2026, 1, 2), sent=200)]
    *_, last = fatigue.weeks(rows, 200, 2025, TODAY)
    first, *_ = fatigue.weeks(rows, 200, 2026, TODAY)
    assert last == first
    assert last.sent == 300


def test_the_busiest_week_is_named_and_held_against_the_cap() -> None:
    weeks = fatigue.weeks([Day(date(2026, 1, 5), sent=820)], 200, 2026, TODAY)
    assert str(fatigue.finding(weeks, 3)) == (
        "Week 2, from 2026-01-05, sent 4.1 messages to each person, over the cap of 3."
    )
    assert str(fatigue.finding(weeks, 5)) == (
        "The busiest week was week 2, from 2026-01-05: 4.1 messages a person; 5 is the most."
    )


def test_few_people_give_no_rate() -> None:
    weeks = fatigue.weeks([Day(date(2026, 1, 5), sent=820)], 99, 2026, TODAY)
    assert weeks[1].rate is None
    assert "Too few" in str(fatigue.finding(weeks, 3))
    assert "Too few" in str(fatigue.finding((), 3))


def test_who_got_nothing_is_whoever_got_none_of_the_others() -> None:
    week = Spread(date(2026, 11, 16), 200, (50, 20, 10, 4), 200)
    assert (week.none, week.more, week.share_of_more) == (116, 4, 0.02)
    assert Spread(week.monday, 80, (50, 40, 0, 0), 130).none == 0  # some were erased since


def test_the_sentence_names_the_last_week_and_the_worst() -> None:
    calm = Spread(date(2026, 11, 16), 200, (50, 20, 10, 4), 200)
    hard = Spread(date(2026, 11, 9), 200, (10, 10, 10, 100), 900)
    few = Spread(date(2026, 11, 23), 3, (0, 0, 0, 3), 12)
    said = str(fatigue.spread_finding([hard, calm, few]))
    assert "16 Nov" in said or "2026-11-16" in said
    assert "2026-11-09" in said or "9 Nov" in said
    assert "most did in" not in str(fatigue.spread_finding([calm]))
    assert "most did in" not in str(fatigue.spread_finding([calm, hard]))
    assert "Too few" in str(fatigue.spread_finding([few]))
    assert "Too few" in str(fatigue.spread_finding([]))
