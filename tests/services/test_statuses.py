"""WhatsApp's statuses: each settles, none lowers, a late failure says why."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from tests.services import whatsapp_stage as wire
from tests.stage import Stage
from webapp.db import EVERY_BRAND
from webapp.domain.delivery import DeliveryState
from webapp.models.channel import Channel
from webapp.models.delivery import Delivery
from webapp.models.raw_event import Event
from webapp.models.subscriber import Subscriber
from webapp.store import rollups

SECOND = timedelta(seconds=1)
SENT, UNKNOWN = int(DeliveryState.SENT), int(DeliveryState.UNKNOWN)


def asked(stage: Stage, channel: int, state: int) -> int:
    """A message to the person of PHONE, asked for now; its delivery's id."""
    now = stage.clock.now()
    wire.hear(stage, [wire.on_whatsapp(messages=[wire.message(now - 60 * SECOND, "in")])])
    (person,) = wire.people(stage, channel)
    broadcast = stage.broadcast(channel_id=channel)
    with stage.house.db.writer(stage.people.rosewood) as session:
        row = Delivery(
            brand_id=stage.people.rosewood, broadcast_id=broadcast, subscriber_id=person.id or 0,
            channel_id=channel, state=state, claimed_at=now, finished_at=now,
            sent_at=now if state == SENT else None,
            platform_message_id="wamid.out" if state == SENT else None,
        )  # fmt: skip
        session.add(row)
        session.flush()
        made = row.id or 0
        session.commit()
    stage.clock.advance(minutes=5)
    return made


def row_of(stage: Stage, delivery: int) -> Delivery:
    with stage.house.db.reader(EVERY_BRAND) as session:
        return session.get_one(Delivery, delivery)


def told(stage: Stage, delivery: int, name: str, after: int, **more: Any) -> dict[str, Any]:
    at = stage.clock.now() - timedelta(minutes=5) + after * SECOND
    key = {"biz_opaque_callback_data": f"fl:{delivery}"}
    return wire.on_whatsapp(statuses=[wire.status(at, name, **key, **more)])


def test_any_status_that_brings_our_key_settles_an_unknown(stage: Stage) -> None:
    channel = wire.add_channels(stage)["whatsapp"]
    for name in ("sent", "delivered", "read", "failed"):
        delivery = asked(stage, channel, UNKNOWN)
        wire.hear(stage, [told(stage, delivery, name, 1)])
        row = row_of(stage, delivery)
        assert row.state == SENT, name
        assert row.platform_message_id == "wamid.out"
        with stage.house.db.writer(EVERY_BRAND) as session:
            session.delete(session.get_one(Delivery, delivery))
            session.commit()
        wire.forget(stage, channel)


NO_PAYMENT = [{"code": 131042, "title": "Business eligibility payment issue"}]


def test_a_late_failure_that_concerns_every_message_stops_the_channel(stage: Stage) -> None:
    channel = wire.add_channels(stage)["whatsapp"]
    delivery = asked(stage, channel, SENT)
    wire.hear(stage, [told(stage, delivery, "failed", 1, errors=NO_PAYMENT)])
    with stage.house.db.reader(stage.people.rosewood) as session:
        row = session.get_one(Channel, channel)
        others = session.get_one(Channel, stage.people.channel)
    assert (row.state, others.state) == ("stopped", "connected")
    assert row.stopped_reason is not None
    assert row.stopped_reason["code"] == "131042"
    assert row_of(stage, delivery).state == SENT


@pytest.mark.parametrize("code", [131049, 131026, 130472, 987654, "x", None])
def test_a_late_failure_of_one_person_stops_nothing(stage: Stage, code: object) -> None:
    channel = wire.add_channels(stage)["whatsapp"]
    delivery = asked(stage, channel, SENT)
    wire.hear(stage, [told(stage, delivery, "failed", 1, errors=[{"code": code, "title": "no"}])])
    with stage.house.db.reader(stage.people.rosewood) as session:
        assert session.get_one(Channel, channel).state == "connected"


def test_a_failure_from_before_somebody_looked_stops_nothing_again(stage: Stage) -> None:
    channel = wire.add_channels(stage)["whatsapp"]
    delivery = asked(stage, channel, SENT)
    with stage.house.db.writer(stage.people.rosewood) as session:
        session.get_one(Channel, channel).checked_at = stage.clock.now()
        session.commit()
    wire.hear(stage, [told(stage, delivery, "failed", 1, errors=NO_PAYMENT)])
    with stage.house.db.reader(stage.people.rosewood) as session:
        assert session.get_one(Channel, channel).state == "connected"


def test_facts_keep_their_earliest_time_in_any_order(stage: Stage) -> None:
    channel = wire.add_channels(stage)["whatsapp"]
    delivery = asked(stage, channel, SENT)
    names = ("sent", "delivered", "read")
    statuses = [told(stage, delivery, name, n) for n, name in enumerate(names)]
    ends = set()
    for order in itertools.permutations(statuses):
        wire.hear(stage, [*order, order[0]])
        row = row_of(stage, delivery)
        ends.add((row.state, row.delivered_at, row.read_at, row.sent_at))
        with stage.house.db.writer(EVERY_BRAND) as session:
            kept = session.get_one(Delivery, delivery)
            kept.delivered_at = kept.read_at = None
            for event in session.exec(select(Event).where(Event.channel_id == channel)):
                session.delete(event)
            session.commit()
    assert len(ends) == 1
    assert all(ends.pop())


@pytest.mark.parametrize("state", [SENT, UNKNOWN])
def test_statuses_in_any_order_and_repeated_end_in_the_same_row(stage: Stage, state: int) -> None:
    channel = wire.add_channels(stage)["whatsapp"]
    names, ends = ("sent", "delivered", "read", "failed"), set()
    for order in itertools.permutations(range(len(names))):
        delivery = asked(stage, channel, state)
        asked_at = row_of(stage, delivery).claimed_at
        assert asked_at
        bodies = [told(stage, delivery, names[n], n + 1) for n in order]
        statuses = [body["entry"][0]["changes"][0]["value"]["statuses"][0] for body in bodies]
        wire.hear(stage, [wire.on_whatsapp(statuses=[*statuses, *statuses[:2]]), bodies[0]])
        row = row_of(stage, delivery)
        moments = (row.delivered_at, row.read_at, row.sent_at)
        after = tuple((at - asked_at).total_seconds() for at in moments if at)
        ends.add((row.state, row.detail, after))
        with stage.house.db.writer(EVERY_BRAND) as session:
            session.delete(session.get_one(Delivery, delivery))
            session.commit()
        wire.forget(stage, channel)
    assert len(ends) == 1, ends


def test_what_became_of_a_message_is_counted_on_its_own_day(stage: Stage) -> None:
    channel = wire.add_channels(stage)["whatsapp"]
    delivery = asked(stage, channel, SENT)
    sent_on = stage.clock.now().date()
    stage.clock.advance(days=3)
    at = stage.clock.now()
    key = {"biz_opaque_callback_data": f"fl:{delivery}"}
    wire.hear(stage, [wire.on_whatsapp(statuses=[wire.status(at, "read", **key)])])
    with stage.house.db.reader(stage.people.rosewood) as session:
        days = rollups.days(session, sent_on, at.date())
    assert [row.day for row in days if row.read] == [sent_on]


def test_a_status_of_one_message_says_nothing_of_another(stage: Stage) -> None:
    channel = wire.add_channels(stage)["whatsapp"]
    delivery = asked(stage, channel, SENT)
    at = stage.clock.now()
    wire.hear(stage, [wire.on_whatsapp(statuses=[wire.status(at, "read", "wamid.other")])])
    assert row_of(stage, delivery).read_at is None


def test_a_late_failure_leaves_the_row_sent_and_says_why(stage: Stage) -> None:
    channel = wire.add_channels(stage)["whatsapp"]
    delivery = asked(stage, channel, SENT)
    errors = [{"code": 131049, "title": "t", "error_data": {"details": "enough for now"}}]
    wire.hear(stage, [told(stage, delivery, "failed", 3, errors=errors)])
    row = row_of(stage, delivery)
    assert (row.state, row.detail) == (SENT, "131049 enough for now")


def test_a_stop_told_by_a_failure_is_a_stop(stage: Stage) -> None:
    channel = wire.add_channels(stage)["whatsapp"]
    delivery = asked(stage, channel, SENT)
    wire.hear(stage, [told(stage, delivery, "failed", 3, errors=[{"code": 131050}])])
    (person,) = wire.people(stage, channel)
    assert person.opted_out_at is not None


def test_whoever_cannot_be_reached_is_not_until_they_write(stage: Stage) -> None:
    channel = wire.add_channels(stage)["whatsapp"]
    delivery = asked(stage, channel, SENT)
    wire.hear(stage, [told(stage, delivery, "failed", 3, errors=[{"code": 131026}])])
    assert wire.people(stage, channel)[0].unavailable_at is not None
    wire.hear(stage, [wire.on_whatsapp(messages=[wire.message(stage.clock.now(), "back")])])
    assert wire.people(stage, channel)[0].unavailable_at is None


def test_a_ban_of_the_business_account_stops_its_numbers_and_no_other_channel(
    stage: Stage,
) -> None:
    ids = wire.add_channels(stage)
    ban = {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "DISABLE"}}
    body = wire.on_whatsapp("account_update", **ban)
    wire.hear(stage, [body])
    with stage.house.db.reader(EVERY_BRAND) as session:
        states = {row.platform: row.state for row in session.exec(select(Channel))
                  if row.id in (*ids.values(), stage.people.channel)}  # fmt: skip
    assert states == {"whatsapp": "stopped", "instagram": "connected", "messenger": "connected"}


def test_a_wish_told_before_the_person_is_known_holds(stage: Stage) -> None:
    channel, now = wire.add_channels(stage)["whatsapp"], stage.clock.now()
    wish = {"wa_id": wire.PHONE, "category": "marketing_messages", "value": "stop",
            "timestamp": str(int(now.timestamp()))}  # fmt: skip
    wire.hear(stage, [wire.on_whatsapp("user_preferences", user_preferences=[wish])])
    (person,) = wire.people(stage, channel)
    assert person.opted_out_at == now
    assert isinstance(person, Subscriber)
    assert person.window_ends_at is None
