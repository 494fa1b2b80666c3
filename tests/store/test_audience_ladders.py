"""A ladder says who did something since any moment, whoever was put elsewhere on it meanwhile."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from pyroaring import BitMap64

from webapp.store import audience_ladders
from webapp.store.audience_ladders import Ladder, Rung

A_RUNG = 5


@pytest.fixture(autouse=True)
def short_rungs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audience_ladders, "PEOPLE", A_RUNG)
    monkeypatch.setattr(audience_ladders, "FLIGHT", 3)


def ladder(moments: Mapping[int, datetime]) -> Ladder:
    order = sorted(moments, key=lambda key: moments[key])
    cut = [order[n : n + A_RUNG] for n in range(0, len(order), A_RUNG)]
    return Ladder(tuple(Rung(moments[it[0]], moments[it[-1]], BitMap64(it)) for it in cut))


def agrees(made: Ladder, moments: Mapping[int, datetime]) -> None:
    """At every moment, and just beside it, nobody is wrongly sure."""
    assert set(made.people) == set(moments)
    assert sum(len(it.people) for it in made.rungs) == len(moments)
    for at in {*moments.values()}:
        for moment in (at - audience_ladders.MICROSECOND, at, at + audience_ladders.MICROSECOND):
            sure, unsure = made.since(moment)
            since = {key for key, it in moments.items() if it >= moment}
            assert set(sure) <= since <= set(sure | unsure)


def test_a_ladder_holds_through_every_change(now: datetime) -> None:
    chance = random.Random(11)
    spread = [now - timedelta(hours=chance.randrange(30)) for _ in range(60)]
    moments = dict(enumerate(spread, 1))
    made = ladder(moments)
    agrees(made, moments)
    for _ in range(40):
        changed = chance.sample(range(1, 90), 9)
        there = {key: now - timedelta(hours=chance.randrange(40)) for key in changed[:6]}
        made = made.replaced(BitMap64(changed), ladder(there))
        moments = {key: at for key, at in moments.items() if key not in changed} | there
        agrees(made, moments)
    assert len(made.rungs) < len(moments)  # small rungs are joined


def test_only_a_rung_in_the_middle_of_which_the_moment_lies_is_looked_at(now: datetime) -> None:
    moments = {key: now - timedelta(hours=key) for key in range(1, 51)}
    _, unsure = ladder(moments).since(now - timedelta(hours=23))
    assert 0 < len(unsure) <= A_RUNG
    _, unsure = ladder(dict.fromkeys(range(1, 51), now)).since(now)
    assert not unsure


def test_a_ladder_is_the_same_after_it_was_kept(now: datetime) -> None:
    moments = {2**40 + key: now - timedelta(microseconds=key) for key in range(17)}
    made = ladder(moments)
    assert audience_ladders.deserialize(made.serialize()) == made
    assert audience_ladders.deserialize(Ladder(()).serialize()) == Ladder(())
