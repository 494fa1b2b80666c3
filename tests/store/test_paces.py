from __future__ import annotations

from datetime import datetime, timedelta

from tests import cast as casting
from webapp import db as database
from webapp.models.broadcast import Broadcast
from webapp.models.delivery import Delivery
from webapp.store import paces


def test_steps_count_what_was_accepted_in_them(db: database.Database, now: datetime) -> None:
    cast = casting.enter(db, now)
    with db.writer(cast.rosewood) as session:
        row = Broadcast(brand_id=cast.rosewood, channel_id=cast.channel, name="Hello",
                        kind="standard", created_at=now, updated_at=now)  # fmt: skip
        session.add(row)
        session.flush()
        for step, seconds in enumerate((0, 59, 60, 200, None)):
            at = None if seconds is None else now + timedelta(seconds=seconds)
            session.add(
                Delivery(brand_id=cast.rosewood, broadcast_id=row.id or 0, step=step,
                         subscriber_id=cast.ana, channel_id=cast.channel, sent_at=at)
            )  # fmt: skip
        session.commit()
        key = row.id or 0
        found = paces.of(session, key)
    assert found is not None
    assert (found.start, found.step) == (now, timedelta(seconds=5))
    assert {n: count for n, count in enumerate(found.counts) if count} == {
        0: 1,
        11: 1,
        12: 1,
        40: 1,
    }
    with db.reader(cast.other) as session:
        assert paces.of(session, key) is None
