"""One person explained: the same answers a broadcast gets, over time, with what made them."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from tests import cast as casting
from tests.conftest import NOW
from tests.store.test_situations import enter_strangers
from webapp import db as database
from webapp.domain.broadcast import Kind
from webapp.domain.errors import Invalid
from webapp.domain.policy import rulebook, timeline
from webapp.domain.policy.situation import Region, Situation
from webapp.domain.policy.standing import situation_at
from webapp.models.brand import Brand
from webapp.models.channel import Channel
from webapp.models.opt_in import Consent, Topic
from webapp.models.subscriber import Subscriber
from webapp.services import asking, explaining
from webapp.services.explaining import Explanation, Grounds
from webapp.store import situations, topics

BOOK = rulebook.load()
HOUR = timedelta(hours=1)


def known(session: Session, person_id: int) -> Grounds:
    return explaining.grounds(session, session.get_one(Subscriber, person_id), BOOK, NOW)


def explained(
    session: Session, person_id: int, kind: Kind, now: datetime, topic: int | None = None
) -> Explanation:
    called = session.get(Topic, topic) if topic else None
    return explaining.explain(known(session, person_id), kind, now, now, called)


@pytest.mark.parametrize("kind", list(Kind))
def test_the_database_and_one_persons_rows_make_the_same_situation(
    db: database.Database, now: datetime, kind: Kind
) -> None:
    people = casting.enter(db, now)
    enter_strangers(db, people, now)
    chance = random.Random(11)
    topic = people.topic if kind is Kind.SUBSCRIPTION else None
    moments = [now, *(now + chance.randint(-300, 300) * HOUR for _ in range(6))]
    with db.reader(people.rosewood) as session:
        brand = session.get_one(Brand, people.rosewood)
        channel = session.get_one(Channel, people.channel)
        for at in moments:
            asked = asking.ask(brand, channel, kind, topic, at, BOOK)
            assert asked.view.spacing == timeline.spacing(asked.question, BOOK)
            codes = by_the_database(session, asked.view)
            assert len(codes) > 100
            for person, code in codes:
                standing = known(session, person).standing(kind, topic)
                found = situation_at(standing, at, asked.view.spacing)
                assert found == Situation.of(code), (person, at)


def by_the_database(session: Session, view: situations.View) -> list[tuple[int, int]]:
    consent = situations.consent_of(view)
    query: Any = select(Subscriber.id, situations.code(view, consent)).outerjoin(
        consent, situations.joins(view, consent)
    )
    return list(session.exec(query).all())


def test_an_open_window_is_told_until_its_end_and_never_after(
    db: database.Database, now: datetime
) -> None:
    people = casting.enter(db, now)
    with db.reader(people.rosewood) as session:
        ana = explained(session, people.ana, Kind.STANDARD, now)
    first, last = ana.timeline
    assert (str(first.words), first.ends_at) == ("Freely, inside the window", now + 23 * HOUR)
    assert (str(last.words), last.ends_at) == ("Never, unless they write", None)
    assert ana.changes_at == now + 23 * HOUR
    assert ana.next_legal_at == now
    assert first.decision.reason.source.startswith("https://")


def test_a_token_used_an_hour_ago_says_from_when_it_may_be_used_again(
    db: database.Database, now: datetime
) -> None:
    people = casting.enter(db, now)
    with db.writer(people.rosewood) as session:
        session.exec(select(Consent)).one().last_used_at = now - HOUR
        person = session.get_one(Subscriber, people.dao)
        person.country, person.region = "FR", Region.EU
        session.commit()
        dao = explained(session, people.dao, Kind.SUBSCRIPTION, now, people.topic)
    assert dao.decision.held
    assert (dao.next_legal_at, dao.changes_at) == (now + 47 * HOUR, now + 47 * HOUR)
    assert [str(s.words) for s in dao.timeline][1] == "As a subscription message"


def test_every_kind_is_explained_and_every_topic_they_were_asked_about(
    db: database.Database, now: datetime
) -> None:
    people = casting.enter(db, now)
    with db.reader(people.rosewood) as session:
        called = {row.id: row for row in topics.all_of(session)}
        kinds = {
            name: [
                (it.kind, it.topic.slug if it.topic else None)
                for it in explaining.every_kind(known(session, person), called, now)
            ]
            for name, person in (("Ana", people.ana), ("Dao", people.dao))
        }
    rest = [(Kind.SPONSORED, None), (Kind.UTILITY, None)]
    assert kinds["Ana"] == [(Kind.STANDARD, None), *rest]
    assert kinds["Dao"] == [(Kind.STANDARD, None), (Kind.SUBSCRIPTION, "price-drops"), *rest]


@pytest.mark.parametrize(
    ("facts", "kind", "hours", "remark"),
    [
        ({"region": Region.UNKNOWN}, Kind.SUBSCRIPTION, 0, explaining.STRICTEST),
        ({"region": Region.EU}, Kind.UTILITY, 0, explaining.TEMPLATE),
        ({"region": Region.EU}, Kind.STANDARD, -48, explaining.PAST),
    ],
)
def test_what_a_reader_must_know_is_remarked(
    db: database.Database, now: datetime, facts: dict[str, int], kind: Kind, hours: int,
    remark: object,
) -> None:  # fmt: skip
    people = casting.enter(db, now)
    with db.writer(people.rosewood) as session:
        person = session.get_one(Subscriber, people.dao)
        for name, value in facts.items():
            setattr(person, name, int(value))
        session.commit()
        topic = session.get(Topic, people.topic) if kind is Kind.SUBSCRIPTION else None
        grounds = explaining.grounds(session, person, BOOK, now)
        at = now + hours * HOUR
        assert remark in explaining.explain(grounds, kind, at, now, topic).remarks


def test_people_may_answer_by_hand_longer_than_a_broadcast_may(
    db: database.Database, now: datetime
) -> None:
    people = casting.enter(db, now)
    with db.reader(people.rosewood) as session:
        ben = explained(session, people.ben, Kind.STANDARD, now)
    until = now - 48 * HOUR + timedelta(days=7)
    assert not ben.decision.allowed
    said = [str(remark) for remark in ben.remarks]
    assert until == datetime(2026, 11, 27, 12, tzinfo=UTC)
    assert said == [
        "People may answer by hand until Fri 27 Nov 2026, 12:00 UTC; a broadcast may not."
    ]


def test_a_stopped_channel_is_said(db: database.Database, now: datetime) -> None:
    people = casting.enter(db, now)
    with db.writer(people.rosewood) as session:
        session.get_one(Channel, people.channel).state = "stopped"
        session.commit()
        ana = explained(session, people.ana, Kind.STANDARD, now)
    assert explaining.STOPPED in ana.remarks


@pytest.mark.parametrize(
    ("at", "words"),
    [
        ("2016-11-13T23:59:59+00:00", "The rulebook begins on 2016-11-14."),
        ("0001-01-01T00:00:00+00:00", "The rulebook begins on 2016-11-14."),
        ("2028-11-23T12:00:00+00:00", "Nobody knows the rules of a day that far ahead."),
        ("9999-12-31T23:59:59+00:00", "Nobody knows the rules of a day that far ahead."),
    ],
)
def test_a_moment_outside_the_book_is_refused(
    db: database.Database, now: datetime, at: str, words: str
) -> None:
    people = casting.enter(db, now)
    with db.reader(people.rosewood) as session:
        grounds = known(session, people.ana)
        with pytest.raises(Invalid) as refused:
            explaining.explain(grounds, Kind.STANDARD, datetime.fromisoformat(at), now)
    assert words in str(refused.value.errors["at"][0])


def test_the_first_moment_of_the_book_is_answered(db: database.Database, now: datetime) -> None:
    people = casting.enter(db, now)
    with db.reader(people.rosewood) as session:
        first = datetime.fromisoformat("2016-11-14T00:00:00+00:00")
        for kind in Kind:
            found = explaining.explain(known(session, people.ana), kind, first, now)
            assert found.timeline[0].starts_at == first
