from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain import plan
from webapp.domain.plan import Campaign, Planned

SALE = Campaign(1, "Winter sale", date(2026, 11, 20), date(2026, 12, 10), budget_micros=21_000_000)

campaigns = st.builds(
    Campaign,
    st.integers(1, 99),
    st.just("Any"),
    st.dates(date(2025, 6, 1), date(2027, 6, 1)),
    st.just(date(2025, 1, 1)),
    budget_micros=st.integers(0, 10**12),
).flatmap(
    lambda each: st.integers(0, 365).map(
        lambda days: replace(each, ends_on=each.starts_on + timedelta(days=days))
    )
)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " "}, "name"),
        ({"ends_on": date(2026, 11, 19)}, "ends_on"),
        ({"ends_on": date(2027, 11, 21)}, "ends_on"),
        ({"budget_micros": -1}, "budget"),
        ({"target_reach": -1}, "target_reach"),
    ],
)
def test_a_campaign_that_cannot_be_is_refused_by_field(
    change: dict[str, object], field: str
) -> None:
    assert plan.problems(SALE) == {}
    assert list(plan.problems(replace(SALE, **change))) == [field]  # type: ignore[arg-type]


def test_a_year_has_twelve_months_with_their_last_days() -> None:
    assert [plan.last_day(month).day for month in plan.months(2028)] == [
        31,
        29,
        31,
        30,
        31,
        30,
        31,
        31,
        30,
        31,
        30,
        31,
    ]


def test_a_campaign_over_a_month_end_is_drawn_in_two_pieces() -> None:
    pieces = plan.pieces([SALE], 2026)
    november, december = pieces[date(2026, 11, 1)][0], pieces[date(2026, 12, 1)][0]
    assert (november.last, november.begins, november.ends) == (date(2026, 11, 30), True, False)
    assert (december.first, december.begins, december.ends) == (date(2026, 12, 1), False, True)
    assert pieces[date(2026, 10, 1)] == []


@given(st.lists(campaigns, max_size=8))
def test_pieces_on_one_line_never_overlap_and_none_is_lost(given: list[Campaign]) -> None:
    for inside in plan.pieces(given, 2026).values():
        lines = plan.rows(inside)
        assert sum(map(len, lines)) == len(inside)
        for line in lines:
            assert all(a.last < b.first for a, b in itertools.pairwise(line))


def test_a_move_stops_at_the_ends_of_the_year() -> None:
    assert plan.moved(SALE, 7, 2026).starts_on == date(2026, 11, 27)
    assert plan.moved(SALE, 90, 2026).ends_on == date(2026, 12, 31)
    assert plan.moved(SALE, -999, 2026).starts_on == date(2026, 1, 1)


@given(campaigns, st.integers(-999, 999))
def test_a_move_keeps_the_length_and_never_goes_further_out(each: Campaign, days: int) -> None:
    moved = plan.moved(each, days, 2026)
    assert moved.days == each.days
    assert moved.starts_on >= min(each.starts_on, date(2026, 1, 1))
    assert moved.ends_on <= max(each.ends_on, date(2026, 12, 31))


@given(st.lists(campaigns, max_size=5))
def test_the_months_budgets_add_up_to_the_campaigns(given: list[Campaign]) -> None:
    by_month = plan.budget_by_month(given)
    assert sum(by_month.values()) == sum(each.budget_micros for each in given)
    assert all(micros >= 0 for micros in by_month.values())


def test_a_budget_is_spread_by_days() -> None:
    assert plan.budget_by_month([SALE]) == {
        date(2026, 11, 1): 11_000_000,
        date(2026, 12, 1): 10_000_000,
    }


def planned(key: int, day: int, segment: int | None, channel: int = 1) -> Planned:
    return Planned(key, f"B{key}", date(2026, 11, day), channel, segment)


@pytest.mark.parametrize(
    ("broadcasts", "expected"),
    [
        ([planned(1, 2, 5), planned(2, 2, 5)], [(1, 2)]),
        ([planned(1, 2, 5), planned(2, 3, 5)], []),
        ([planned(1, 2, 5), planned(2, 2, 6)], []),
        ([planned(1, 2, 5), planned(2, 2, None)], [(1, 2)]),
        ([planned(1, 2, 5), planned(2, 2, 5, channel=2)], []),
    ],
)
def test_two_broadcasts_to_the_same_people_on_one_day_collide(
    broadcasts: list[Planned], expected: list[tuple[int, int]]
) -> None:
    assert [each.broadcasts for each in plan.conflicts(broadcasts)] == expected


def test_too_many_broadcasts_in_one_week_collide() -> None:
    week = [planned(day, day, 5) for day in (2, 3, 4)] + [planned(9, 8, None)]
    (conflict,) = plan.conflicts(week)
    assert conflict.broadcasts == (2, 3, 4, 9)
    assert "4 broadcasts" in str(conflict.sentence)
    assert plan.conflicts(week, week_cap=4) == []
    assert plan.conflicts([*week[:3], planned(9, 9, None)]) == []


def test_a_crowded_week_of_broadcasts_to_everyone_is_seen() -> None:
    assert len(plan.conflicts([planned(day, day, None) for day in (2, 3, 4, 5)])) == 1


def test_a_copy_begins_on_the_same_date_and_lasts_as_long() -> None:
    copy = plan.copied(SALE, 2027)
    assert (copy.starts_on, copy.ends_on) == (date(2027, 11, 20), date(2027, 12, 10))
    assert (copy.id, copy.name) == (None, "Winter sale")
    leap = Campaign(1, "Leap", date(2028, 2, 29), date(2028, 3, 1))
    assert plan.copied(leap, 2029).starts_on == date(2029, 2, 28)
    assert plan.copied(leap, 2029).days == 2


@given(campaigns, st.integers(2026, 2040))
def test_a_copy_is_never_longer_nor_in_another_year(campaign: Campaign, year: int) -> None:
    copy = plan.copied(campaign, year)
    assert copy.days == campaign.days
    assert copy.starts_on.year == year
