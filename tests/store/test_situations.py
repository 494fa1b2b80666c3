"""The database's situation of a row equals the rules' situation of the same facts."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select

from tests import cast
from webapp import db as database
from webapp.domain.policy.situation import Region, Situation, TopicConsent, Window
from webapp.models.opt_in import Consent, OptIn
from webapp.models.subscriber import Subscriber
from webapp.store import situations
from webapp.store.situations import View

PEOPLE = 120
SPACING = timedelta(hours=48)


def around(chance: random.Random, now: datetime) -> datetime | None:
    """Unknown, on the very moment, or some days to either side of it."""
    return chance.choice([None, now, now + timedelta(seconds=chance.randint(-900_000, 900_000))])


def enter_strangers(db: database.Database, people: cast.Cast, now: datetime) -> None:
    chance = random.Random(4)
    with db.writer(people.rosewood) as session:
        for number in range(PEOPLE):
            person = Subscriber(
                brand_id=people.rosewood, channel_id=people.channel, key=f"s{number}",
                region=int(chance.choice(list(Region))), created_at=now, updated_at=now,
                window_opener=chance.choice(["message", "ad_message", None]),
                window_ends_at=around(chance, now), last_inbound_at=around(chance, now),
                opted_out_at=around(chance, now), unavailable_at=around(chance, now),
            )  # fmt: skip
            session.add(person)
            session.flush()
            if chance.random() < 0.7:
                enter_consent(session, people, person, chance, now)
        session.commit()


def enter_consent(
    session: Any, people: cast.Cast, person: Subscriber, chance: random.Random, now: datetime
) -> None:
    common = {"brand_id": people.rosewood, "subscriber_id": person.id, "topic_id": people.topic}
    act = OptIn(**common, action="opt_in", at=now, recorded_at=now)
    session.add(act)
    session.flush()
    session.add(
        Consent(
            **common, opt_in_id=act.id, since=now, state=chance.choice(["active", "stopped"]),
            token=chance.choice([None, f"t{person.id}"]), token_expires_at=around(chance, now),
            last_used_at=around(chance, now), next_eligible_at=around(chance, now),
        )
    )  # fmt: skip


def by_the_rules(person: Subscriber, consent: Consent | None, view: View) -> Situation:
    at = view.at
    is_open = person.window_ends_at is not None and person.window_ends_at > at
    opened = Window.AD if person.window_opener == "ad_message" else Window.OPEN
    too_soon = consent is not None and (
        (consent.next_eligible_at or at) > at
        or (consent.last_used_at is not None and consent.last_used_at > at - view.spacing)
    )
    live = consent is not None and consent.state == "active" and consent.token is not None
    unexpired = consent is not None and (
        consent.token_expires_at is None or consent.token_expires_at > at
    )
    return Situation(
        window=opened if is_open else Window.CLOSED,
        recent_human=person.last_inbound_at is not None
        and person.last_inbound_at > at - timedelta(days=7),
        topic=topic_of(consent, at) if view.topic_id else TopicConsent.NONE,
        topic_spaced=not (too_soon and view.topic_id),
        paid_token=view.paid and live and unexpired,
        paid_spaced=not (view.paid and too_soon),
        opted_out=person.opted_out_at is not None,
        unavailable=person.unavailable_at is not None,
        region=Region(person.region),
    )


def topic_of(consent: Consent | None, at: datetime) -> TopicConsent:
    if consent is None:
        return TopicConsent.NONE
    if consent.state != "active":
        return TopicConsent.STOPPED
    if consent.token is None:
        return TopicConsent.NO_TOKEN
    ended = consent.token_expires_at is not None and consent.token_expires_at <= at
    return TopicConsent.EXPIRED if ended else TopicConsent.ACTIVE


@pytest.mark.parametrize("paid", [False, True])
@pytest.mark.parametrize("with_topic", [False, True])
def test_sql_and_the_rules_see_the_same_situation(
    db: database.Database, now: datetime, *, paid: bool, with_topic: bool
) -> None:
    people = cast.enter(db, now)
    enter_strangers(db, people, now)
    view = View(now, people.topic if with_topic else None, paid, SPACING)
    consent = situations.consent_of(view)
    query: Any = select(Subscriber, situations.code(view, consent)).outerjoin(
        consent, situations.joins(view, consent)
    )
    with db.reader(people.rosewood) as session:
        found = session.exec(query).all()
        consents = {row.subscriber_id: row for row in session.exec(select(Consent))}
    assert len(found) == PEOPLE + 4
    for person, code in found:
        assert Situation.of(code) == by_the_rules(person, consents.get(person.id), view)
