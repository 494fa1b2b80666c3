"""A first number from some people: near the exact one, and only where that has to be waited for."""

from __future__ import annotations

import random
from datetime import datetime

import pytest

from tests import cast as casting
from tests.cast import Cast
from tests.store import crowd
from webapp import db as database
from webapp.domain import segment
from webapp.domain.segment import EVERYONE, Node
from webapp.services import audiences, sampling
from webapp.services.sampling import First
from webapp.store import audience_memory

FRENCH = segment.parse({"field": "country", "op": "is", "value": "FR"}, {})
NOT_FRENCH = segment.parse({"none": [{"field": "country", "op": "is", "value": "FR"}]}, {})


@pytest.fixture
def cast(db: database.Database, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Cast:
    monkeypatch.setattr(sampling, "MANY", 0)
    monkeypatch.setattr(sampling, "rounded", lambda n: n)
    made = casting.enter(db, now)
    with db.writer(made.rosewood) as session:
        crowd.enter(session, made, now, random.Random(5), 50)
        session.commit()
    return made


@pytest.mark.parametrize("node", [FRENCH, NOT_FRENCH])
def test_it_is_the_exact_number_where_everybody_is_asked(
    db: database.Database, cast: Cast, now: datetime, node: Node
) -> None:
    with db.reader(cast.rosewood) as session:
        for channel in (None, cast.channel):
            first = sampling.first(session, node, now, channel)
            audience_memory.of(session).forget()
            everybody = audiences.Audience(session, now, channel).people(EVERYONE)
            exact = audiences.Audience(session, now, channel).people(node)
            assert first == First(len(exact), len(everybody))
            audience_memory.of(session).forget()


def test_a_sample_is_near_and_the_same_each_time(
    db: database.Database, cast: Cast, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sampling, "SAMPLED", 30)
    with db.reader(cast.rosewood) as session:
        first = sampling.first(session, FRENCH, now)
        assert first == sampling.first(session, FRENCH, now)
        assert first is not None
        exact, everybody = (audiences.count(session, it, now) for it in (FRENCH, EVERYONE))
        assert abs(first.n / first.of - exact / everybody) < 0.2


def test_nothing_is_guessed_where_the_sets_are_at_hand(
    db: database.Database, cast: Cast, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with db.reader(cast.rosewood) as session:
        audiences.count(session, FRENCH, now)
        assert sampling.first(session, FRENCH, now) is None
        audience_memory.of(session).forget()
        monkeypatch.setattr(sampling, "MANY", 1_000_000)
        assert sampling.first(session, NOT_FRENCH, now) is None


def test_another_brand_is_not_counted(db: database.Database, cast: Cast, now: datetime) -> None:
    with db.reader(cast.other) as session:
        assert sampling.first(session, EVERYONE, now) == First(1, 1)
