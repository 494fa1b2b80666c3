"""What a rule of repeating names, held against dateutil's reading of the same RRULE."""

from __future__ import annotations

import itertools
from datetime import date, datetime, time, timedelta

import pytest
from dateutil import rrule
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain import recurrence
from webapp.domain.recurrence import LONGEST, MOST, Recurrence

DAYS = st.dates(date(2025, 1, 1), date(2028, 12, 31))
WEEKDAYS = st.sampled_from(recurrence.WEEKDAYS)


def listed(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(values, min_size=1, max_size=4, unique=True).map(",".join)


@st.composite
def rules(draw: st.DrawFn) -> str:
    frequency = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY"]))
    parts = [f"FREQ={frequency}", f"COUNT={draw(st.integers(1, 20))}"]
    monthly = frequency == "MONTHLY"
    # Numbered and plain weekdays in one list are an "or" in RFC 5545, and an "and" in dateutil.
    numbers = draw(st.sampled_from([[""], ["1", "-1", "+2"]])) if monthly else [""]
    weekday = st.tuples(st.sampled_from(numbers), WEEKDAYS)
    choices = {
        "INTERVAL": st.integers(1, 5).map(str),
        "WKST": WEEKDAYS,
        "BYDAY": listed(weekday.map("".join)),
        "BYMONTHDAY": listed(st.integers(1, 31).map(str) | st.integers(-5, -1).map(str)),
        "BYMONTH": listed(st.integers(1, 12).map(str)),
        **({"BYSETPOS": listed(st.sampled_from(["1", "2", "-1"]))} if monthly else {}),
    }
    # A weekly set of days of the month is no rule of RFC 5545, though dateutil reads one.
    names = [name for name in choices if not (frequency == "WEEKLY" and name == "BYMONTHDAY")]
    chosen = draw(st.lists(st.sampled_from(names), unique=True, max_size=3))
    parts += [f"{name}={draw(choices[name])}" for name in chosen]
    return ";".join(parts)


def by_dateutil(rule: str, first: date) -> list[date]:
    begin = datetime.combine(first, time())
    found = rrule.rrulestr(rule, dtstart=begin)
    within = itertools.takewhile(lambda at: at <= begin + LONGEST, found)
    return [at.date() for at in itertools.islice(within, MOST)]


@given(rules(), DAYS)
def test_a_rule_names_the_days_dateutil_says(rule: str, first: date) -> None:
    found = recurrence.read({"day": first.isoformat(), "time": "10:00", "rule": rule})
    if isinstance(found, Recurrence):
        assert list(found.days) == by_dateutil(rule, first)
    else:
        assert "names no day" in str(found["rule"][0])


@pytest.mark.parametrize(
    ("every", "first", "expected"),
    [
        ("daily", date(2026, 12, 30), ["2026-12-30", "2026-12-31", "2027-01-01"]),
        ("weekly", date(2026, 12, 30), ["2026-12-30", "2027-01-06", "2027-01-13"]),
        ("monthly", date(2026, 12, 3), ["2026-12-03", "2027-01-03", "2027-02-03"]),
        ("monthly", date(2026, 12, 31), ["2026-12-31", "2027-01-31", "2027-02-28"]),
        ("monthly", date(2027, 1, 30), ["2027-01-30", "2027-02-28", "2027-03-30"]),
    ],
)
def test_a_choice_is_a_rule_that_is_known_again(
    every: str, first: date, expected: list[str]
) -> None:
    rule = recurrence.rule_of(every, first, 3)
    found = recurrence.read({"day": first.isoformat(), "time": "10:00", "rule": rule})
    assert isinstance(found, Recurrence)
    assert [day.isoformat() for day in found.days] == expected
    assert recurrence.choice_of(found) == every


def test_until_is_the_last_day_that_may_be_named() -> None:
    given_ = {"day": "2026-12-03", "time": "10:00", "rule": "FREQ=DAILY;UNTIL=20261205T235959Z"}
    found = recurrence.read(given_)
    assert isinstance(found, Recurrence)
    assert found.days[-1] == date(2026, 12, 5)
    assert found.days[-1] - found.days[0] == timedelta(days=2)


def test_the_last_friday_is_none_of_a_month_that_ends_with_the_rule_before_it() -> None:
    rule = "FREQ=MONTHLY;BYDAY=FR;BYSETPOS=-1;UNTIL=20270115"
    found = recurrence.read({"day": "2026-11-01", "time": "10:00", "rule": rule})
    assert isinstance(found, Recurrence)
    assert found.days == (date(2026, 11, 27), date(2026, 12, 25))


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("", "cannot be read"),
        ("FREQ=HOURLY;COUNT=2", "“FREQ=HOURLY” is not understood"),
        ("FREQ=DAILY;COUNT=2;COUNT=3", "cannot be read"),
        ("FREQ=DAILY;INTERVAL=0;COUNT=2", "“INTERVAL=0” is not"),
        ("FREQ=WEEKLY;BYDAY=1MO;COUNT=2", "cannot be read"),
        ("FREQ=DAILY;UNTIL=20269999", "cannot be read"),
        ("FREQ=DAILY;BYHOUR=3;COUNT=2", "“BYHOUR=3” is not"),
        ("FREQ=DAILY", "how often or until when"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20270101", "not both"),
        ("FREQ=DAILY;COUNT=101", "more than 100 days"),
        ("FREQ=DAILY;UNTIL=20261202", "names no day"),
        ("FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30;COUNT=2", "names no day"),
    ],
)
def test_what_is_no_rule_is_refused_in_words(rule: str, words: str) -> None:
    found = recurrence.read({"day": "2026-12-03", "time": "10:00", "rule": rule})
    assert isinstance(found, dict)
    assert words in str(found["rule"][0])
