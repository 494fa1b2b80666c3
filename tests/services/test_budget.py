"""The budget stop: to the micro, at the claim, whoever claims, and said as a reason."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import Session, select

from tests.stage import Stage
from webapp.db import EVERY_BRAND
from webapp.domain.delivery import DeliveryState
from webapp.domain.segment import EVERYONE
from webapp.models.brand import Brand
from webapp.models.broadcast import Broadcast, Occurrence
from webapp.models.channel import Channel
from webapp.models.subscriber import Subscriber
from webapp.services import claiming, planning, reach_by_hour, reaching, reasons
from webapp.store import deliveries, workers

PEOPLE = 12
PRICE = 12_300  # micros, everywhere: tests/services/test_routes.py has the card's story


def paid_run(stage: Stage, budget_micros: int | None) -> tuple[int, int]:
    """A planned run to people in the United States with a marketing token each."""
    people, now = stage.people, stage.clock.now()
    with stage.house.db.writer(people.rosewood) as session:
        session.get_one(Brand, people.rosewood).country = "US"
        for number in range(PEOPLE):
            enter(session, stage, number)
        session.commit()
    broadcast = stage.broadcast(text="Sale", kind="sponsored", budget_micros=budget_micros)
    with stage.house.db.writer(people.rosewood) as session:
        run = session.exec(select(Occurrence).where(Occurrence.broadcast_id == broadcast)).one()
        run.campaign_key, number = "c1", run.id or 0
        session.commit()
    assert stage.clock.now() == now
    stage.start()
    return broadcast, number


def enter(session: Session, stage: Stage, number: int) -> None:
    people, now = stage.people, stage.clock.now()
    person = Subscriber(
        brand_id=people.rosewood, channel_id=people.channel, key=f"p{number}",
        country="BR" if number % 2 else "US", region=7 if number % 2 else 6,
        created_at=now, updated_at=now,
    )  # fmt: skip
    session.add(person)
    session.flush()
    later = now + timedelta(days=90)
    stage.opt_in(session, person.id or 0, token=f"t{number}", token_expires_at=later)


def claim(stage: Stage, run_id: int, worker: str, room: int = 50) -> claiming.Wave:
    """One claiming transaction, as the sender makes it."""
    now = stage.clock.now()
    with stage.house.db.writer(EVERY_BRAND) as session:
        worker_id = workers.enter(session, worker, 1, now)
        session.commit()
    with stage.house.db.writer(EVERY_BRAND) as session:
        run = session.get_one(Occurrence, run_id)
        broadcast = session.get_one(Broadcast, run.broadcast_id)
        channel = session.get_one(Channel, broadcast.channel_id)
        channel.rate_per_second = 400  # one wave carries everybody
        wave = claiming.claim(
            session, run, broadcast, channel, worker_id, stage.house.book, now, room=room
        )
        session.commit()
    return wave


def spent(stage: Stage, broadcast: int) -> int:
    with stage.house.db.reader(stage.people.rosewood) as session:
        return deliveries.spent_micros(session, broadcast)


@pytest.mark.parametrize(
    ("budget", "claimed"),
    [
        (PRICE - 1, 0), (PRICE, 1), (3 * PRICE - 1, 2), (3 * PRICE, 3), (3 * PRICE + 1, 3),
        (PEOPLE * PRICE - 1, PEOPLE - 1), (PEOPLE * PRICE, PEOPLE), (None, PEOPLE),
    ],
)  # fmt: skip
def test_claims_stop_with_the_last_whole_price(
    stage: Stage, budget: int | None, claimed: int
) -> None:
    broadcast, run = paid_run(stage, budget)
    with stage.house.db.reader(stage.people.rosewood) as session:
        row = session.get_one(Broadcast, broadcast)
        curve = reach_by_hour.cost(session, row, stage.clock.now(), stage.house.book)
    claim(stage, run, "one")
    claim(stage, run, "two")
    assert spent(stage, broadcast) == claimed * PRICE
    assert curve.reached_with(budget) == claimed, "what was forecast is what was claimed"
    if claimed < PEOPLE:
        totals = stage.totals(broadcast)
        assert (totals.claimed, totals.queued) == (claimed, 0)
        assert totals.adds_up


def test_a_stop_is_a_reason_in_words(stage: Stage) -> None:
    broadcast, run = paid_run(stage, 2 * PRICE)
    claim(stage, run, "one")
    claim(stage, run, "one again")
    with stage.house.db.reader(stage.people.rosewood) as session:
        found = {it.reason: it.people for it in deliveries.sums(session, broadcast)
                 if it.state == DeliveryState.SKIPPED}  # fmt: skip
    assert found["brand.budget"] == PEOPLE - 2
    assert "budget was spent" in str(reasons.explain("brand.budget", {}).words)


def test_two_workers_at_once_do_not_overspend(stage: Stage) -> None:
    broadcast, run = paid_run(stage, 5 * PRICE)
    together = threading.Barrier(2)

    def work(name: str) -> None:
        together.wait()
        for turn in range(4):
            claim(stage, run, f"{name}{turn}", room=3)

    threads = [threading.Thread(target=work, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert spent(stage, broadcast) == 5 * PRICE
    assert stage.totals(broadcast).claimed == 5


def test_a_plan_costs_what_the_curve_says(stage: Stage) -> None:
    broadcast, _run = paid_run(stage, None)
    with stage.house.db.reader(stage.people.rosewood) as session:
        row, now = session.get_one(Broadcast, broadcast), stage.clock.now()
        plan = planning.forecast(session, row, now, stage.house.book)
        curve = reach_by_hour.cost(session, row, now, stage.house.book)
        _, of_all = reaching.reach_and_cost(session, EVERYONE, now, stage.house.book)
    assert of_all == curve
    assert (curve.people, curve.cost_micros) == (plan.reached, plan.cost_micros)
    assert [(p.share.market, p.share.price_micros) for p in curve.points] == [
        ("OTHER", PRICE), ("US", PRICE),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("budget", "claimed"), [(9_999, 0), (60_000, 6), (79_999, 6), (85_000, 7), (180_000, 12)]
)
def test_a_budget_goes_to_the_cheapest_people_first(
    stage: Stage, budget: int, claimed: int
) -> None:
    card = replace(
        next(it for it in stage.house.book.cards if it.id == "messenger.price.marketing"),
        rates={"US": (20_000,), "other": (10_000,)},
    )
    stage.take_book(replace(stage.house.book, cards=(card,)))
    broadcast, run = paid_run(stage, budget)
    with stage.house.db.reader(stage.people.rosewood) as session:
        row = session.get_one(Broadcast, broadcast)
        curve = reach_by_hour.cost(session, row, stage.clock.now(), stage.house.book)
    for turn in range(4):
        claim(stage, run, f"turn {turn}")
    assert stage.totals(broadcast).claimed == claimed == curve.reached_with(budget)
    assert spent(stage, broadcast) == sum(([10_000] * 6 + [20_000] * 6)[:claimed])
