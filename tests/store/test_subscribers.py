from __future__ import annotations

import threading
import time
from datetime import datetime

import pytest
from sqlalchemy import text
from sqlmodel import Session

from tests import cast as casting
from tests.cast import Cast
from webapp import db as database
from webapp.models.subscriber import Subscriber, SubscriberKey
from webapp.store import searches, subscribers
from webapp.store.searches import Search


@pytest.fixture
def cast(db: database.Database, now: datetime) -> Cast:
    return casting.enter(db, now)


def _place(session: Session, key: int, country: str | None, locale: str | None) -> None:
    person = session.get_one(Subscriber, key)
    person.country, person.locale = country, locale
    session.add(person)


def test_the_countries_and_locales_are_those_of_this_brands_living_people(
    db: database.Database, cast: Cast, now: datetime
) -> None:
    with db.writer(database.EVERY_BRAND) as session:
        _place(session, cast.ana, "BR", "pt_BR")
        _place(session, cast.ben, None, None)
        _place(session, cast.cara, "FR", "fr_FR")
        _place(session, cast.dao, "VN", "vi_VN")
        _place(session, cast.eva, "AU", "en_AU")
        session.get_one(Subscriber, cast.dao).erased_at = now
        session.commit()
    with db.reader(cast.rosewood) as session:
        assert subscribers.countries(session) == ["BR", "FR"]
        assert subscribers.locales(session) == ["fr_FR", "pt_BR"]


def test_a_brand_without_people_has_no_countries(db: database.Database, cast: Cast) -> None:
    with db.writer(database.EVERY_BRAND) as session:
        session.delete(session.get_one(Subscriber, cast.eva))
        session.commit()
    with db.reader(cast.other) as session:
        assert subscribers.countries(session) == []
        assert not subscribers.exists(session)


def test_a_person_is_found_by_any_id_they_go_by(db: database.Database, now: datetime) -> None:
    cast = casting.enter(db, now)
    with db.writer(cast.rosewood) as session:
        person = session.get_one(Subscriber, cast.ana)
        person.key = "BR.1349"
        for key, ended in (("5511", None), ("5522", now)):
            session.add(
                SubscriberKey(brand_id=cast.rosewood, channel_id=cast.channel, key=key,
                              subscriber_id=cast.ana, ended_at=ended)
            )  # fmt: skip
        session.commit()
        found = {
            text: [row.id for row in searches.page(session, Search(text=text), now)]
            for text in ("BR.1349", "5511", "5522")
        }  # fmt: skip
    assert found == {"BR.1349": [cast.ana], "5511": [cast.ana], "5522": []}


def test_whoever_marks_people_waits_with_nobody_of_a_higher_id_in_hand(
    postgres: database.Database, now: datetime
) -> None:
    """Else the inbox, which takes people by id, and the sender end in a deadlock."""
    cast = casting.enter(postgres, now)
    low, *_, high = sorted((cast.ana, cast.ben, cast.cara))
    _mark(postgres, cast.rosewood, [low], now)  # its row lies behind the others now
    with postgres.writer(cast.rosewood) as inbox:
        subscribers.hold(inbox, cast.channel, [_key(inbox, low)])
        other = threading.Thread(target=_mark, args=(postgres, cast.rosewood, [high, low], now))
        other.start()
        _wait_until_somebody_waits(inbox)
        inbox.connection().execute(text("SET LOCAL lock_timeout = '5s'"))
        subscribers.hold(inbox, cast.channel, [_key(inbox, high)])
        inbox.rollback()
    other.join()
    with postgres.reader(cast.rosewood) as session:
        assert {session.get_one(Subscriber, key).last_sent_at for key in (low, high)} == {now}


def _key(session: Session, subscriber_id: int) -> str:
    return session.get_one(Subscriber, subscriber_id).key


def _mark(db: database.Database, brand_id: int, people: list[int], now: datetime) -> None:
    with db.writer(brand_id) as session:
        for way in ("indexscan", "bitmapscan"):  # rows come as they lie
            session.connection().execute(text(f"SET LOCAL enable_{way} = off"))
        subscribers.mark_sent(session, people, now)
        session.commit()


def _wait_until_somebody_waits(session: Session) -> None:
    asks = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    for _ in range(500):
        if session.connection().execute(asks).scalar():
            return
        time.sleep(0.01)
    pytest.fail("nobody waits for the lock that is held")
