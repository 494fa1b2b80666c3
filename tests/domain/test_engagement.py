from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from webapp.domain import engagement, figures

TODAY = date(2026, 11, 22)


@dataclass
class Day:
    day: date
    sent: int = 0
    delivered: int = 0
    read: int = 0
    clicked: int = 0
    replied: int = 0
    opt_ins: int = 0
    opt_outs: int = 0
    spend_micros: int = 0


@dataclass
class Hour:
    hour: datetime
    inbound: int


def test_reach_is_held_against_the_months_that_are_over() -> None:
    rows = [Day(date(2026, 10, 3), sent=900), Day(date(2026, 11, 3), sent=50)]
    targets = {date(2026, 10, 1): 1000, date(2026, 11, 1): 1000}
    chart = engagement.reach(rows, targets, 2026, TODAY)
    assert (
        str(chart.finding) == "The months that are over reached 900 of the 1,000 aimed for (90%)."
    )
    assert [(month.counts.sent, month.target) for month in chart.months[9:11]] == [
        (900, 1000),
        (50, 1000),
    ]
    assert chart.total.sent == 950


def test_reach_of_a_first_month_says_where_it_stands() -> None:
    chart = engagement.reach([Day(TODAY, sent=50)], {date(2026, 11, 1): 200}, 2026, TODAY)
    assert str(chart.finding) == "November 2026 has reached 50 of its 200 so far (25%)."


def test_reach_without_target_or_without_data_is_honest() -> None:
    assert str(engagement.reach([Day(TODAY, sent=1)], {}, 2026, TODAY).finding) == (
        "1 message was sent in 2026; no target is set to hold it against."
    )
    assert "Not enough data yet" in str(engagement.reach([], {}, 2026, TODAY).finding)


def test_replies_are_compared_with_the_same_days_of_last_year() -> None:
    rows = [
        Day(date(2026, 3, 1), delivered=1000, replied=40),
        Day(date(2025, 3, 1), delivered=1000, replied=31),
        Day(date(2025, 12, 1), delivered=9000, replied=9000),
        Day(date(2024, 3, 1), delivered=9000, replied=9000),
    ]
    chart = engagement.responses(rows, 2026, TODAY)
    assert str(chart.finding) == (
        "40 of 1,000 delivered messages were answered (4.0%), against 3.1% in the same days of "
        "last year."
    )
    assert chart.last_year.replied == 31
    assert chart.months[11].last_year.replied == 9000


def test_few_deliveries_give_no_rate() -> None:
    few = engagement.responses([Day(TODAY, delivered=99, replied=50)], 2026, TODAY)
    assert str(few.finding) == "Not enough data yet: 99 messages were delivered in 2026."
    first = engagement.responses([Day(TODAY, delivered=100, replied=5)], 2026, TODAY)
    assert "too little of last year" in str(first.finding)


def test_the_years_funnel_is_in_shares_of_what_was_sent() -> None:
    rows = [Day(TODAY, sent=1000, delivered=960, read=610, replied=42)]
    assert str(engagement.funnel(rows, 2026, TODAY).finding) == (
        "Of 1,000 messages sent, 96% were delivered, 61% were read and 4.2% answered."
    )
    few = engagement.funnel([Day(TODAY, sent=99, delivered=99)], 2026, TODAY)
    assert str(few.finding) == "Not enough data yet: 99 messages were sent in 2026."


def test_what_is_still_to_come_is_not_counted() -> None:
    chart = engagement.responses([Day(TODAY + timedelta(days=1), delivered=500)], 2026, TODAY)
    assert chart.total.delivered == 0


def test_a_leap_day_has_a_year_before() -> None:
    rows = [Day(date(2027, 2, 28), sent=3), Day(date(2027, 3, 1), sent=5)]
    assert engagement.reach(rows, {}, 2028, date(2028, 2, 29)).last_year.sent == 3


def test_opt_ins_are_weighed_against_opt_outs() -> None:
    def finding(ins: int, outs: int) -> str:
        rows = [Day(TODAY, opt_ins=ins, opt_outs=outs)]
        return str(engagement.consents(rows, 2026, TODAY).finding)

    assert finding(40, 10) == "40 people opted in and 10 out: 4.0 came for each one who left."
    assert finding(10, 40) == "More people left than came: 10 opted in, 40 out."
    assert finding(1, 0) == "1 person opted in and nobody opted out."
    assert "Not enough data yet" in finding(0, 0)


def test_spend_is_held_against_the_years_budget() -> None:
    def finding(micros: int, budget: int, budgets_in: str = "EUR") -> str:
        rows, budgets = [Day(TODAY, spend_micros=micros)], {date(2026, 12, 1): budget}
        return str(
            engagement.spend(
                rows, budgets, 2026, TODAY, spent_in="EUR", budgets_in=budgets_in
            ).finding
        )

    assert finding(1_204_500_000, 2_409_000_000) == (
        "EUR 1,204.50 of the year's budget of EUR 2,409.00 is spent (50%)."
    )
    assert finding(1_000_000, 0) == "EUR 1.00 was spent in 2026; no budget is set."
    assert finding(0, 0) == "Nothing was spent in 2026, and no budget is set."
    assert finding(1_000_000, 9_000_000, "BRL") == (
        "EUR 1.00 was spent in 2026; the budget of BRL 9.00 is in another currency."
    )


def test_the_hours_of_the_week_are_those_of_the_brands_clocks() -> None:
    thursday = datetime(2026, 11, 19, 17, tzinfo=UTC)
    chart = engagement.heat(
        [Hour(thursday, 150), Hour(thursday + timedelta(days=4), 18)], "Europe/Paris"
    )
    assert chart.cells[3][18] == 150
    assert chart.total == 168
    assert str(chart.finding) == (
        "People write most on Thursdays from 18:00 to 19:00 (Europe/Paris time): 150.0 times an "
        "average hour."
    )


def test_a_hundred_messages_are_needed_to_name_an_hour() -> None:
    assert str(engagement.heat([Hour(datetime(2026, 1, 1, tzinfo=UTC), 1)], "UTC").finding) == (
        "Not enough data yet: people wrote to us 1 time."
    )


def test_every_chart_has_its_definition() -> None:
    charts = {"reach", "responses", "funnel", "heat", "consents", "spend", "fatigue"}
    assert engagement.definitions().keys() == charts


def test_figures_have_an_english_form() -> None:
    assert str(figures.Money(-500_000, "BRL")) == "BRL -0.50"
    assert str(figures.Percent(0.1251, 1)) == "12.5%"
    assert str(figures.Month(date(2026, 3, 1))) == "March 2026"
