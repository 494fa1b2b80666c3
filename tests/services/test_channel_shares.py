"""Several senders on one PostgreSQL: each channel is with one of them at a time."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from math import floor
from pathlib import Path

import pytest

from tests import fakes
from tests import stage as stages
from tests.services.test_evenness import most_in_a_second
from tests.services.test_house_rules import person
from tests.stage import Stage
from webapp.db import Database
from webapp.domain import rate
from webapp.models.channel import Channel
from webapp.services import recovering
from webapp.services.sending import Sender

RATE = 40


@pytest.fixture
def crowd(postgres: Database, now: datetime, tmp_path: Path) -> Stage:
    return stages.build(postgres, now, tmp_path)


def channels(stage: Stage, count: int, people: int = 60) -> list[int]:
    """Each with its own broadcast under way, to so many people."""
    with stage.house.db.writer(stage.people.rosewood) as session:
        beside = session.get_one(Channel, stage.people.channel).model_dump(exclude={"id"})
        made = [Channel(**{**beside, "key": f"77{n}", "rate_per_second": RATE})
                for n in range(count)]  # fmt: skip
        session.add_all(made)
        session.flush()
        ids = [it.id or 0 for it in made]
        for number, channel in enumerate(ids):
            for one in range(people):
                them = person(session, stage, f"P{number}-{one}", None, 20)
                them.channel_id, them.key = channel, f"{number}-{one}"
        session.commit()
    for channel in ids:
        stage.broadcast(channel_id=channel)
    stage.start()
    return ids


def sender(stage: Stage) -> tuple[Sender, fakes.FakeTransport]:
    """With a transport of its own."""
    own = replace(stage, transport=fakes.FakeTransport(stage.transport.answer))
    return own.sender(), own.transport


def turns(stage: Stage, seconds: float, *senders: Sender) -> None:
    until = stage.clock.now() + timedelta(seconds=seconds)
    while stage.clock.now() < until:
        for each in senders:
            each.turn()
        stage.clock.advance(milliseconds=10)


def pages(transport: fakes.FakeTransport) -> Counter[str]:
    """How many were asked of each channel."""
    return Counter(it.url.split("/")[4] for it in transport.sent)


def test_a_channel_is_with_one_sender_while_it_takes_waves(crowd: Stage) -> None:
    channels(crowd, 1)
    (one, told), (other, heard) = sender(crowd), sender(crowd)
    turns(crowd, 1.0, one, other)
    assert len(told.sent) > RATE / 2
    assert heard.sent == []


def test_senders_that_begin_together_come_to_equal_shares(crowd: Stage) -> None:
    channels(crowd, 4)
    (one, told), (other, heard) = sender(crowd), sender(crowd)
    turns(crowd, 1.0, one, other)
    assert (len(pages(told)), len(pages(heard))) == (2, 2)
    assert not pages(told).keys() & pages(heard).keys()


def test_whoever_comes_later_gets_a_share_and_no_second_is_too_full(crowd: Stage) -> None:
    channels(crowd, 3, people=400)
    one, told = sender(crowd)
    turns(crowd, 3.0, one)
    assert len(pages(told)) == 3
    other, heard = sender(crowd)
    before, asked = pages(told), dict[str, list[datetime]]()
    for _ in range(600):
        turns(crowd, 0.01, one, other)
        for page, n in (pages(told) + pages(heard) - before).items():
            moments = asked.setdefault(page, [])
            moments += [crowd.clock.now()] * (n - len(moments))
    assert len(pages(heard)) == 1, "one of three"
    assert all(most_in_a_second(it) <= floor(RATE * rate.HEADROOM) for it in asked.values())


def test_the_channels_of_a_frozen_sender_go_on_with_another(crowd: Stage) -> None:
    channels(crowd, 1)
    (one, told), (other, heard) = sender(crowd), sender(crowd)
    turns(crowd, 0.5, one)
    before = len(told.sent)
    crowd.clock.advance(milliseconds=100)
    turns(crowd, 1.0, other)
    assert heard.sent == [], "it may have asked until just now"
    turns(crowd, 1.0, other)
    assert len(heard.sent) > RATE / 4
    one.turn()
    one.turn()
    assert len(told.sent) == before, "what it held was long over when it woke"


def test_one_that_ends_leaves_its_channels_at_once_and_rested(crowd: Stage) -> None:
    channels(crowd, 1, people=400)
    (one, told), (other, heard) = sender(crowd), sender(crowd)
    turns(crowd, 2.0, one, other)
    one.leave()
    left, before = crowd.clock.now(), len(told.sent)
    turns(crowd, 0.9, other)
    assert heard.sent == []
    turns(crowd, 0.5, other)
    assert heard.sent
    assert crowd.clock.now() - left < rate.APART + timedelta(milliseconds=200)
    assert len(told.sent) == before


def test_a_buried_senders_channels_rest_until_its_last_second_is_over(crowd: Stage) -> None:
    """It may have asked late just before: no second may have requests of both."""
    channels(crowd, 1)
    (one, _), (other, heard) = sender(crowd), sender(crowd)
    turns(crowd, 0.5, one)
    with crowd.house.db.writer(crowd.people.rosewood) as session:
        recovering.bury_id(session, one.worker_id, crowd.clock.now())
        session.commit()
    turns(crowd, 0.9, other)
    assert heard.sent == []
    turns(crowd, 0.7, other)
    assert heard.sent
