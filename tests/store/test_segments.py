"""SQL finds exactly the people the pure `matches` finds, on both databases.

`agreement` may be called with more people and trees: 500 trees over 10,000 people take minutes.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from tests import cast as casting
from tests.cast import Cast
from tests.store import crowd
from webapp import db as database
from webapp.domain import segment, segment_values
from webapp.domain.segment_fields import OF_BROADCASTS, Field, Op, ValueKind, fields
from webapp.domain.subscriber import Facts
from webapp.models.subscriber import Subscriber
from webapp.store import facts, segment_rules, segment_sql, segments

FIELDS = fields(crowd.ATTRIBUTES)
PEOPLE, TREES = 150, 40


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
        ValueKind.KEY: lambda: chance.choice([1, 2, 3, 4]),
        ValueKind.HOURS: lambda: chance.choice([1, 24, 168]),
        ValueKind.PERIOD: lambda: _period(field, chance),
        ValueKind.TIMES: lambda: {**_period(field, chance), "times": chance.choice([0, 1, 2, 3])},
        ValueKind.TOPIC_DAYS: lambda: {"topic": _word(field, chance), "days": day.days + 1},
        ValueKind.SHARE: lambda: {"name": chance.choice("ab"), "percent": chance.randint(1, 99)},
    }[takes]()


def _period(field: Field, chance: random.Random) -> dict[str, object]:
    """Some days or ever, of some broadcast or any."""
    days, broadcast = chance.choice([None, 1, 7, 30]), chance.choice([None, None, 1, 2, 99])
    found: dict[str, object] = {} if days is None else {"days": days}
    if broadcast is not None and field.name in OF_BROADCASTS:
        found["broadcast"] = broadcast
    return found


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


def agreement(
    db: database.Database, cast: Cast, now: datetime, people: int, trees: int, seed: int = 20261122
) -> None:
    """Every operator and random trees, before and after random changes of the people."""
    chance = random.Random(seed)
    with db.writer(cast.rosewood) as session:
        crowd.enter(session, cast, now, chance, people)
        session.commit()
        _compare(session, now, chance, trees)
        crowd.stir(session, cast, now, chance)
        session.commit()
        _compare(session, now, chance, trees)


def _compare(session: Session, now: datetime, chance: random.Random, trees: int) -> None:
    everyone = session.exec(select(Subscriber.id).where(Subscriber.erased_at == None)).all()  # noqa: E711
    known = _known(session, [key or 0 for key in everyone], now)
    every_operator = [
        condition(field, op, now, chance) for field in FIELDS.values() for op in field.operators
    ]
    for each in [*every_operator, *(tree(now, chance) for _ in range(trees))]:
        node = segment.parse(each, crowd.ATTRIBUTES)
        asked = segment_rules.expanded(session, node)
        expected = sorted(key for key, who in known.items() if segment.matches(asked, who, now))
        found = list(segments.ids(session, node, now, limit=len(everyone) + 10))
        assert found == expected, each
        assert segments.count(session, node, now) == len(expected)


def _known(session: Session, ids: list[int], now: datetime) -> dict[int, Facts]:
    known: dict[int, Facts] = {}
    for first in range(0, len(ids), 2000):
        known |= facts.of(session, ids[first : first + 2000], now)
    return known


def test_sql_agrees_with_the_reference_person_by_person(
    db: database.Database, cast: Cast, now: datetime
) -> None:
    agreement(db, cast, now, PEOPLE, TREES)


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


EVIL = "x'); DROP TABLE subscriber; --"


@pytest.mark.parametrize(
    "leaf",
    [
        {"field": "tag", "op": "has_any", "value": [EVIL]},
        {"field": "city", "op": "ends_with", "value": EVIL},
        {"field": "topic", "op": "expires_within", "value": {"topic": EVIL, "days": 1}},
        {"field": "share", "op": "in_share", "value": {"name": EVIL, "percent": 1}},
    ],
)
def test_a_text_from_outside_never_becomes_sql(leaf: dict[str, object], now: datetime) -> None:
    node = segment.parse(leaf, {})
    assert EVIL.casefold() not in str(segment_sql.clause(node, now)).casefold()


def test_the_longest_conditions_are_still_sql(
    db: database.Database, cast: Cast, now: datetime
) -> None:
    words = [f"w{number}" for number in range(segment_values.MOST_TEXTS)]
    with db.reader(cast.rosewood) as session:
        for op in ("has_all", "has_none"):
            node = segment.parse({"field": "tag", "op": op, "value": words}, {})
            assert segments.count(session, node, now) == (0 if op == "has_all" else 4)
        share = {"field": "share", "op": "in_share", "value": {"name": "a", "percent": 99}}
        most = segment.parse({"any": [share] * segment.MOST_LEAVES}, {})
        assert segments.count(session, most, now) >= 3
