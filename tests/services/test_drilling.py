"""Crash drills: practice only, refused while anything real goes out, and the sum holds."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import select

from tests.stage import Stage
from webapp.db import EVERY_BRAND
from webapp.domain import remark
from webapp.domain.errors import Forbidden, Refused
from webapp.domain.permission import Role
from webapp.models.audit import Audit
from webapp.models.broadcast import Broadcast
from webapp.models.channel import Channel
from webapp.models.drill import Drill
from webapp.services import drilling, recovering
from webapp.services.sending import Sender


def practise(stage: Stage, *, practice: bool = True) -> None:
    with stage.house.db.writer(stage.people.rosewood) as session:
        session.get_one(Channel, stage.people.channel).practice = practice
        session.commit()


def sending(stage: Stage) -> tuple[int, Sender]:
    """A practice broadcast in the middle: one message is on its way."""
    practise(stage)
    broadcast = stage.broadcast()
    stage.start()
    stage.transport.silent = True
    sender = stage.sender()
    stage.run(sender, turns=3)
    return broadcast, sender


def order(stage: Stage, broadcast: int, role: Role = Role.ADMIN) -> None:
    with stage.house.db.writer(stage.people.rosewood) as session:
        drilling.order(session, stage.actor(role), broadcast, stage.clock.now())


def strike(stage: Stage, sender: Sender) -> bool:
    return drilling.strike(stage.house.db, sender.worker_id, stage.clock.now())


def found(stage: Stage) -> Drill:
    with stage.house.db.reader(stage.people.rosewood) as session:
        return session.exec(select(Drill)).one()


def real_broadcast(stage: Stage) -> None:
    """In another brand, on a real channel, going out."""
    now = stage.clock.now()
    with stage.house.db.writer(stage.people.other) as session:
        session.add(
            Broadcast(
                brand_id=stage.people.other, channel_id=stage.people.other_channel, name="Real",
                kind="standard", state="sending", schedule={"mode": "now"},
                created_at=now, updated_at=now,
            )
        )  # fmt: skip
        session.commit()


def test_the_sum_holds_before_and_after(stage: Stage) -> None:
    broadcast, sender = sending(stage)
    order(stage, broadcast)
    assert strike(stage, sender)
    assert found(stage).before == drilling.sums(stage.totals(broadcast))
    assert drilling.close(stage.house.db, stage.clock.now()) == 0, "nobody has taken over yet"
    stage.clock.advance(minutes=1)
    recovering.bury_dead(stage.house.db, stage.clock.now())
    assert drilling.close(stage.house.db, stage.clock.now()) == 1
    drill, after = found(stage), stage.totals(broadcast)
    assert (drill.state, drill.unknown, after.unknown) == ("over", 1, 1)
    assert after.adds_up
    assert drill.over_at == drill.struck_at + timedelta(minutes=1)  # type: ignore[operator]


def test_an_order_strikes_once_and_only_who_sends_it(stage: Stage) -> None:
    broadcast, sender = sending(stage)
    idle = Sender(stage.house, stage.transport, worker_id=sender.worker_id + 1000)  # type: ignore[arg-type]
    assert not strike(stage, sender), "nobody ordered it"
    order(stage, broadcast)
    assert not strike(stage, idle)
    assert strike(stage, sender)
    assert not strike(stage, sender)
    with pytest.raises(Refused, match="under way"):
        order(stage, broadcast)


def test_a_real_channel_is_never_drilled(stage: Stage) -> None:
    broadcast, _ = sending(stage)
    practise(stage, practice=False)
    with pytest.raises(Refused, match="real"):
        order(stage, broadcast)


def test_nothing_is_drilled_while_something_real_goes_out_in_whichever_brand(stage: Stage) -> None:
    broadcast, _ = sending(stage)
    real_broadcast(stage)
    with pytest.raises(Refused, match="real channel of this installation"):
        order(stage, broadcast)


def test_what_became_real_after_the_order_is_seen_before_the_blow(stage: Stage) -> None:
    broadcast, sender = sending(stage)
    order(stage, broadcast)
    real_broadcast(stage)
    assert not strike(stage, sender)
    drill = found(stage)
    assert drill.state == "refused"
    assert "real channel" in str(remark.from_json(drill.refusal))


def test_a_broadcast_that_ended_before_the_blow_kills_nobody(stage: Stage) -> None:
    broadcast, sender = sending(stage)
    order(stage, broadcast)
    stage.transport.silent = False
    stage.run(sender)
    assert stage.state(broadcast) == "done"
    assert not strike(stage, sender)
    assert found(stage).state == "refused"
    with pytest.raises(Refused, match="being sent"):
        order(stage, broadcast)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR, Role.MANAGER])
def test_only_admins_drill_and_it_is_on_record(stage: Stage, role: Role) -> None:
    broadcast, sender = sending(stage)
    with pytest.raises(Forbidden):
        order(stage, broadcast, role)
    order(stage, broadcast)
    strike(stage, sender)
    with stage.house.db.reader(EVERY_BRAND) as session:
        done = list(session.exec(select(Audit.action)))
    assert done[-2:] == ["broadcast.drill", "broadcast.struck"]
