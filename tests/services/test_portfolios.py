"""The limit of a WhatsApp business: never exceeded, nobody skipped for it, and said where asked."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import Session, col, select

from tests.services import whatsapp_stage as wire
from tests.stage import Stage
from webapp.db import EVERY_BRAND
from webapp.domain import template_layout
from webapp.domain.broadcast import Kind
from webapp.domain.content import Content
from webapp.domain.delivery import DeliveryState
from webapp.domain.policy.verdict import Until
from webapp.domain.template import Category
from webapp.domain.templated import Templated
from webapp.models.brand import Brand
from webapp.models.broadcast import Broadcast, Occurrence
from webapp.models.channel import Channel
from webapp.models.delivery import Delivery
from webapp.models.subscriber import Subscriber
from webapp.models.template import Template
from webapp.services import approving, claiming, explaining, portfolios
from webapp.store import messages, occurrences, workers

BODY: list[dict[str, object]] = [{"type": "BODY", "text": "Your order is on its way."}]
OUTSIDE, LIMIT = 4, 3


@pytest.fixture
def run(stage: Stage) -> int:
    """A utility broadcast to four people outside their windows and, after them, one inside."""
    people, now = stage.people, stage.clock.now()
    channel = wire.add_channels(stage)["whatsapp"]
    with stage.house.db.writer(people.rosewood) as session:
        session.get_one(Brand, people.rosewood).country = "AU"
        session.get_one(Channel, channel).people_a_day = LIMIT
        for number in range(OUTSIDE + 1):
            enter(session, stage, channel, number, inside=number == OUTSIDE)
        common = {"brand_id": people.rosewood, "channel_id": channel}
        session.add(
            Template(**common, key="7", name="order", language="en", category="utility",
                     state="approved", components=BODY, told_at=now)
        )  # fmt: skip
        row = Broadcast(**common, name="On its way", kind="utility", state="scheduled",
                        schedule={"mode": "now"}, created_at=now, updated_at=now)  # fmt: skip
        session.add(row)
        session.flush()
        layout = template_layout.read(BODY)
        filled = Templated("order", "en", Category.UTILITY, "whatsapp", layout)
        messages.save(session, row.id or 0, Content(template=filled), now)
        row.approval_hash = approving.hash_of(session, row, stage.house.book, now)
        made = occurrences.create(session, row, now)
        session.commit()
        number = made.id or 0
    stage.start()
    return number


def enter(session: Session, stage: Stage, channel: int, number: int, *, inside: bool) -> None:
    people, now = stage.people, stage.clock.now()
    wrote = now - timedelta(hours=1 if inside else 50)
    person = Subscriber(
        brand_id=people.rosewood, channel_id=channel, key=f"5511{number}", first_name=f"P{number}",
        country="BR", region=7, last_inbound_at=wrote, window_opened_at=wrote,
        window_opener="message", window_ends_at=wrote + timedelta(hours=24),
        created_at=now, updated_at=now,
    )  # fmt: skip
    session.add(person)
    session.flush()
    stage.opt_in(session, person.id or 0)


def claim(stage: Stage, run_id: int) -> tuple[list[int], claiming.Wave]:
    """People of one wave that could carry everybody, in order, and the wave."""
    now = stage.clock.now()
    with stage.house.db.writer(EVERY_BRAND) as session:
        worker = workers.enter(session, "w", 1, now)
        one = session.get_one(Occurrence, run_id)
        broadcast = session.get_one(Broadcast, one.broadcast_id)
        channel = session.get_one(Channel, broadcast.channel_id)
        channel.rate_per_second = 300
        wave = claiming.claim(
            session, one, broadcast, channel, worker, stage.house.book, now, room=50
        )
        names = {it.subscriber_id for it in wave.claims}
        found = session.exec(select(Subscriber.key).where(col(Subscriber.id).in_(names))).all()
        session.commit()
    return sorted(int(key[4:]) for key in found), wave


def test_no_more_people_are_reached_outside_their_windows_than_the_limit_allows(
    stage: Stage, run: int
) -> None:
    first, _ = claim(stage, run)
    assert first == [0, 1, 2, 4]  # the fourth waits; whoever is inside their window does not
    stage.clock.advance(seconds=30)
    nobody, wave = claim(stage, run)
    assert (nobody, wave.skipped) == ([], 0)


def test_whoever_waits_for_the_limit_is_written_to_when_the_first_leave_the_count(
    stage: Stage, run: int
) -> None:
    claim(stage, run)
    stage.clock.advance(hours=23, minutes=59)
    assert claim(stage, run)[0] == []
    stage.clock.advance(minutes=2)
    assert claim(stage, run)[0] == [3]


def test_a_person_who_failed_used_nothing_up(stage: Stage, run: int) -> None:
    claim(stage, run)
    with stage.house.db.writer(stage.people.rosewood) as session:
        row = session.exec(select(Delivery).where(Delivery.state == 1)).first()
        assert row is not None
        row.state = int(DeliveryState.FAILED)
        session.commit()
    stage.clock.advance(seconds=30)
    assert claim(stage, run)[0] == [3]


def test_a_raised_limit_lets_the_others_through(stage: Stage, run: int) -> None:
    claim(stage, run)
    wire.hear(
        stage,
        [wire.on_whatsapp("business_capability_update",
                          max_daily_conversations_per_business="TIER_2K")],
    )  # fmt: skip
    stage.clock.advance(seconds=30)
    assert claim(stage, run)[0] == [3]


def test_an_older_word_about_the_limit_that_comes_later_changes_nothing(
    stage: Stage, run: int
) -> None:
    for tier, at in (("TIER_10K", 1_700_000_060), ("TIER_2K", 1_700_000_000)):
        body = wire.on_whatsapp(
            "business_capability_update", max_daily_conversations_per_business=tier
        )
        body["entry"][0]["time"] = at
        wire.hear(stage, [body])
    with stage.house.db.reader(stage.people.rosewood) as session:
        row = session.get_one(Occurrence, run)
        broadcast = session.get_one(Broadcast, row.broadcast_id)
        assert session.get_one(Channel, broadcast.channel_id).people_a_day == 10_000


def test_a_limit_that_is_not_known_is_the_smallest(stage: Stage, run: int) -> None:
    with stage.house.db.writer(stage.people.rosewood) as session:
        row = session.get_one(Occurrence, run)
        broadcast = session.get_one(Broadcast, row.broadcast_id)
        channel = session.get_one(Channel, broadcast.channel_id)
        channel.people_a_day = None
        stands = portfolios.standing(session, channel, stage.house.book, stage.clock.now())
    assert stands is not None
    assert (stands.limit, stands.used, stands.known) == (250, 0, False)


def test_a_person_is_explained_as_held_until_the_first_leave_the_count(
    stage: Stage, run: int
) -> None:
    claim(stage, run)
    now = stage.clock.now()
    with stage.house.db.reader(stage.people.rosewood) as session:
        person = session.exec(select(Subscriber).where(Subscriber.key == "55113")).one()
        known = explaining.grounds(session, person, stage.house.book, now)
        told = explaining.explain(known, Kind.UTILITY, now, now)
    assert told.decision.reason.rule_id == "whatsapp.portfolio.limit"
    assert told.decision.until is Until.CAP_END
    assert told.next_legal_at == told.changes_at == now + timedelta(hours=24)
