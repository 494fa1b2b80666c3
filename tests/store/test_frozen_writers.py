"""PostgreSQL: what a frozen process has locked does not hold up the others."""

from __future__ import annotations

import time
from datetime import datetime

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import DBAPIError

from tests import cast as casting
from webapp import db as database
from webapp.models.subscriber import Subscriber

EVERYBODY = update(Subscriber).values(country="BR")
LIMIT = text("SHOW idle_in_transaction_session_timeout")


def test_a_writer_that_says_nothing_in_a_transaction_lets_go(
    postgres: database.Database, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = casting.enter(postgres, now)
    monkeypatch.setattr(database, "FROZEN_MS", 300)
    with postgres.writer(people.rosewood) as frozen:
        frozen.exec(EVERYBODY)
        with postgres.writer(people.rosewood) as other:  # waits for the rows of the first
            assert other.exec(EVERYBODY).rowcount > 0
            other.commit()
        with pytest.raises(DBAPIError):
            frozen.exec(EVERYBODY)


def test_who_reads_and_who_writes_in_bulk_may_think(
    postgres: database.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "FROZEN_MS", 50)
    for opened in (postgres.reader, postgres.bulk_writer):
        with opened(database.EVERY_BRAND) as session:
            assert session.exec(LIMIT).scalar() == "0"  # type: ignore[call-overload]
            time.sleep(0.2)
            session.exec(LIMIT)  # type: ignore[call-overload]
