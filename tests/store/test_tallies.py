"""Everybody counted for all topics at once stands where a query for one topic puts them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import true

from tests import cast as casting
from webapp import db as database
from webapp.models.opt_in import Consent, Topic
from webapp.store import situations, tallies
from webapp.store.situations import View


def test_two_queries_say_what_one_a_topic_says(db: database.Database, now: datetime) -> None:
    cast = casting.enter(db, now)
    with db.writer(cast.rosewood) as session:
        other = Topic(brand_id=cast.rosewood, slug="news", name="News")
        session.add(other)
        session.flush()
        for person, state in ((cast.ana, "stopped"), (cast.ben, "active")):
            session.add(
                Consent(brand_id=cast.rosewood, subscriber_id=person, topic_id=other.id or 0,
                        state=state, opt_in_id=1, since=now, token="t",
                        last_used_at=now - timedelta(hours=1))
            )  # fmt: skip
        session.commit()
        spacing = timedelta(hours=48)
        paid = View(at=now, paid=True, spacing=timedelta(hours=12))
        everybody = tallies.by_channel(session, paid, [cast.channel])
        found = tallies.by_topic(
            session, View(at=now, spacing=spacing), everybody, [cast.topic, other.id or 0]
        )
        for (channel_id, topic_id), people in found.items():
            view = View(at=now, topic_id=topic_id, spacing=spacing)
            assert people == situations.tally(session, view, true(), channel_id), topic_id
        assert everybody[cast.channel] == situations.tally(session, paid, true(), cast.channel)


@pytest.mark.parametrize("channels", [[], [987]])
def test_nobody_is_counted_where_nobody_is(
    db: database.Database, now: datetime, channels: list[int]
) -> None:
    cast = casting.enter(db, now)
    with db.reader(cast.rosewood) as session:
        found = tallies.by_channel(session, View(at=now), channels)
    assert found == {channel: {} for channel in channels}


def test_another_brands_people_are_not_counted(db: database.Database, now: datetime) -> None:
    cast = casting.enter(db, now)
    with db.reader(cast.rosewood) as session:
        found = tallies.by_channel(session, View(at=now), [cast.channel, cast.other_channel])
    assert sum(found[cast.channel].values()) == 4
    assert found[cast.other_channel] == {}
