from __future__ import annotations

import threading
from datetime import datetime

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from tests import cast
from webapp.db import Database
from webapp.domain.rate import Grant
from webapp.store import rates


def test_two_processes_that_begin_a_channel_in_one_moment_share_its_slots(
    db: Database, now: datetime
) -> None:
    people = cast.enter(db, now)
    at_the_door = threading.Event()
    grants: list[Grant] = []

    def knock(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if statement.startswith("INSERT INTO rate_bucket"):  # it has seen that there is none
            at_the_door.set()

    def second() -> None:
        event.listen(db.engine, "before_cursor_execute", knock)
        if db.is_sqlite:  # one writes at a time: it waits before its first look
            at_the_door.set()
        take()

    def take() -> None:
        with db.writer(people.rosewood) as session:
            grants.append(rates.take(session, people.channel, 100, now, 5))
            if threading.current_thread() is not other:
                other.start()
                assert at_the_door.wait(60)
            session.commit()

    other = threading.Thread(target=second)
    take()
    other.join(60)
    assert [grant.count for grant in grants] == [5, 5]
    assert grants[1].first == grants[0].tat, "after the last of the first one's"


def test_the_first_wave_of_a_channel_holds_it_as_every_later_one_does(
    db: Database, now: datetime
) -> None:
    """Or a wave that holds no slot yet and one that does would wait for each other's calls."""
    people = cast.enter(db, now)
    with db.writer(people.rosewood) as first:
        rates.hold(first, people.channel, 1)
        with pytest.raises(OperationalError), db.passing_writer(people.rosewood) as second:
            rates.hold(second, people.channel, 2)
        assert rates.take(first, people.channel, 100, now, 5).count == 5
        first.commit()
