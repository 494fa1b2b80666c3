"""The platform's limit of calls in a day: the channel waits at it, and nobody fails for it."""

from __future__ import annotations

from datetime import timedelta

from sqlmodel import Session

from tests.services.test_spreading import crowd, go_on
from tests.stage import Stage
from webapp.domain.call_limit import Calls
from webapp.models.broadcast import Broadcast
from webapp.models.call_bucket import CallBucket
from webapp.models.channel import Channel
from webapp.models.subscriber import Subscriber
from webapp.services import calling
from webapp.services.sending import Sender

EACH = 200  # messenger.limit.daily_per_engaged


def standing(stage: Stage) -> calling.Standing:
    with stage.house.db.reader(stage.people.rosewood) as session:
        channel = session.get_one(Channel, stage.people.channel)
        found = calling.standing(session, channel, stage.house.book, stage.clock.now())
    assert found is not None
    return found


def made(session: Session, stage: Stage, calls: int) -> None:
    session.merge(
        CallBucket(
            channel_id=stage.people.channel,
            calls=Calls().added(calls, stage.clock.now()).to_json(),
        )
    )


def used(stage: Stage, calls: int) -> None:
    with stage.house.db.writer(stage.people.rosewood) as session:
        made(session, stage, calls)
        session.commit()


def test_it_stands_at_so_many_calls_for_everyone_who_could_be_messaged(stage: Stage) -> None:
    before = standing(stage)
    crowd(stage, 11)
    assert standing(stage).engaged == before.engaged + 10
    assert standing(stage).limit == (before.engaged + 10) * EACH


def test_each_message_is_a_call(stage: Stage) -> None:
    crowd(stage)
    stage.broadcast()
    stage.start()
    assert go_on(stage, [stage.sender()], 5) == 30
    assert standing(stage).used == 30


def test_at_the_limit_the_channel_waits_and_goes_on_when_calls_are_a_day_old(
    stage: Stage,
) -> None:
    crowd(stage)
    limit = standing(stage).limit
    used(stage, limit - 7)
    broadcast = stage.broadcast()
    stage.start()
    senders = [stage.sender()]
    assert go_on(stage, senders, 10) == 7
    full = standing(stage)
    assert (full.left, full.used) == (0, limit)
    assert full.frees_at is not None
    assert stage.totals(broadcast).queued == 30 - 7
    assert stage.totals(broadcast).failed == 0
    stage.clock.moment = full.frees_at - timedelta(hours=24)
    used(stage, 0)
    assert go_on(stage, senders, 70) == 30 - 7


def test_it_goes_on_as_soon_as_more_people_write(stage: Stage) -> None:
    crowd(stage)
    used(stage, standing(stage).limit)
    stage.broadcast()
    stage.start()
    senders = [stage.sender()]
    assert go_on(stage, senders, 5) == 0
    with stage.house.db.writer(stage.people.rosewood) as session:
        ben = session.get_one(Subscriber, stage.people.ben)
        ben.window_ends_at = stage.clock.now() + timedelta(hours=24)
        session.commit()
    assert go_on(stage, senders, 70) == 30


def test_what_is_paid_for_is_counted_on_no_side(stage: Stage) -> None:
    with stage.house.db.writer(stage.people.rosewood) as session:
        channel, now = session.get_one(Channel, stage.people.channel), stage.clock.now()
        broadcast = Broadcast(kind="sponsored", channel_id=stage.people.channel)
        assert calling.quota(session, broadcast, channel, stage.house.book, now, 4) is None
        broadcast.kind = "standard"
        assert calling.quota(session, broadcast, channel, stage.house.book, now, 4) is not None


def test_two_senders_count_together(stage: Stage) -> None:
    crowd(stage)
    used(stage, standing(stage).limit - 9)
    stage.broadcast()
    stage.start()
    senders: list[Sender] = [stage.sender()]
    if not stage.house.db.is_sqlite:
        senders.append(stage.sender())
    assert go_on(stage, senders, 10) == 9


def test_a_platform_without_such_a_limit_counts_nothing(stage: Stage) -> None:
    with stage.house.db.writer(stage.people.rosewood) as session:
        channel = session.get_one(Channel, stage.people.channel)
        channel.platform = "whatsapp"
        assert calling.standing(session, channel, stage.house.book, stage.clock.now()) is None


def test_who_looks_on_hears_of_a_limit_that_is_reached(stage: Stage) -> None:
    crowd(stage)

    def reached() -> calling.Standing | None:
        with stage.house.db.reader(stage.people.rosewood) as session:
            channel = session.get_one(Channel, stage.people.channel)
            return calling.reached(session, channel, stage.house.book, stage.clock.now())

    assert reached() is None
    limit = standing(stage).limit
    used(stage, limit - 1)
    assert reached() is None
    used(stage, limit)
    assert reached() == standing(stage)
