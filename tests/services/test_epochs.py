"""A restored database uses numbers a second time, and no key: what is told of the messages that
were lost with it says nothing about the ones it sends."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from tests.services import whatsapp_stage as wire
from tests.services.test_halting import go_on, stop
from tests.stage import Stage
from webapp.db import EVERY_BRAND
from webapp.domain.delivery import DeliveryState, key_of
from webapp.domain.mark import Mark
from webapp.models.delivery import Delivery
from webapp.services import recovering
from webapp.store import deliveries

LOST, OURS = 0x1A2B3C4D, 0x5E6F7081
UNKNOWN, CLAIMED = int(DeliveryState.UNKNOWN), int(DeliveryState.CLAIMED)


def row(stage: Stage, channel: int, state: int, epoch: int | None) -> int:
    """A message to the person of PHONE, asked for now."""
    now = stage.clock.now()
    wire.hear(stage, [wire.on_whatsapp(messages=[wire.message(now - timedelta(minutes=1), "in")])])
    (person,) = wire.people(stage, channel)
    broadcast = stage.broadcast(channel_id=channel)
    with stage.house.db.writer(stage.people.rosewood) as session:
        made = Delivery(
            brand_id=stage.people.rosewood, broadcast_id=broadcast, channel_id=channel,
            subscriber_id=person.id or 0, state=state, epoch=epoch, claimed_at=now, worker_id=77,
        )  # fmt: skip
        session.add(made)
        session.flush()
        number = made.id or 0
        session.commit()
    return number


def tell(stage: Stage, key: str) -> None:
    about = {"wamid": f"wamid.{key}", "biz_opaque_callback_data": key}
    told = wire.status(stage.clock.now(), "delivered", **about)
    wire.hear(stage, [wire.on_whatsapp(statuses=[told])])
    stage.clock.advance(seconds=2)


def state(stage: Stage, number: int) -> int:
    with stage.house.db.reader(EVERY_BRAND) as session:
        return session.get_one(Delivery, number).state


@pytest.mark.parametrize("own", [OURS, None])
def test_only_the_key_a_message_went_out_with_settles_it(stage: Stage, own: int | None) -> None:
    channel = wire.add_channels(stage)["whatsapp"]
    number = row(stage, channel, UNKNOWN, own)
    for key in (key_of(number, LOST), key_of(number, OURS if own is None else None)):
        tell(stage, key)
        assert state(stage, number) == UNKNOWN, key
    tell(stage, key_of(number, own))
    assert state(stage, number) == DeliveryState.SENT


def test_what_was_told_before_the_number_was_used_again_settles_nothing(stage: Stage) -> None:
    channel = wire.add_channels(stage)["whatsapp"]
    number = row(stage, channel, CLAIMED, OURS)
    with stage.house.db.writer(EVERY_BRAND) as session:
        session.delete(session.get_one(Delivery, number))
        session.commit()
    tell(stage, key_of(number, LOST))
    tell(stage, key_of(number, None))
    with stage.house.db.writer(stage.people.rosewood) as session:
        (person,) = wire.people(stage, channel)
        session.add(Delivery(
            id=number, brand_id=stage.people.rosewood, channel_id=channel, state=CLAIMED,
            broadcast_id=stage.broadcast(channel_id=channel), subscriber_id=person.id or 0,
            epoch=OURS, claimed_at=stage.clock.now(), worker_id=77,
        ))  # fmt: skip
        session.commit()
    with stage.house.db.writer(EVERY_BRAND) as session:
        assert recovering.bury_id(session, 77, stage.clock.now()) == 1
        session.commit()
    assert state(stage, number) == UNKNOWN


def test_a_row_that_was_never_asked_for_is_named_by_no_key(stage: Stage) -> None:
    broadcast = stage.broadcast()
    stage.start()
    number = stage.rows(broadcast)["Ana"].id or 0
    with stage.house.db.reader(EVERY_BRAND) as session:
        assert deliveries.marked(session, Mark(number)) is None


def epoch_of_next(stage: Stage) -> int | None:
    broadcast = stage.broadcast()
    stage.start()
    stage.run(stage.sender())
    stage.clock.advance(minutes=1)
    found = stage.rows(broadcast)["Ana"]
    body = json.loads(stage.transport.sent[-1].body or b"{}")
    assert body["message"]["metadata"] == key_of(found.id or 0, found.epoch)
    return found.epoch


def test_going_on_after_a_halt_and_every_start_begin_an_epoch(stage: Stage) -> None:
    seen = [epoch_of_next(stage), epoch_of_next(stage)]
    sender = stage.sender()
    for _ in range(2):
        broadcast = stage.broadcast()
        stage.start()
        stage.run(sender)
        seen.append(stage.rows(broadcast)["Ana"].epoch)
        stop(stage)
        go_on(stage)
        stage.clock.advance(minutes=1)
    assert None not in seen
    assert len(set(seen)) == len(seen)
