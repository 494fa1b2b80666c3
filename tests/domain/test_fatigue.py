from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from webapp.domain import fatigue

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
