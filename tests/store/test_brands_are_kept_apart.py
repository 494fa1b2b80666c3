"""A session sees one brand, whatever is asked of it."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import exists, func, update
from sqlmodel import select

from tests import cast
from webapp import db as database
from webapp.models.brand import Brand
from webapp.models.channel import Channel
from webapp.models.subscriber import Subscriber
from webapp.store import schema


@pytest.fixture
def people(db: database.Database, now: datetime) -> cast.Cast:
    return cast.enter(db, now)


def test_the_models_and_the_migrations_agree(db: database.Database) -> None:
    assert schema.differences(db.engine) == []


def test_a_query_finds_only_its_own_brand(db: database.Database, people: cast.Cast) -> None:
    with db.reader(people.rosewood) as session:
        names = set(session.exec(select(Subscriber.first_name)).all())
    assert names == {"Ana", "Ben", "Cara", "Dao"}


def test_a_key_of_another_brand_is_not_found(db: database.Database, people: cast.Cast) -> None:
    with db.reader(people.rosewood) as session:
        assert session.get(Subscriber, people.eva) is None


def test_a_count_and_a_join_are_narrowed(db: database.Database, people: cast.Cast) -> None:
    join = (
        select(func.count())
        .select_from(Channel)
        .join(Subscriber, Subscriber.channel_id == Channel.id)
    )
    with db.reader(people.other) as session:
        assert session.exec(join).one() == 1


def test_a_subquery_is_narrowed(db: database.Database, people: cast.Cast) -> None:
    someone = exists().where(Subscriber.brand_id == Brand.id)
    with db.reader(people.rosewood) as session:
        assert session.exec(select(Brand.id).where(someone)).all() == [people.rosewood]


def test_an_update_touches_only_its_own_brand(db: database.Database, people: cast.Cast) -> None:
    with db.writer(people.rosewood) as session:
        assert session.exec(update(Subscriber).values(city="Recife")).rowcount == 4
        session.commit()
    with db.reader(people.other) as session:
        assert session.exec(select(Subscriber.city)).all() == [None]


def test_a_row_of_another_brand_cannot_be_written(
    db: database.Database, people: cast.Cast, now: datetime
) -> None:
    with db.writer(people.rosewood) as session:
        session.add(
            Subscriber(
                brand_id=people.other,
                channel_id=people.other_channel,
                key="1",
                created_at=now,
                updated_at=now,
            )
        )
        with pytest.raises(database.BrandLeak):
            session.commit()


def test_a_session_without_a_brand_reads_no_brand(db: database.Database, people: cast.Cast) -> None:
    with db.reader(database.NO_BRAND) as session, pytest.raises(database.BrandLeak):
        session.exec(select(Subscriber))


def test_a_bare_count_in_a_session_without_a_brand_counts_nobody(
    db: database.Database, people: cast.Cast
) -> None:
    with db.reader(database.NO_BRAND) as session:
        bare = select(func.count()).where(Subscriber.key != "")
        assert session.exec(bare).one() == 0


def test_times_come_back_aware_and_naive_ones_are_refused(
    db: database.Database, people: cast.Cast
) -> None:
    with db.writer(people.rosewood) as session:
        ana = session.get_one(Subscriber, people.ana)
        assert ana.created_at.tzinfo is not None
        ana.first_seen_at = datetime(2026, 1, 1)  # noqa: DTZ001
        with pytest.raises(Exception, match="without a zone"):
            session.commit()
