"""Many rows at once, on both databases: as many as were given, as they were given."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlmodel import col, select

from tests import cast as casting
from webapp import db as database
from webapp.models.subscriber import Subscriber
from webapp.store import bulk

T = bulk.TOGETHER


@pytest.mark.parametrize("many", [1, T - 1, T, T + 1, 2 * T, 2 * T + 1])
def test_however_many_rows_there_are_each_is_written_once_and_in_order(
    db: database.Database, now: datetime, many: int
) -> None:
    people = casting.enter(db, now)
    keys = [f"{7 * 10**15 + n}" for n in range(many)]
    with db.writer(people.rosewood) as session:
        ids = bulk.next_ids(session, Subscriber, many)
        columns = {"id": ids, "key": keys, "name_folded": [key[::-1] for key in keys]}
        same = {"brand_id": people.rosewood, "channel_id": people.channel, "region": 0,
                "opted_in": False, "created_at": now, "updated_at": now}  # fmt: skip
        bulk.pour(session, Subscriber, columns, same)
        session.commit()
    with db.reader(people.rosewood) as session:
        query = select(Subscriber.id, Subscriber.key, Subscriber.name_folded)
        written = session.exec(query.where(col(Subscriber.id) >= ids[0]).order_by(Subscriber.id))
        assert written.all() == [(n, key, key[::-1]) for n, key in zip(ids, keys, strict=True)]


def test_a_column_without_a_value_is_empty_or_has_its_default(
    db: database.Database, now: datetime
) -> None:
    people = casting.enter(db, now)
    with db.writer(people.rosewood) as session:
        ids = bulk.next_ids(session, Subscriber, 2)
        columns = {"id": ids, "key": ["71", "72"], "first_name": [None, None],
                   "city": [None, "Lyon"], "opted_in": [False, True]}  # fmt: skip
        same = {"brand_id": people.rosewood, "channel_id": people.channel, "region": 0,
                "name_folded": "", "created_at": now, "updated_at": now}  # fmt: skip
        bulk.pour(session, Subscriber, columns, same)
        session.commit()
    with db.reader(people.rosewood) as session:
        one, two = (session.get_one(Subscriber, id_) for id_ in ids)
        assert (one.first_name, one.city, one.opted_in) == (None, None, False)
        assert (two.first_name, two.city, two.opted_in) == (None, "Lyon", True)
