"""The ledger is read page by page, in the order of an index, and nobody is left out."""

from __future__ import annotations

import random

import pytest
from sqlmodel import Session

from tests.stage import Stage
from webapp.domain.delivery import DeliveryState
from webapp.models.delivery import Delivery
from webapp.models.subscriber import Subscriber
from webapp.store import deliveries

PEOPLE, RUNS = 23, 3
STATES = (DeliveryState.SENT, DeliveryState.FAILED)


@pytest.mark.parametrize("state", [None, *STATES])
@pytest.mark.parametrize("limit", [1, 7, 500])
def test_pages_have_each_row_once(stage: Stage, state: DeliveryState | None, limit: int) -> None:
    broadcast_id, expected = _ledger(stage, state)
    found: list[int] = []
    with stage.house.db.reader(stage.people.rosewood) as session:
        after = 0
        while page := deliveries.page(session, broadcast_id, state, None, after, limit):
            assert len(page) <= limit
            assert all(row.subscriber_id == person.id for row, person in page)
            found += [row.id or 0 for row, _ in page]
            after = found[-1]
    assert len(found) == len(expected)
    assert set(found) == expected


def _ledger(stage: Stage, state: DeliveryState | None) -> tuple[int, set[int]]:
    """Of several runs, whose rows were written in no order of people; and of another broadcast."""
    chance, ours, other = random.Random(3), stage.broadcast(), stage.broadcast()
    with stage.house.db.writer(stage.people.rosewood) as session:
        people = [_person(session, stage, number) for number in range(PEOPLE)]
        rows = [
            _row(stage, broadcast, run, person, chance)
            for run in range(1, RUNS + 1)
            for broadcast in (ours, other)
            for person in chance.sample(people, PEOPLE)
        ]
        session.add_all(rows)
        session.commit()
        wanted = [row for row in rows if row.broadcast_id == ours]
        return ours, {it.id or 0 for it in wanted if state is None or it.state == int(state)}


def _person(session: Session, stage: Stage, number: int) -> int:
    now, people = stage.clock.now(), stage.people
    row = Subscriber(
        brand_id=people.rosewood, channel_id=people.channel, key=f"d{number}",
        created_at=now, updated_at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row.id or 0


def _row(stage: Stage, broadcast_id: int, run: int, person: int, chance: random.Random) -> Delivery:
    now, people = stage.clock.now(), stage.people
    return Delivery(
        brand_id=people.rosewood, broadcast_id=broadcast_id, occurrence=run, subscriber_id=person,
        channel_id=people.channel, state=int(chance.choice(STATES)), decided_at=now,
    )  # fmt: skip
