"""Rows that an earlier release left in the queue of a cancelled run."""

from __future__ import annotations

from alembic import command
from sqlalchemy import update

from tests.stage import Stage
from webapp.db import WRITING
from webapp.domain.delivery import DeliveryState
from webapp.models.delivery import Delivery
from webapp.services import steering
from webapp.store import schema


def test_they_are_cancelled_and_no_other_row_is_touched(stage: Stage) -> None:
    cancelled, waiting = stage.broadcast(), stage.broadcast()
    stage.start()
    with stage.house.db.writer(stage.people.rosewood) as session:
        steering.cancel(session, stage.actor(), cancelled, stage.clock.now())
        left = update(Delivery).where(Delivery.state == DeliveryState.CANCELLED)  # type: ignore[arg-type]
        session.exec(left.values(state=int(DeliveryState.QUEUED), finished_at=None, reason=None))
        session.commit()
    engine = stage.house.db.engine
    with engine.execution_options(**WRITING).begin() as connection:
        command.downgrade(schema._config(connection), "0036")
    schema.upgrade(engine)
    assert schema.differences(engine) == []
    row = stage.rows(cancelled)["Ana"]
    assert (row.state, row.reason) == (DeliveryState.CANCELLED, "broadcast.cancelled")
    assert row.finished_at is not None
    assert (stage.totals(cancelled).queued, stage.totals(cancelled).cancelled) == (0, 1)
    assert stage.rows(waiting)["Ana"].state == DeliveryState.QUEUED
    assert stage.totals(waiting).queued == 1
