"""Who joined a segment and who left it is written down day by day, in the brand's own days."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlmodel import Session, select

from tests import cast as casting
from tests.cast import Cast
from webapp import db as database
from webapp.domain.errors import Invalid, NotFound
from webapp.models.brand import Brand
from webapp.models.segment import Segment
from webapp.models.subscriber import Subscriber
from webapp.services import segment_days

HOUR = timedelta(hours=1)
WRONG_TREE = {"field": "attr.gone", "op": "known"}


@pytest.fixture
def people(db: database.Database, now: datetime) -> Cast:
    return casting.enter(db, now)


def made(session: Session, people: Cast, now: datetime, tree: dict[str, object]) -> int:
    row = Segment(brand_id=people.rosewood, name="In France", tree=tree, created_at=now,
                  updated_at=now)  # fmt: skip
    session.add(row)
    session.commit()
    return row.id or 0


@pytest.fixture
def french(db: database.Database, people: Cast, now: datetime) -> int:
    with db.writer(people.rosewood) as session:
        live(session, people.ana, people.ben)
        return made(session, people, now, {"field": "country", "op": "is", "value": "FR"})


def live(session: Session, *chosen: int) -> None:
    """These people live in France, nobody else of the cast."""
    for row in session.exec(select(Subscriber)):
        row.country = "FR" if row.id in chosen else None
    session.commit()


def told(db: database.Database, people: Cast, key: int, today: date) -> list[tuple[int, ...]]:
    with db.reader(people.rosewood) as session:
        rows = segment_days.recent(session, key, today)
        return [(row.day.day, row.people, row.joined, row.left) for row in rows]


def test_a_segment_is_looked_at_once_an_hour_and_days_add_up(
    db: database.Database, people: Cast, now: datetime, french: int
) -> None:
    assert segment_days.look_at_due(db, now) == 1
    assert segment_days.look_at_due(db, now + HOUR / 2) == 0
    with db.writer(people.rosewood) as session:
        live(session, people.ben, people.cara, people.dao)
    assert segment_days.look_at_due(db, now + HOUR) == 1
    with db.writer(people.rosewood) as session:
        live(session, people.dao)
    segment_days.look_at_due(db, now + 2 * HOUR)
    assert told(db, people, french, now.date()) == [(now.day, 1, 2, 3)]
    with db.writer(people.rosewood) as session:
        live(session, people.dao, people.ana)
    tomorrow = now + timedelta(days=1)
    segment_days.look_at_due(db, tomorrow)
    assert told(db, people, french, tomorrow.date()) == [
        (tomorrow.day, 2, 1, 0), (now.day, 1, 2, 3),
    ]  # fmt: skip


def test_a_day_is_the_brands_own(
    db: database.Database, people: Cast, now: datetime, french: int
) -> None:
    with db.writer(people.rosewood) as session:
        session.get_one(Brand, people.rosewood).timezone = "Pacific/Kiritimati"  # 14 h ahead
        session.commit()
    late = now.replace(hour=12)
    segment_days.look_at_due(db, late)
    tomorrow = late.date() + timedelta(days=1)
    assert [row[0] for row in told(db, people, french, tomorrow)] == [tomorrow.day]


def test_one_that_cannot_be_read_is_passed_over(
    db: database.Database, people: Cast, now: datetime, french: int
) -> None:
    with db.writer(people.rosewood) as session:
        broken = made(session, people, now, WRONG_TREE)
    assert segment_days.look_at_due(db, now) == 1
    assert told(db, people, broken, now.date()) == []


def test_days_are_asked_for_within_reason_and_within_the_brand(
    db: database.Database, people: Cast, now: datetime, french: int
) -> None:
    today = now.date()
    with db.reader(people.rosewood) as session:
        with pytest.raises(Invalid, match="swap"):
            segment_days.between(session, french, today, today - timedelta(days=1))
        with pytest.raises(Invalid, match="366"):
            segment_days.between(session, french, today - timedelta(days=366), today)
    with db.reader(people.other) as session, pytest.raises(NotFound):
        segment_days.between(session, french, today, today)
