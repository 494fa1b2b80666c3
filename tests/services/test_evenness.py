"""A sender that has its channel to itself asks late, and still no second is too full."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import ceil, floor
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.test_rate import most_in_a_second
from tests.services.test_house_rules import person
from tests.stage import Stage
from webapp.domain import rate
from webapp.domain.batch import Together
from webapp.models.channel import Channel
from webapp.services.evenness import Evenness

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
CHANNEL = 7


class Asked(NamedTuple):
    """As much of a claim as evenness looks at."""

    channel_id: int = CHANNEL


def starts(per_second: float, stalls: list[int], together: int = 1) -> list[datetime]:
    """A sender that comes round after each of these microseconds and asks whatever is due."""
    evenness, now, slot = Evenness(), NOW, NOW
    interval = timedelta(microseconds=rate.pace(per_second).interval_ns / 1000) * together
    evenness.keep(CHANNEL, per_second, Together(per_second, together))
    some, made = [Asked()] * together, list[datetime]()
    for stall in stalls:
        now += timedelta(microseconds=stall)
        while slot <= now and evenness.opens_at(some, now) <= now:  # type: ignore[arg-type]
            evenness.ask(some, now)  # type: ignore[arg-type]
            made += [now] * together
            slot += interval
    return made


@given(st.integers(1, 400), st.lists(st.integers(0, 300_000), min_size=1, max_size=200))
def test_whatever_the_stalls_no_second_holds_more_than_one_percent_above_the_rate(
    per_second: int, stalls: list[int]
) -> None:
    made = starts(per_second, stalls)
    assert not made or most_in_a_second(made) <= _most(per_second)


@given(
    st.integers(1, 400),
    st.lists(st.integers(0, 300_000), min_size=1, max_size=200),
    st.lists(st.floats(0, 1), min_size=7, max_size=7),
)
def test_the_way_may_bunch_them_by_half_the_slack(
    per_second: int, stalls: list[int], shares: list[float]
) -> None:
    made = starts(per_second, stalls)
    pace = rate.pace(per_second)
    limit = max(1, floor(per_second * rate.HEADROOM))
    half = timedelta(microseconds=max(0, _most(per_second) * pace.interval_ns // 1000 - 10**6) // 2)
    arrived = [at + half * shares[i % len(shares)] for i, at in enumerate(made)]
    assert not arrived or most_in_a_second(arrived) <= limit


def _most(per_second: int) -> int:
    return min(max(1, floor(per_second * rate.HEADROOM)), ceil(per_second * 1.01))


@pytest.mark.parametrize("per_second", [20, 40, 80, 300])
@pytest.mark.parametrize(("stall_us", "share"), [(3_000, 0.995), (60_000, 0.9), (90_000, 0.9)])
def test_a_stalled_sender_keeps_its_rate(per_second: int, stall_us: int, share: float) -> None:
    """By slots alone it would keep 25 ms of each stall: less than half, less than a third."""
    made = starts(per_second, [stall_us] * (60_000_000 // stall_us))
    assert len(made) >= 60 * per_second * share


@pytest.mark.parametrize("together", [2, 15])
def test_batches_leave_whole_and_inside_the_limit(together: int) -> None:
    made = starts(300, [40_000] * 500, together)
    assert len(made) % together == 0
    assert most_in_a_second(made) <= floor(300 * rate.HEADROOM)


def test_another_rate_counts_what_was_asked_before() -> None:
    evenness = Evenness()
    evenness.keep(CHANNEL, 300, Together(300))
    evenness.ask([Asked()] * 303, NOW)  # type: ignore[arg-type]
    evenness.keep(CHANNEL, 40, Together(40))
    assert evenness.opens_at([Asked()], NOW) > NOW + SECOND  # type: ignore[arg-type]
    assert evenness.opens_at([Asked(8)], NOW) == NOW  # type: ignore[arg-type] # another channel
    evenness.forget()
    assert evenness.opens_at([Asked()], NOW) == NOW  # type: ignore[arg-type]


def test_what_is_late_is_asked_all_the_same(stage: Stage) -> None:
    """On PostgreSQL as well: a channel is with one sender at a time."""
    _channel_at(stage, 40, people=3)
    stage.broadcast()
    stage.start()
    sender = stage.sender()
    sender.turn()
    held = len(sender.hand.ready)
    assert held
    stage.clock.advance(milliseconds=200)
    sender.turn()
    assert len(stage.transport.sent) == held


def test_after_a_stall_its_seconds_are_no_fuller(stage: Stage) -> None:
    per_second = 20
    _channel_at(stage, per_second, people=70)
    broadcast = stage.broadcast()
    stage.start()
    sender, asked, n = stage.sender(), list[datetime](), 0
    while stage.totals(broadcast).queued:
        stage.clock.advance(milliseconds=130 if n % 3 else 7)
        sender.turn()
        asked += [stage.clock.now()] * (len(stage.transport.sent) - len(asked))
        n += 1
        assert n < 4000, "it comes to an end"
    assert most_in_a_second(asked) <= floor(per_second * rate.HEADROOM)


def _channel_at(stage: Stage, per_second: int, people: int) -> None:
    with stage.house.db.writer(stage.people.rosewood) as session:
        session.get_one(Channel, stage.people.channel).rate_per_second = per_second
        for number in range(people):
            person(session, stage, f"P{number}", None, 20)
        session.commit()
