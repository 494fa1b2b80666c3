"""Scheduled, taken back, paused, resumed, cancelled."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlmodel import Session

from tests.services import broadcast_stage
from tests.services.broadcast_stage import BOOK, Stage
from webapp import db as database
from webapp.domain.delivery import DeliveryState
from webapp.domain.errors import Forbidden, Invalid, Refused
from webapp.models.broadcast import Broadcast
from webapp.models.delivery import Delivery
from webapp.services import approving, scheduling, steering
from webapp.store import deliveries, occurrences


@pytest.fixture
def stage(db: database.Database, now: datetime) -> Stage:
    return broadcast_stage.enter(db, now)


def test_a_set_time_becomes_a_run_that_is_due_then(stage: Stage) -> None:
    with stage.session() as session:
        made = stage.scheduled(session)
        run = occurrences.latest(session, made.id or 0)
        assert run is not None
        assert run.due_at == made.scheduled_at == stage.now + timedelta(days=1)
        assert (run.state, run.grace_minutes) == ("due", 30)


def test_now_waits_twenty_seconds_for_an_undo(stage: Stage) -> None:
    with stage.session() as session:
        made = stage.scheduled(session, schedule={"mode": "now"})
        assert made.scheduled_at == stage.now + timedelta(seconds=20)
        scheduling.unschedule(session, stage.manager, made.id or 0, stage.now)
        run = occurrences.latest(session, made.id or 0)
        assert made.state == "approved"
        assert approving.is_current(session, made, BOOK, stage.now)
        assert made.approval_hash is not None
        assert run is not None
        assert run.state == "cancelled"


def test_what_was_taken_back_can_be_scheduled_again(stage: Stage) -> None:
    with stage.session() as session:
        made = stage.scheduled(session)
        scheduling.unschedule(session, stage.manager, made.id or 0, stage.now)
        scheduling.schedule(session, stage.manager, made.id or 0, BOOK, stage.now)
        run = occurrences.latest(session, made.id or 0)
        assert run is not None
        assert (run.number, run.state) == (2, "due")


def test_an_approved_time_that_passed_is_not_scheduled(stage: Stage) -> None:
    with stage.session() as session:
        made = stage.approved(session)
        with pytest.raises(Invalid) as caught:
            scheduling.schedule(
                session, stage.manager, made.id or 0, BOOK, stage.now + timedelta(days=2)
            )
        assert list(caught.value.errors) == ["schedule"]


def test_a_draft_is_not_scheduled(stage: Stage) -> None:
    with stage.session() as session:
        made = stage.ready(session)
        with pytest.raises(Refused, match="after its approval"):
            scheduling.schedule(session, stage.manager, made.id or 0, BOOK, stage.now)


def test_an_editor_schedules_nothing(stage: Stage) -> None:
    with stage.session() as session:
        made = stage.approved(session)
        with pytest.raises(Forbidden):
            scheduling.schedule(session, stage.editor, made.id or 0, BOOK, stage.now)


def test_pause_and_resume_move_the_broadcast_and_its_run(stage: Stage) -> None:
    with stage.session() as session:
        made = _sending(stage, session)
        steering.pause(session, stage.manager, made.id or 0, stage.now)
        assert _states(session, made) == ("paused", "paused")
        assert "Manager" in str(made.state_reason)
        steering.resume(session, stage.manager, made.id or 0, stage.now)
        assert _states(session, made) == ("sending", "sending")


def test_a_cancel_leaves_the_sent_and_cancels_the_waiting(stage: Stage) -> None:
    with stage.session() as session:
        made = _sending(stage, session)
        states = (DeliveryState.SENT, DeliveryState.QUEUED, DeliveryState.QUEUED)
        people = (stage.cast.ana, stage.cast.ben, stage.cast.dao)
        for person, state in zip(people, states, strict=True):
            session.add(_row(stage, made, person, state))
        session.commit()
        assert steering.cancel(session, stage.manager, made.id or 0, stage.now) == 2
        totals = deliveries.totals(session, made.id or 0)
        assert (totals.audience, totals.sent, totals.cancelled) == (3, 1, 2)
        assert _states(session, made) == ("cancelled", "cancelled")


def test_what_is_over_is_not_cancelled(stage: Stage) -> None:
    with stage.session() as session:
        made = stage.draft(session)
        steering.cancel(session, stage.manager, made.id or 0, stage.now)
        with pytest.raises(Refused, match="nothing to cancel"):
            steering.cancel(session, stage.manager, made.id or 0, stage.now)


def _sending(stage: Stage, session: Session) -> Broadcast:
    made = stage.scheduled(session)
    run = occurrences.latest(session, made.id or 0)
    assert run is not None
    made.state, run.state = "sending", "sending"
    session.add_all((made, run))
    session.commit()
    return made


def _states(session: Session, made: Broadcast) -> tuple[str, str]:
    run = occurrences.latest(session, made.id or 0)
    assert run is not None
    session.refresh(run)
    return made.state, run.state


def _row(stage: Stage, made: Broadcast, person: int, state: DeliveryState) -> Delivery:
    return Delivery(
        brand_id=stage.cast.rosewood,
        broadcast_id=made.id or 0,
        subscriber_id=person,
        channel_id=stage.cast.channel,
        state=int(state),
    )
