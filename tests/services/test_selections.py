"""How many a filter finds is the same number by sets of people and by SQL, whatever is combined."""

from __future__ import annotations

import itertools
import random
from datetime import datetime, timedelta

import pytest
from sqlalchemy import event
from sqlmodel import select

from tests import cast as casting
from tests.cast import Cast
from tests.store import crowd
from webapp import db as database
from webapp.domain.permission import Actor, Role
from webapp.models.subscriber import Subscriber
from webapp.services import selections, tagging
from webapp.services.selections import Selection
from webapp.services.subscribers import erase
from webapp.store import searches
from webapp.store.searches import Search

DIRECT = ("PRIMARY KEY", "key=?", "TEMP")  # of plans that walk through nobody
ADMIN = Actor(None, "Ada", Role.ADMIN)


@pytest.fixture
def cast(db: database.Database, now: datetime) -> Cast:
    made = casting.enter(db, now)
    with db.writer(made.rosewood) as session:
        crowd.enter(session, made, now, random.Random(3), 60)
        session.commit()
        people = session.exec(select(Subscriber.id)).all()
        tagging.put_on_each(session, ADMIN, [key or 0 for key in people[::3]], "vip", now)
        erase(session, ADMIN, casting.VAULT, people[3] or 0, now)
    return made


def every_search(cast: Cast) -> list[Search]:
    parts = itertools.product(
        ("", "an"), ("", "vip", "nobody's", "a,b "), ("", "FR"),
        ("", "open", "closed", "opted_out"), (None, cast.channel, 987_654),
    )  # fmt: skip
    return [Search(*each) for each in parts]


def test_both_ways_of_counting_agree_now_and_later(
    db: database.Database, cast: Cast, now: datetime
) -> None:
    found = set()
    for at in (now, now + timedelta(hours=20)):
        with db.reader(cast.rosewood) as session:
            for search in every_search(cast):
                expected = searches.count(session, search, at)
                assert selections.count(session, Selection(search), at) == expected, (search, at)
                found.add(expected)
    assert len(found) > 8  # it is not nobody each time


def test_chunks_hold_everybody_once_in_rising_order(
    db: database.Database, cast: Cast, now: datetime
) -> None:
    for search in every_search(cast)[::2]:
        with db.reader(cast.rosewood) as session:
            expected = searches.ids(session, search, now, 0, 1_000)
        found = selections.chunks(db, cast.rosewood, Selection(search), now, size=4)
        assert [key for chunk in found for key in chunk] == list(expected), search


def test_one_person_is_looked_up_not_looked_for(
    sqlite_db: database.Database, now: datetime
) -> None:
    """No statement of a search for an id, however it is used, walks through the people."""
    cast = casting.enter(sqlite_db, now)
    asked: list[tuple[str, object]] = []

    def hear(_c: object, _k: object, statement: str, values: object, *_more: object) -> None:
        asked.append((statement, values))

    event.listen(sqlite_db.engine, "before_cursor_execute", hear)
    with sqlite_db.reader(cast.rosewood) as session:
        assert [p.first_name for p in searches.page(session, Search("4"), now)] == ["Dao"]
        assert searches.count(session, Search("4"), now) == 1
        assert searches.ids(session, Search("4"), now, 0, 10) == [cast.dao]
        assert searches.page(session, Search("987654"), now) == []
        assert searches.count(session, Search("987654"), now) == 0
        looks = [it for it in asked if "FROM subscriber" in it[0] and "0 = 1" not in it[0]]
        assert len(looks) > 3
        for statement, values in looks:
            plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
            lines = [row[-1] for row in plan]
            assert all(any(word in it for word in DIRECT) for it in lines), lines
