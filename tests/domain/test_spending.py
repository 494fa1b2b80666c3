"""Cost against reach: the cheapest first, and where a budget ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain import reach_findings as findings
from webapp.domain import spending
from webapp.domain.figures import Money
from webapp.domain.policy.verdict import Route
from webapp.domain.spending import Curve, Share

FREE = Share(3_200, 0, Route.SPONSORED, "")
CHEAP = Share(1_100, 10_000, Route.SPONSORED, "US")
DEAR = Share(800, 25_250, Route.SPONSORED, "OTHER")
CURVE = spending.curve([DEAR, FREE, CHEAP])
SHARES = st.builds(
    Share,
    st.integers(0, 1_000),
    st.integers(0, 100_000),
    st.just(Route.SPONSORED),
    st.sampled_from(["", "US", "OTHER"]),
)


def test_the_cheapest_come_first() -> None:
    assert [(p.people, p.cost_micros, p.share.market) for p in CURVE.points] == [
        (3_200, 0, ""), (4_300, 11_000_000, "US"), (5_100, 31_200_000, "OTHER"),
    ]  # fmt: skip
    assert (CURVE.free, CURVE.people, CURVE.cost_micros) == (3_200, 5_100, 31_200_000)


@pytest.mark.parametrize(
    ("budget", "people"),
    [
        (None, 5_100), (0, 3_200), (9_999, 3_200), (10_000, 3_201), (11_000_000, 4_300),
        (11_025_249, 4_300), (11_025_250, 4_301), (31_199_999, 5_099), (31_200_000, 5_100),
        (10**12, 5_100),
    ],
)  # fmt: skip
def test_a_budget_ends_with_the_last_whole_person(budget: int | None, people: int) -> None:
    assert CURVE.reached_with(budget) == people


@given(st.lists(SHARES, max_size=8), st.integers(0, 10**9), st.integers(0, 10**9))
def test_more_money_never_reaches_fewer_and_never_overspends(
    shares: list[Share], one: int, more: int
) -> None:
    curve = spending.curve(shares)
    assert curve.people == sum(share.people for share in shares)
    assert curve.reached_with(one) <= curve.reached_with(one + more) <= curve.people
    assert curve.reached_with(curve.cost_micros) == curve.people
    prices = sorted(p for share in shares for p in [share.price_micros] * share.people)
    assert sum(prices[: curve.reached_with(one)]) <= one
    assert (
        curve.reached_with(one) == curve.people or sum(prices[: curve.reached_with(one) + 1]) > one
    )


def test_it_is_said_in_one_sentence() -> None:
    assert str(findings.cost(CURVE, 20_000_000, "USD")) == (
        "The first 3,200 cost nothing, all 5,100 people cost USD 31.20; with your budget of "
        "USD 20.00 you reach 4,656."
    )
    assert str(findings.cost(CURVE, None, "USD")) == (
        "The first 3,200 cost nothing; all 5,100 people cost USD 31.20."
    )
    paid = spending.curve([CHEAP])
    assert str(findings.cost(paid, 1_000_000, "USD")) == (
        "All 1,100 people cost USD 11.00; with your budget of USD 1.00 you reach 100."
    )
    assert str(findings.cost(paid, 11_000_000, "USD")) == "All 1,100 people cost USD 11.00."
    assert "costs nothing" in str(findings.cost(spending.curve([FREE]), None, "USD"))
    assert "Nobody" in str(findings.cost(Curve(), None, "USD"))


@pytest.mark.parametrize(
    ("micros", "words"),
    [(0, "USD 0.00"), (1, "USD 0.000001"), (6_800, "USD 0.0068"), (10_000, "USD 0.01"),
     (1_234_567_890, "USD 1,234.57")],
)  # fmt: skip
def test_less_than_a_cent_is_never_called_nothing(micros: int, words: str) -> None:
    assert str(Money(micros, "USD")) == words
