"""SQL finds exactly the people the pure `matches` finds, on both databases."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select

from tests import cast as casting
from tests.cast import Cast
from tests.store import crowd
from webapp import db as database
from webapp.domain import segment
from webapp.domain.segment_fields import Field, Op, ValueKind, fields
from webapp.models.subscriber import Subscriber
from webapp.store import facts, segments

FIELDS = fields(crowd.ATTRIBUTES)
PEOPLE, TREES = 300, 150


@pytest.fixture
def cast(db: database.Database, now: datetime) -> Cast:
    return casting.enter(db, now)


def _word(field: Field, chance: random.Random) -> str:
    words: list[Any] = [*crowd.TEXTS.get(field.name, []), "a", "ss", "ÃO", "nobody"]
    if field.name == "language":
        words = ["pt", "en", "PT", "fr"]
    if field.name == "tag":
        words = [*crowd.TAGS, "unknown"]
    if field.name == "topic":
        words = [*crowd.TOPICS, "unknown"]
    if field.name.startswith("attr."):
        words = ["Siam", "STRASSE", "riv", *crowd.SIZES]
    return str(chance.choice([word for word in words if word]))


def _value(field: Field, takes: ValueKind, now: datetime, chance: random.Random) -> object:
    day = timedelta(days=chance.choice([0, 1, 7, 30]))
    return {
        ValueKind.NOTHING: lambda: None,
        ValueKind.TEXT: lambda: _word(field, chance),
        ValueKind.TEXTS: lambda: [_word(field, chance) for _ in range(chance.randint(1, 3))],
        ValueKind.DAYS: lambda: chance.choice([1, 7, 30]),
        ValueKind.MOMENT: lambda: crowd.moment(now, chance).isoformat(),
        ValueKind.DAY: (now.date() - day).isoformat,
        ValueKind.NUMBER: lambda: chance.choice([0, 1, 5, -3, 0.1, 19.99, "20.000000"]),
        ValueKind.NUMBERS: lambda: [chance.choice([-3, 0, 0.1]), chance.choice([1, 5, 19.99])],
        ValueKind.YESNO: lambda: chance.random() < 0.5,
        ValueKind.KEY: lambda: chance.choice([1, 2, 99]),
    }[takes]()


def condition(field: Field, op: Op, now: datetime, chance: random.Random) -> dict[str, object]:
    value = _value(field, field.operators[op].takes, now, chance)
    leaf: dict[str, object] = {"field": field.name, "op": op.value}
    return leaf if value is None else {**leaf, "value": value}


def tree(now: datetime, chance: random.Random, depth: int = 0) -> dict[str, object]:
    if depth and chance.random() < 0.5 + depth / 5:
        field = chance.choice(list(FIELDS.values()))
        return condition(field, chance.choice(list(field.operators)), now, chance)
    inside = [tree(now, chance, depth + 1) for _ in range(chance.randint(0, 3))]
    return {chance.choice(["all", "any", "none"]): inside}


def test_sql_agrees_with_the_reference_person_by_person(
    db: database.Database, cast: Cast, now: datetime
) -> None:
    chance = random.Random(20261122)
    with db.writer(cast.rosewood) as session:
        crowd.enter(session, cast, now, chance, PEOPLE)
        session.commit()
        everyone = session.exec(select(Subscriber.id).where(Subscriber.erased_at == None)).all()  # noqa: E711
        known = facts.of(session, [key or 0 for key in everyone], now)
        every_operator = [
            condition(field, op, now, chance) for field in FIELDS.values() for op in field.operators
        ]
        for each in [*every_operator, *(tree(now, chance) for _ in range(TREES))]:
            node = segment.parse(each, crowd.ATTRIBUTES)
            expected = sorted(
                key for key, known_of in known.items() if segment.matches(node, known_of, now)
            )
            found = list(segments.ids(session, node, now, limit=PEOPLE + 10))
            assert found == expected, each
            assert segments.count(session, node, now) == len(expected)


def test_a_channel_narrows_and_a_cursor_goes_on(
    db: database.Database, cast: Cast, now: datetime
) -> None:
    with db.reader(cast.rosewood) as session:
        everyone = segment.EVERYONE
        assert segments.count(session, everyone, now, cast.channel) == 4
        assert segments.count(session, everyone, now, cast.other_channel) == 0
        first = segments.ids(session, everyone, now, limit=2)
        rest = segments.ids(session, everyone, now, after=first[-1])
        assert [*first, *rest] == [cast.ana, cast.ben, cast.cara, cast.dao]


def test_a_sample_begins_with_those_who_wrote_last(
    db: database.Database, cast: Cast, now: datetime
) -> None:
    with db.reader(cast.rosewood) as session:
        names = [each.first_name for each in segments.sample(session, segment.EVERYONE, now, 3)]
    assert names == ["Cara", "Ana", "Ben"]


def test_the_clause_is_of_one_brand_even_where_no_session_narrows(
    db: database.Database, cast: Cast, now: datetime
) -> None:
    node = segment.parse({"field": "topic", "op": "opted_in", "value": "price-drops"}, {})
    with db.reader(database.EVERY_BRAND) as session:
        assert segments.ids(session, node, now) == [cast.dao]


def test_a_text_from_outside_never_becomes_sql(now: datetime) -> None:
    evil = "x'); DROP TABLE subscriber; --"
    node = segment.parse({"field": "tag", "op": "has_any", "value": [evil]}, {})
    assert evil not in str(segments.clause(node, now))
