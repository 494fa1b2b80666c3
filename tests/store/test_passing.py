"""What is written in passing waits for nobody."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from tests import cast as casting
from tests.cast import Cast
from webapp import db as database
from webapp import write_lock
from webapp.models.subscriber import Subscriber

EVERYBODY = update(Subscriber).values(country="BR")


@pytest.fixture
def people(db: database.Database, now: datetime) -> Cast:
    return casting.enter(db, now)


def test_a_writer_in_passing_gives_up_where_others_write(
    db: database.Database, people: Cast
) -> None:
    with db.writer(people.rosewood) as first:
        first.exec(EVERYBODY)
        with pytest.raises(OperationalError), db.passing_writer(people.rosewood) as second:
            second.exec(EVERYBODY)
    with db.passing_writer(people.rosewood) as second:
        assert second.exec(EVERYBODY).rowcount > 0


def test_the_next_on_the_same_connection_has_patience_again(
    sqlite_db: database.Database,
) -> None:
    with sqlite_db.passing_writer(database.NO_BRAND) as session:
        patience = session.connection().exec_driver_sql("PRAGMA busy_timeout").scalar()
        assert patience == write_lock.BUSY_TIMEOUT_S * 1000
