from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session

from tests import cast as casting
from tests.cast import Cast
from webapp import db as database
from webapp.domain.delivery import DeliveryState
from webapp.domain.permission import Actor, Role
from webapp.models.broadcast import Broadcast, Occurrence
from webapp.models.delivery import Delivery
from webapp.services import attention
from webapp.store import channels, occurrences

UTC = ZoneInfo("UTC")


@pytest.fixture
def cast(db: database.Database, now: datetime) -> Cast:
    return casting.enter(db, now)


@pytest.fixture
def session(db: database.Database, cast: Cast) -> Iterator[Session]:
    with db.writer(cast.rosewood) as writing:
        yield writing


@pytest.fixture
def manager(cast: Cast) -> Actor:
    return Actor(cast.manager, "Manager", Role.MANAGER)


def broadcast(session: Session, cast: Cast, now: datetime, state: str, **more: object) -> Broadcast:
    made = Broadcast(
        brand_id=cast.rosewood, channel_id=cast.channel, name=state, kind="standard", state=state,
        created_at=now, updated_at=now, **more,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def test_a_quiet_brand_needs_nobody(session: Session, manager: Actor, now: datetime) -> None:
    assert attention.needs(session, manager, now).count == 0


def test_an_approval_waits_for_who_may_give_it_and_did_not_ask(
    session: Session, cast: Cast, manager: Actor, now: datetime
) -> None:
    broadcast(session, cast, now, "in_review", asked_by=cast.editor)
    broadcast(session, cast, now, "in_review", asked_by=cast.manager)
    assert len(attention.needs(session, manager, now).approvals) == 1
    editor = Actor(cast.editor, "Editor", Role.EDITOR)
    assert attention.needs(session, editor, now).approvals == ()


def test_unknown_deliveries_are_counted_by_broadcast(
    session: Session, cast: Cast, manager: Actor, now: datetime
) -> None:
    made = broadcast(session, cast, now, "done")
    for person, state in ((cast.ana, DeliveryState.UNKNOWN), (cast.ben, DeliveryState.SENT)):
        session.add(
            Delivery(
                brand_id=cast.rosewood, broadcast_id=made.id or 0, subscriber_id=person,
                channel_id=cast.channel, state=int(state),
            )
        )  # fmt: skip
    session.flush()
    assert list(attention.needs(session, manager, now).unknown) == [(made.id, "done", 1)]


def test_a_run_that_has_not_started_in_time_is_late(
    session: Session, cast: Cast, manager: Actor, now: datetime
) -> None:
    made = broadcast(session, cast, now, "scheduled")
    session.add(
        Occurrence(
            brand_id=cast.rosewood, broadcast_id=made.id or 0, due_at=now - timedelta(minutes=5)
        )
    )
    session.flush()
    assert [b.id for b, _ in attention.needs(session, manager, now).late] == [made.id]


def test_missed_sends_and_stopped_channels_are_shown(
    session: Session, cast: Cast, manager: Actor, now: datetime
) -> None:
    broadcast(session, cast, now, "missed")
    channels.get(session, cast.channel).state = "stopped"
    session.flush()
    found = attention.needs(session, manager, now)
    assert (len(found.missed), [c.id for c in found.channels]) == (1, [cast.channel])


def test_windows_that_close_today_leave_out_who_said_stop(
    session: Session, cast: Cast, now: datetime
) -> None:
    """Ana and Cara wrote an hour ago: their windows end tomorrow at eleven."""
    assert attention.ahead(session, UTC, now).closing == 0
    tomorrow = now + timedelta(hours=13)
    assert attention.ahead(session, UTC, tomorrow).closing == 1


def test_the_next_seven_days_are_in_order(session: Session, cast: Cast, now: datetime) -> None:
    for days in (8, 3, 1):
        broadcast(session, cast, now, "scheduled", scheduled_at=now + timedelta(days=days))
    found = [at for _, _, at in attention.ahead(session, UTC, now).upcoming]
    assert found == [now + timedelta(days=1), now + timedelta(days=3)]


def test_what_repeats_is_among_the_next_seven_days_at_each_of_its_times(
    session: Session, cast: Cast, now: datetime
) -> None:
    first = now + timedelta(hours=2)
    row = broadcast(session, cast, now, "scheduled", scheduled_at=first)
    for days in (0, 1, 2, 9):
        occurrences.create(session, row, first + timedelta(days=days))
    occurrences.numbered(session, row.id or 0, 2).state = "skipped"  # type: ignore[union-attr]
    session.flush()
    found = [at for _, _, at in attention.ahead(session, UTC, now).upcoming]
    assert found == [first, first + timedelta(days=2)]
