"""The list of people by sets says what SQL says, page by page, whatever filters and who moved."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from sqlmodel import Session

from tests import cast as casting
from tests.cast import Cast
from tests.store import crowd
from webapp import db as database
from webapp.models.subscriber import Subscriber
from webapp.services import listing
from webapp.store import audience_ladders, searches
from webapp.store.searches import Cursor, Search

Pager = Callable[..., Sequence[Subscriber]]
SIZE = 7


@pytest.fixture
def cast(db: database.Database, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Cast:
    monkeypatch.setattr(listing, "FEW", 0)
    monkeypatch.setattr(audience_ladders, "PEOPLE", 4)
    made = casting.enter(db, now)
    with db.writer(made.rosewood) as session:
        crowd.enter(session, made, now, random.Random(3), 60)
        session.commit()
    return made


def walked(page: Pager, session: Session, search: Search, now: datetime) -> list[int]:
    """Every page, one after another."""
    found: list[int] = []
    after = None
    while shown := page(session, search, now, after, SIZE):
        found += [person.id or 0 for person in shown]
        after = Cursor(shown[-1].last_inbound_at, shown[-1].id or 0)
    return found


def agree(db: database.Database, cast: Cast, now: datetime) -> int:
    filters = itertools.product(("", "vip"), ("", "FR"), ("", "open", "closed", "opted_out"),
                                (None, cast.channel))  # fmt: skip
    seen = 0
    with db.reader(cast.rosewood) as session:
        for tag, country, window, channel in filters:
            search = Search("", tag, country, window, channel)
            expected = walked(searches.page, session, search, now)
            assert walked(listing.page, session, search, now) == expected, search
            seen += len(expected)
    return seen


def test_page_by_page_both_ways_agree(
    db: database.Database, cast: Cast, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert agree(db, cast, now) > 100
    with db.writer(cast.rosewood) as session:
        session.connection().execute(
            text("UPDATE subscriber SET last_inbound_at = created_at WHERE id % 5 = 0")
        )
        session.connection().execute(
            text("UPDATE subscriber SET last_inbound_at = NULL WHERE id % 7 = 0")
        )
        session.commit()
    agree(db, cast, now)
    agree(db, cast, now + timedelta(days=3))
    monkeypatch.setattr(listing, "MOST", 2)
    agree(db, cast, now)


def test_a_page_far_down_is_no_walk_past_everybody(
    db: database.Database, cast: Cast, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQL puts in order who may come next, and nobody else."""
    asked: list[int] = []
    real = searches.of_them

    def hear(session: Session, people: Sequence[int], after: Cursor | None, limit: int) -> object:
        asked.append(len(people))
        return real(session, people, after, limit)

    monkeypatch.setattr(searches, "of_them", hear)
    monkeypatch.setattr(searches, "page", _refuse)
    with db.reader(cast.rosewood) as session:
        assert len(listing.page(session, Search(window="closed"), now, None, 3)) == 3
        assert len(listing.page(session, Search(country="FR"), now, None, 3)) == 3
    assert max(asked) < 60 / 2


def _refuse(*_: object) -> None:
    raise AssertionError("everybody was looked at")
