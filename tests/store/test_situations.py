"""The database's situation of a row equals the rules' situation of the same facts."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import true
from sqlmodel import select

from tests import cast
from webapp import db as database
from webapp.domain.policy.situation import (
    Region,
    Situation,
    TopicConsent,
    Window,
    without_country,
)
from webapp.models.opt_in import Consent, OptIn, Topic
from webapp.models.subscriber import Subscriber
from webapp.store import consents as ledger
from webapp.store import situations
from webapp.store.situations import View

PEOPLE = 250
SPACING = timedelta(hours=48)


def around(chance: random.Random, now: datetime) -> datetime | None:
    """Unknown, on the very moment, or some days to either side of it."""
    return chance.choice([None, now, now + timedelta(seconds=chance.randint(-900_000, 900_000))])


def enter_strangers(db: database.Database, people: cast.Cast, now: datetime) -> None:
    chance = random.Random(4)
    with db.writer(people.rosewood) as session:
        other = enter_topic(session, people)
        for number in range(PEOPLE):
            person = Subscriber(
                brand_id=people.rosewood, channel_id=people.channel, key=f"s{number}",
                region=number % len(Region), created_at=now, updated_at=now,
                window_opener=chance.choice(["message", "ad_message", None]),
                window_ends_at=around(chance, now), last_inbound_at=around(chance, now),
                window_opened_at=around(chance, now), free_entry_ends_at=around(chance, now),
                opted_out_at=around(chance, now), unavailable_at=around(chance, now),
            )  # fmt: skip
            session.add(person)
            session.flush()
            for topic in (people.topic, other):
                if chance.random() < 0.6:
                    enter_consent(session, people, topic, person, chance, now)
        session.commit()


def enter_topic(session: Any, people: cast.Cast) -> int:
    topic = Topic(brand_id=people.rosewood, slug="openings", name="Openings")
    session.add(topic)
    session.flush()
    return topic.id or 0


def enter_consent(
    session: Any,
    people: cast.Cast,
    topic: int,
    person: Subscriber,
    chance: random.Random,
    now: datetime,
) -> None:
    common = {"brand_id": people.rosewood, "subscriber_id": person.id, "topic_id": topic}
    act = OptIn(**common, action="opt_in", at=now, recorded_at=now)
    ledger.append(session, [act])
    session.add(
        Consent(
            **common, opt_in_id=act.id, since=now, state=chance.choice(["active", "stopped"]),
            token=chance.choice([None, f"t{person.id}"]), token_expires_at=around(chance, now),
            last_used_at=around(chance, now), next_eligible_at=around(chance, now),
        )
    )  # fmt: skip


def by_the_rules(person: Subscriber, consents: Sequence[Consent], view: View) -> Situation:
    at = view.at
    mine = next((c for c in consents if c.topic_id == view.topic_id), None)
    return Situation(
        window=window_of(person, at),
        recent_human=is_after(person.last_inbound_at, at - timedelta(days=7)),
        topic=topic_of(mine, at),
        topic_spaced=mine is None or is_spaced(mine, view),
        paid_token=view.paid and any(is_live(c, at) for c in consents),
        paid_spaced=not view.paid or all(is_spaced(c, view) for c in consents),
        opted_out=person.opted_out_at is not None,
        unavailable=person.unavailable_at is not None,
        opted_in=view.general and any(c.state == "active" for c in consents),
        free_entry=view.general and is_after(person.free_entry_ends_at, at),
        region=Region(person.region),
    )


def window_of(person: Subscriber, at: datetime) -> Window:
    day_ago = at - timedelta(hours=24)
    if not is_after(person.window_ends_at, at) or is_after(person.window_opened_at, at):
        return Window.CLOSED
    if is_after(person.window_opened_at, day_ago) or is_after(person.last_inbound_at, day_ago):
        return Window.OPEN
    return Window.AD if person.window_opener == "ad_message" else Window.OPEN


def is_after(moment: datetime | None, other: datetime) -> bool:
    return moment is not None and moment > other


def is_spaced(consent: Consent, view: View) -> bool:
    free_at = consent.next_eligible_at
    used = is_after(consent.last_used_at, view.at - view.spacing)
    return not (used or is_after(free_at, view.at))


def is_live(consent: Consent, at: datetime) -> bool:
    unexpired = consent.token_expires_at is None or consent.token_expires_at > at
    return consent.state == "active" and consent.token is not None and unexpired


def topic_of(consent: Consent | None, at: datetime) -> TopicConsent:
    if consent is None:
        return TopicConsent.NONE
    if consent.state != "active":
        return TopicConsent.STOPPED
    if consent.token is None:
        return TopicConsent.NO_TOKEN
    ended = consent.token_expires_at is not None and consent.token_expires_at <= at
    return TopicConsent.EXPIRED if ended else TopicConsent.ACTIVE


@pytest.mark.parametrize("general", [False, True])
@pytest.mark.parametrize("paid", [False, True])
@pytest.mark.parametrize("with_topic", [False, True])
def test_sql_and_the_rules_see_the_same_situation(
    db: database.Database, now: datetime, *, paid: bool, with_topic: bool, general: bool
) -> None:
    people = cast.enter(db, now)
    enter_strangers(db, people, now)
    chance, seen = random.Random(5), set()
    for at in [now, *(now + timedelta(seconds=chance.randint(-900_000, 900_000)) for _ in "abcd")]:
        view = View(at, people.topic if with_topic else None, paid, SPACING, general)
        found = codes(db, people, view)
        assert len(found) == PEOPLE + 4
        for person, consents, code, bound in found:
            assert code == bound
            assert Situation.of(code) == by_the_rules(person, consents, view)
            seen.add(Situation.of(code))
    assert {it.window for it in seen} == set(Window)
    assert {it.region for it in seen} == set(Region)
    assert {it.opted_in for it in seen} == {it.free_entry for it in seen} == {False, general}


def codes(
    db: database.Database, people: cast.Cast, view: View
) -> list[tuple[Subscriber, list[Consent], int, int]]:
    """Each person with their consents and code, twice: by values and by bound parameters."""
    consent = situations.consent_of(view)
    query: Any = select(
        Subscriber,
        situations.code(view, consent),
        situations.code(view, consent, situations.BOUND),
    ).outerjoin(consent, situations.joins(view, consent))
    with db.reader(people.rosewood) as session:
        found = session.exec(query, params=view.values()).all()
        given = session.exec(select(Consent)).all()
    return [
        (person, [c for c in given if c.subscriber_id == person.id], code, bound)
        for person, code, bound in found
    ]


@pytest.mark.parametrize("thinnest", [0, 4])
def test_a_whole_channel_is_the_sum_of_its_chunks(
    db: database.Database, now: datetime, monkeypatch: pytest.MonkeyPatch, thinnest: int
) -> None:
    people = cast.enter(db, now)
    enter_strangers(db, people, now)
    monkeypatch.setattr(situations, "CHUNK", 40)
    monkeypatch.setattr(situations, "THINNEST", thinnest)  # 0: all at once
    view = View(now, people.topic, paid=True, spacing=SPACING, general=True)
    with db.reader(people.rosewood) as session:
        at_once = situations.tally(session, view, true(), people.channel)
        assert situations.everyone(session, view, people.channel) == at_once
        assert situations.everyone(session, view, people.other_channel) == {}
    assert len(at_once) > 100


def test_people_of_an_unknown_country_can_be_counted(db: database.Database, now: datetime) -> None:
    people = cast.enter(db, now)
    enter_strangers(db, people, now)
    view = View(now)
    with db.reader(people.rosewood) as session:
        channel = session.get_one(Subscriber, people.ana).channel_id
        tally = situations.tally(session, view, true(), channel)
        unknown = session.exec(select(Subscriber).where(Subscriber.region == 0)).all()
    assert without_country(tally) == len(unknown) > 0
