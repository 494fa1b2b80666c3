"""Late and repeated webhooks about people who were erased."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlmodel import select

from tests import cast
from tests.services import whatsapp_stage
from tests.services.test_receiving import event, ms, post, understand, wrote
from tests.stage import Stage
from webapp import db as database
from webapp.db import EVERY_BRAND
from webapp.domain import errors
from webapp.domain.delivery import DeliveryState, key_of
from webapp.domain.event import Event as Told
from webapp.domain.event import EventKind
from webapp.domain.import_row import Row
from webapp.models.channel import Channel
from webapp.models.delivery import Delivery
from webapp.models.raw_event import Event, RawEvent
from webapp.models.subscriber import Subscriber
from webapp.services import forgotten, subscribers


@pytest.fixture
def erased_at(stage: Stage) -> datetime:
    """Ana was erased an hour after the cast came on."""
    stage.clock.advance(hours=1)
    with stage.house.db.writer(stage.people.rosewood) as session:
        subscribers.erase(session, stage.actor(), cast.VAULT, stage.people.ana, stage.clock.now())
    stage.clock.advance(hours=1)
    return stage.clock.now() - timedelta(hours=1)


def everybody(stage: Stage) -> set[str]:
    """Keys of the living of the cast's channel."""
    with stage.house.db.reader(stage.people.rosewood) as session:
        return {it.key for it in session.exec(select(Subscriber)) if it.erased_at is None}


def kept(stage: Stage) -> str:
    """All that events and posts hold, as one text."""
    with stage.house.db.reader(EVERY_BRAND) as session:
        rows: list[Any] = [*session.exec(select(Event)), *session.exec(select(RawEvent))]
        return " ".join(str(row.model_dump()) for row in rows)


def test_a_message_from_before_the_erasure_brings_nobody_back(
    stage: Stage, erased_at: datetime
) -> None:
    post(stage, wrote(erased_at - timedelta(minutes=5), "my address is 1 Main St", person="1"))
    understand(stage)
    assert everybody(stage) == {"2", "3", "4"}
    assert "Main St" not in kept(stage)


def test_nor_does_one_of_the_very_moment_or_of_no_known_time(
    stage: Stage, erased_at: datetime
) -> None:
    timeless = wrote(erased_at, person="1", mid="m2")
    del timeless["timestamp"]
    post(stage, wrote(erased_at, person="1"), timeless)
    understand(stage)
    assert everybody(stage) == {"2", "3", "4"}


@pytest.mark.parametrize(
    "body",
    [
        {"postback": {"mid": "p", "title": "More", "payload": "MORE"}},
        {"reaction": {"mid": "r", "action": "react", "emoji": "x"}},
        {"referral": {"ref": "spring", "source": "SHORTLINK", "type": "OPEN_THREAD"}},
        {"optin": {"ref": "plugin"}},
        {"delivery": {"watermark": 1}},
        {"read": {"watermark": 1}},
    ],
)
def test_nothing_told_late_brings_them_back(
    stage: Stage, erased_at: datetime, body: dict[str, object]
) -> None:
    post(stage, event(erased_at - timedelta(minutes=1), "1", **body))
    understand(stage)
    assert everybody(stage) == {"2", "3", "4"}
    assert '"1"' not in kept(stage)
    assert "'person': '1'" not in kept(stage)


def test_others_in_the_same_post_are_heard(stage: Stage, erased_at: datetime) -> None:
    late = wrote(erased_at - timedelta(minutes=5), person="1", mid="late")
    post(stage, late, wrote(erased_at, person="2"))
    understand(stage)
    with stage.house.db.reader(stage.people.rosewood) as session:
        assert session.get_one(Subscriber, stage.people.ben).last_inbound_at == erased_at


def test_an_echo_after_the_erasure_settles_the_ledger_and_keeps_no_word(
    stage: Stage,
) -> None:
    broadcast = stage.broadcast()
    stage.start()
    row = stage.rows(broadcast)["Ana"]
    with stage.house.db.writer(stage.people.rosewood) as session:
        unknown = session.get_one(Delivery, row.id)
        unknown.state, unknown.claimed_at = int(DeliveryState.UNKNOWN), stage.clock.now()
        session.commit()
        subscribers.erase(session, stage.actor(), cast.VAULT, stage.people.ana, stage.clock.now())
    stage.clock.advance(minutes=1)
    told = {
        "mid": "e1",
        "text": "Hello Ana",
        "is_echo": True,
        "metadata": key_of(row.id or 0, row.epoch),
    }
    at = stage.clock.now()
    post(stage, {"sender": {"id": cast.PAGE}, "recipient": {"id": "1"}, "timestamp": ms(at),
                 "message": told})  # fmt: skip
    understand(stage)
    with stage.house.db.reader(stage.people.rosewood) as session:
        assert session.get_one(Delivery, row.id).state == DeliveryState.SENT
    assert everybody(stage) == {"2", "3", "4"}
    assert "Hello Ana" not in kept(stage)
    assert "'person'" not in kept(stage)


def test_who_writes_after_their_erasure_is_met_anew_and_files_stay_refused(
    stage: Stage, erased_at: datetime
) -> None:
    wrote_at = erased_at + timedelta(minutes=10)
    post(stage, wrote(wrote_at, "hello again", person="1"))
    understand(stage)
    people = stage.people
    with stage.house.db.writer(people.rosewood) as session:
        back = session.exec(select(Subscriber).where(Subscriber.key == "1")).one()
        assert back.id != people.ana
        assert (back.first_name, back.first_seen_at) == (None, wrote_at)
        assert back.window_ends_at == wrote_at + timedelta(hours=24)
        with pytest.raises(errors.Refused):
            subscribers.upsert(
                session, stage.actor(), cast.VAULT, people.channel, Row(1, "1", {}), wrote_at
            )


def test_what_is_told_late_of_who_came_back_stays_forgotten(
    stage: Stage, erased_at: datetime
) -> None:
    post(stage, wrote(erased_at + timedelta(minutes=10), person="1"))
    post(stage, wrote(erased_at - timedelta(minutes=10), "an old secret", person="1", mid="old"))
    understand(stage)
    assert "an old secret" not in kept(stage)
    with stage.house.db.reader(stage.people.rosewood) as session:
        back = session.exec(select(Subscriber).where(Subscriber.key == "1")).one()
        assert back.first_seen_at == erased_at + timedelta(minutes=10)


def test_another_channel_knows_nothing_of_the_erasure(stage: Stage, erased_at: datetime) -> None:
    with stage.house.db.reader(EVERY_BRAND) as session:
        eva = session.get_one(Subscriber, stage.people.eva)
        assert eva.erased_at is None
        there = session.get_one(Channel, stage.people.other_channel)
        late = Told(kind=EventKind.MESSAGE, channel_key=there.key, person_key="1",
                    at=erased_at - timedelta(hours=1), key="k")  # fmt: skip
        assert not forgotten.about(session, there, late, cast.VAULT.fingerprint, erased_at)


@pytest.mark.parametrize("db", ["postgresql"], indirect=True)
def test_nobody_is_erased_between_the_look_and_what_is_written(
    stage: Stage, db: database.Database
) -> None:
    people, now = stage.people, stage.clock.now()
    told = Told(kind=EventKind.MESSAGE, channel_key=cast.PAGE, person_key="1", at=now, key="k")
    with db.writer(people.rosewood) as applying, db.writer(people.rosewood) as erasing:
        channel = applying.get_one(Channel, people.channel)
        assert not forgotten.about(applying, channel, told, cast.VAULT.fingerprint, now)
        erasing.execute(text("SET LOCAL lock_timeout = '20ms'"))
        with pytest.raises(OperationalError):
            subscribers.erase(erasing, stage.actor(), cast.VAULT, people.ana, now)


def test_a_new_id_of_an_erased_person_is_theirs_too(stage: Stage) -> None:
    number = whatsapp_stage.add_channels(stage)["whatsapp"]
    with stage.house.db.reader(EVERY_BRAND) as session:
        here = session.get_one(Channel, number)
    brand, now = here.brand_id, stage.clock.now()
    with stage.house.db.writer(brand) as session:
        met = Subscriber(brand_id=brand, channel_id=number, key="US.1", created_at=now,
                         updated_at=now)  # fmt: skip
        session.add(met)
        session.commit()
        subscribers.erase(session, stage.actor(), cast.VAULT, met.id or 0, now)
    later = now + timedelta(days=1)
    told = Told(kind=EventKind.IDENTITY, channel_key=here.key, person_key="US.2", was=("US.1",),
                at=later, key="k")  # fmt: skip
    with stage.house.db.writer(brand) as session:
        assert forgotten.about(session, here, told, cast.VAULT.fingerprint, later)
        session.commit()
        row = Row(1, "US.2", {})
        with pytest.raises(errors.Refused):
            subscribers.upsert(session, stage.actor(), cast.VAULT, number, row, later)
