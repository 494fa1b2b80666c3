"""A few hundred random people with everything a segment may ask for, gaps included."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlmodel import Session, col, select

from tests.cast import Cast
from webapp.domain.delivery import DeliveryState
from webapp.domain.subscriber import AttributeType
from webapp.domain.subscriber import AttributeValue as Value
from webapp.models.broadcast import Broadcast
from webapp.models.delivery import Delivery
from webapp.models.import_job import ImportedSubscriber, ImportJob
from webapp.models.opt_in import Consent, OptIn, Topic
from webapp.models.raw_event import Event
from webapp.models.segment import Segment, SegmentMember
from webapp.models.subscriber import Subscriber
from webapp.store import attributes, tags
from webapp.store import consents as ledger

ATTRIBUTES = {
    "shop": AttributeType.TEXT,
    "orders": AttributeType.NUMBER,
    "spent": AttributeType.MONEY,
    "birthday": AttributeType.DATE,
    "bought_at": AttributeType.TIME,
    "member": AttributeType.YESNO,
    "sizes": AttributeType.LIST,
}
TEXTS: dict[str, list[str | None]] = {
    "country": ["BR", "MX", "FR", None],
    "locale": ["pt_BR", "pt", "en_US", "PT_br", "", None],
    "timezone": ["America/Recife", "Asia/Bangkok", None],
    "city": ["Recife", "SÃO PAULO", "São Paulo", "Gießen", "GIESSEN", "100%", "İzmir", "", None],
    "gender": ["female", "male", None],
    "first_name": ["Ana", "ana", "Đặng", "", None],
    "last_name": ["Souza", "O'Neil", "a_b", None],
    "source": ["message", "import", None],
}
BROADCASTS, FROZEN = 2, 2  # the first ids in a fresh database
LIVE: list[dict[str, object]] = [  # the ids after the frozen ones
    {"any": [{"field": "country", "op": "is", "value": "BR"}, {"field": "window", "op": "open"}]},
    {"all": [{"field": "segment", "op": "member", "value": 3},
             {"field": "segment", "op": "not_member", "value": 1}]},
]  # fmt: skip
TAGS, TOPICS, SIZES = ["vip", "press", "VIP"], ["price-drops", "events"], ["s", "m", "l"]


def enter(session: Session, cast: Cast, now: datetime, chance: random.Random, size: int) -> None:
    """Writes `size` people of Rosewood; `chance` decides everything."""
    made = {
        name: attributes.add(session, cast.rosewood, name, name, type_).id or 0
        for name, type_ in ATTRIBUTES.items()
    }
    tag_ids = tags.ensure(session, cast.rosewood, TAGS)
    events = Topic(brand_id=cast.rosewood, slug="events", name="Events")
    jobs = [
        ImportJob(
            brand_id=cast.rosewood, channel_id=cast.channel, filename="a", path="a", created_at=now
        )
        for _ in range(2)
    ]
    session.add_all([events, *jobs, *_broadcasts(cast, now), *_segments(cast, now)])
    session.flush()
    for number in range(size):
        person = _person(cast, now, chance, number)
        session.add(person)
        session.flush()
        key = person.id or 0
        tags.put(session, cast.rosewood, [(key, tag_ids[t]) for t in TAGS if chance.random() < 0.3])
        attributes.put(
            session,
            cast.rosewood,
            {
                (key, made[name]): (type_, _value(type_, now, chance))
                for name, type_ in ATTRIBUTES.items()
                if chance.random() < 0.6
            },
        )
        for topic in (cast.topic, events.id or 0):
            if chance.random() < 0.5:
                _consent(session, cast, key, topic, now, chance)
        session.add_all(_doings(cast, key, number, now, chance))
        session.add_all(_kept(cast, key, chance))
        for job in jobs:
            if chance.random() < 0.4:
                session.add(
                    ImportedSubscriber(
                        brand_id=cast.rosewood, import_job_id=job.id, subscriber_id=key
                    )
                )
    session.flush()


def stir(session: Session, cast: Cast, now: datetime, chance: random.Random) -> None:
    """Many people change in some way, once: what is known, who they are, what they did."""
    tag_ids = list(tags.ensure(session, cast.rosewood, TAGS).values())
    for person in session.exec(select(Subscriber)).all():
        _stir_person(session, cast, person, now, chance)
        if chance.random() < 0.2:
            tags.take(session, [person.id or 0], chance.choice(tag_ids))
    for row in session.exec(select(Delivery).where(col(Delivery.sent_at).is_not(None))):
        if chance.random() < 0.3:
            row.read_at = row.delivered_at = moment(now, chance)
    for consent in session.exec(select(Consent)):
        if chance.random() < 0.2:
            consent.state = chance.choice(["active", "stopped"])
            consent.token_expires_at = _perhaps(chance, moment(now, chance))
    for member in session.exec(select(SegmentMember)):
        if chance.random() < 0.2:
            session.delete(member)
    session.flush()


def _stir_person(
    session: Session, cast: Cast, person: Subscriber, now: datetime, chance: random.Random
) -> None:
    if chance.random() < 0.3:
        name = chance.choice(list(TEXTS))
        setattr(person, name, chance.choice(TEXTS[name]))
    if chance.random() < 0.3:
        person.window_ends_at = _perhaps(chance, moment(now, chance))
    if chance.random() < 0.05:
        person.erased_at = now
    if chance.random() < 0.2:
        session.add_all(_events(cast, person.id or 0, f"again-{person.id}", now, chance))


def moment(now: datetime, chance: random.Random) -> datetime:
    """Often exactly on an edge that a condition may name."""
    days = timedelta(days=chance.choice([0, 1, 7, 30, -1, -7]))
    return now - days + timedelta(microseconds=chance.choice([-1, 0, 0, 1, 3_600_000_000]))


def _perhaps(chance: random.Random, value: datetime) -> datetime | None:
    return value if chance.random() < 0.7 else None


def _person(cast: Cast, now: datetime, chance: random.Random, number: int) -> Subscriber:
    return Subscriber(
        brand_id=cast.rosewood,
        channel_id=cast.channel,
        key=f"crowd-{number}",
        last_inbound_at=_perhaps(chance, moment(now, chance)),
        first_seen_at=_perhaps(chance, moment(now, chance)),
        window_ends_at=_perhaps(chance, moment(now, chance)),
        opted_out_at=now if chance.random() < 0.2 else None,
        unavailable_at=now if chance.random() < 0.2 else None,
        erased_at=now if chance.random() < 0.1 else None,
        created_at=now,
        updated_at=now,
        **{name: chance.choice(choices) for name, choices in TEXTS.items()},
    )


def _value(type_: AttributeType, now: datetime, chance: random.Random) -> Value:
    choices: dict[AttributeType, Value] = {
        AttributeType.TEXT: chance.choice(["Siam", "siam", "Rivoli", "Straße"]),
        AttributeType.NUMBER: Decimal(chance.choice([0, 1, 5, -3])),
        AttributeType.MONEY: chance.choice([Decimal("0.1"), Decimal("19.99"), Decimal(20)]),
        AttributeType.DATE: chance.choice(
            [now.date() - timedelta(days=n) for n in (0, 1, 7, 30)] + [date(1999, 12, 31)]
        ),
        AttributeType.TIME: moment(now, chance),
        AttributeType.YESNO: chance.random() < 0.5,
        AttributeType.LIST: tuple(chance.sample(SIZES, chance.randint(1, 3))),
    }
    return choices[type_]


def _consent(
    session: Session, cast: Cast, person: int, topic: int, now: datetime, chance: random.Random
) -> None:
    act = OptIn(
        brand_id=cast.rosewood,
        subscriber_id=person,
        topic_id=topic,
        action="opt_in",
        at=now,
        recorded_at=now,
    )
    ledger.append(session, [act])
    session.add(
        Consent(
            brand_id=cast.rosewood,
            subscriber_id=person,
            topic_id=topic,
            state=chance.choice(["active", "stopped"]),
            opt_in_id=act.id,
            since=now,
            token_expires_at=_perhaps(chance, moment(now, chance)),
        )
    )


def _broadcasts(cast: Cast, now: datetime) -> list[Broadcast]:
    return [
        Broadcast(
            brand_id=cast.rosewood,
            channel_id=cast.channel,
            name=f"No. {number}",
            kind="standard",
            created_at=now,
            updated_at=now,
        )
        for number in range(1, BROADCASTS + 1)
    ]


def _segments(cast: Cast, now: datetime) -> list[Segment]:
    frozen: list[tuple[str, dict[str, object]]] = [("frozen", {"all": []})] * FROZEN
    return [
        Segment(
            brand_id=cast.rosewood,
            name=f"No. {number}",
            tree=tree,
            kind=kind,
            frozen_at=now if kind == "frozen" else None,
            created_at=now,
            updated_at=now,
        )
        for number, (kind, tree) in enumerate([*frozen, *(("live", it) for it in LIVE)], 1)
    ]


def _kept(cast: Cast, person: int, chance: random.Random) -> list[SegmentMember]:
    return [
        SegmentMember(brand_id=cast.rosewood, segment_id=number, subscriber_id=person)
        for number in range(1, FROZEN + 1)
        if chance.random() < 0.4
    ]


def _doings(
    cast: Cast, person: int, number: int, now: datetime, chance: random.Random
) -> list[Delivery | Event]:
    sent = [
        _delivery(cast, person, broadcast, run, now, chance)
        for broadcast in range(1, BROADCASTS + 1)
        for run in (1, 2)
        if chance.random() < 0.6
    ]
    return [*sent, *_events(cast, person, str(number), now, chance)]


def _delivery(
    cast: Cast, person: int, broadcast: int, run: int, now: datetime, chance: random.Random
) -> Delivery:
    row = Delivery(
        brand_id=cast.rosewood,
        broadcast_id=broadcast,
        occurrence=run,
        subscriber_id=person,
        channel_id=cast.channel,
        state=int(DeliveryState.SKIPPED),
    )
    if chance.random() < 0.8:
        row.state, row.sent_at = int(DeliveryState.SENT), moment(now, chance)
        for name in ("delivered_at", "read_at", "clicked_at", "replied_at"):
            setattr(row, name, _perhaps(chance, moment(now, chance)))
    return row


def _events(cast: Cast, person: int, key: str, now: datetime, chance: random.Random) -> list[Event]:
    return [
        Event(
            brand_id=cast.rosewood,
            channel_id=cast.channel,
            subscriber_id=person,
            kind=kind,
            act=act,
            key=f"{key}-{number}",
            at=moment(now, chance),
        )
        for number, (kind, act) in enumerate(
            [("message", "wrote"), ("message", "wrote"), ("postback", "tapped"), ("read", None)]
        )
        if chance.random() < 0.4
    ]
