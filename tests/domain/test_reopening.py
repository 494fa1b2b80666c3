"""Who writes again: the habit of the week, its error in the past, and too little to tell."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from webapp.domain import reach_findings as findings
from webapp.domain import reopening
from webapp.domain.forecast import Hours, Known
from webapp.domain.policy.verdict import Route
from webapp.domain.reopening import Expected, Thin

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def steady(weeks: int, an_hour: int = 2) -> dict[datetime, int]:
    return {NOW - n * HOUR: an_hour for n in range(1, weeks * 168 + 1)}


def nobody_open(hours: int = 168, closed: int = 1_000) -> Known:
    none, shut = (0,) * hours, (closed,) * hours
    return Known(Hours(NOW, hours), shut, {Route.WINDOW: none}, shut, none, 0)


def test_a_steady_channel_is_forecast_without_error() -> None:
    found = reopening.expected(steady(9), nobody_open(), NOW, UTC, open_now=23)
    assert isinstance(found, Expected)
    assert found.error == 0
    assert found.people[0] == 0, "nobody can write before now"
    # 23 people wrote the 46 messages of the last day: half a person a message, two an hour
    assert [found.people[n] for n in (1, 2, 24, 167)] == [1, 2, 24, 24]
    assert found.low == found.people == found.high


def test_the_error_is_that_of_the_same_forecast_in_the_last_four_weeks() -> None:
    doubled = {hour: 4 if hour >= NOW - 28 * 24 * HOUR else 2 for hour in steady(9)}
    # as of 28 days ago half of what came was expected, later ever more of it
    found = reopening.back_tested(doubled, NOW, UTC)
    assert found is not None
    assert 0.1 < found < 0.5
    later = {hour: n for hour, n in doubled.items() if hour >= NOW - 28 * 24 * HOUR}
    assert reopening.back_tested(later, NOW, UTC) is None


def test_what_came_after_is_not_known_to_a_back_test() -> None:
    past = steady(9)
    changed = {**past, **{NOW + n * HOUR: 500 for n in range(200)}}
    assert reopening.back_tested(past, NOW, UTC) == reopening.back_tested(changed, NOW, UTC)


def test_a_habit_follows_the_clocks_of_the_brand_over_a_change() -> None:
    paris = ZoneInfo("Europe/Paris")
    now = datetime(2026, 10, 26, 0, 0, tzinfo=UTC)  # clocks went back the day before
    evenings = {}
    for n in range(1, 9 * 168):
        hour = now - n * HOUR
        evenings[hour] = 10 if hour.astimezone(paris).hour == 18 else 0
    known = Known(Hours(now, 24), (9,) * 24, {}, (9,) * 24, (0,) * 24, 0)
    found = reopening.expected(evenings, known, now, paris, open_now=9)
    assert isinstance(found, Expected)
    assert found.people.index(9) == 18, "18:00 in Paris is 17:00 UTC then; open an hour later"


def test_never_more_are_expected_than_are_closed() -> None:
    found = reopening.expected(steady(9, 50), nobody_open(closed=30), NOW, UTC, open_now=2_000)
    assert isinstance(found, Expected)
    assert max(found.people) == max(found.high) == 30


@pytest.mark.parametrize(
    ("inbound", "words"),
    [
        ({}, "for 0 weeks, and it takes 5"),
        (steady(2), "for 2 weeks, and it takes 5"),
        ({NOW - n * 20 * HOUR: 1 for n in range(1, 80)}, "came in during the last 4 weeks"),
        (steady(4), "cannot be tested against the past yet"),
    ],
)
def test_thin_data_says_so_and_shows_no_band(inbound: dict[datetime, int], words: str) -> None:
    found = reopening.expected(inbound, nobody_open(), NOW, UTC, open_now=5)
    assert isinstance(found, Thin)
    assert words in str(findings.forecast(found))


def test_the_error_is_said_in_percent() -> None:
    assert str(findings.forecast(Expected((1,), (1,), (1,), 0.1234))) == (
        "The same forecast was off by 12% at the median in the last 4 weeks."
    )
