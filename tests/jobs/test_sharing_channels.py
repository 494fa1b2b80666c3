"""Two real sending processes on PostgreSQL share two channels, and one has both when the other is
gone."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlmodel import col

from tests.cast import VAULT
from tests.torture import proof
from tests.torture.ground import OPTIONS, Ground, until
from webapp.models.channel import Channel, RateBucket
from webapp.models.subscriber import Subscriber

RATE, EACH = 20, 200  # a second, people: they last until the two processes have come to terms
READY = ": ready"
PAGES = ("100200301", "100200302")


def two_channels(ground: Ground) -> list[int]:
    """Half of the people on each, beside the channel of the ground."""
    made = []
    for page in PAGES:
        ground.simulator.register_page(id=page, token=page, options=OPTIONS)
        ground.simulator.pause_reactions()
        with ground.db.writer(ground.brand) as session:
            first = session.get_one(Channel, ground.stage.people.channel)
            copied = first.model_dump(exclude={"id", "key", "access_token", "rate_per_second"})
            token = VAULT.seal(page)
            channel = Channel(**copied, key=page, access_token=token, rate_per_second=RATE)
            session.add(channel)
            session.flush()
            theirs = select(col(Subscriber.id)).where(
                col(Subscriber.channel_id) == first.id, col(Subscriber.key).startswith("90")
            )
            session.connection().execute(
                update(Subscriber)
                .where(col(Subscriber.id).in_(theirs.limit(EACH)))
                .values(channel_id=channel.id)
            )
            session.commit()
            made.append(channel.id or 0)
    return made


def holders(ground: Ground, channels: list[int]) -> set[int]:
    """The senders that the channels are with."""
    with ground.db.reader(ground.brand) as session:
        query = select(col(RateBucket.worker_id)).where(col(RateBucket.channel_id).in_(channels))
        return {it for it in session.execute(query).scalars() if it is not None}


def test_two_processes_share_the_channels_and_one_takes_over_both(hall: Ground) -> None:
    channels = two_channels(hall)
    with (
        hall.hurried("clock", "jobs") as clock,
        hall.hurried("worker", "worker") as worker,
    ):
        clock.until_says(READY)
        worker.until_says(READY)
        for channel in channels:
            hall.broadcast(channel_id=channel)
        until(lambda: len(holders(hall, channels)) == 2, "a channel for each")
        worker.kill()
        hall.until_all_done()
        assert len(holders(hall, channels)) == 1, "the clock, which sends too, has both"
    found = proof.prove(hall, people=EACH, kills=1, rate=RATE)
    assert found.holds, found
