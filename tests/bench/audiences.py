"""The audience index at 1,000,000 people with 4,000,000 tags: a preview against the same in SQL.

Larger, and on PostgreSQL: see `ground`.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from tests import stage
from tests.bench import ground, report
from webapp.domain import segment
from webapp.domain.segment import Node
from webapp.services import audiences
from webapp.store import audience_memory, segments

PEOPLE = ground.people(1_000_000)
TAGS = 40
WARM = 40  # previews of which the 95th percentile is told
CHANGED = 150  # people who changed since the sets were read


def nested(country: str = "BR") -> dict[str, Any]:
    """Three levels, with tags and moving windows."""
    return {"all": [
        {"field": "country", "op": "in", "value": [country, "MX", "US"]},
        {"any": [
            {"field": "tag", "op": "has_any", "value": ["t1", "t2", "t3"]},
            {"all": [{"field": "last_inbound_at", "op": "within_days", "value": 1},
                     {"field": "tag", "op": "has_not", "value": "t7"}]},
        ]},
        {"none": [{"field": "opted_out", "op": "is", "value": True},
                  {"field": "tag", "op": "has", "value": "t9"}]},
    ]}  # fmt: skip


def run() -> list[report.Row]:
    with ground.with_people(PEOPLE) as (set_up, _):
        wear(set_up)
        return _previews(set_up)


def wear(set_up: stage.Stage) -> None:
    """Four of forty tags for everyone, by the database itself."""
    brand = set_up.people.rosewood
    with ground.unwatched(set_up) as session:
        connection = session.connection()
        named = text("INSERT INTO tag (brand_id, name) VALUES (:brand, :name)")
        connection.execute(named, [{"brand": brand, "name": f"t{n}"} for n in range(TAGS)])
        for k in range(4):
            worn = (
                "INSERT INTO subscriber_tag (brand_id, subscriber_id, tag_id) "  # noqa: S608
                "SELECT s.brand_id, s.id, t.id FROM subscriber s JOIN tag t ON t.brand_id = "
                f"s.brand_id AND t.name = 't' || ((s.id * 7 + {k * 11}) % {TAGS}) "
                "WHERE s.key LIKE 'b%'"
            )
            connection.execute(text(worn))


def _previews(set_up: stage.Stage) -> list[report.Row]:
    now, brand = set_up.clock.now(), set_up.people.rosewood
    node = segment.parse(nested(), {})
    with set_up.house.db.reader(brand) as session:
        cold = report.timed(lambda: audiences.count(session, node, now))
        sql = [report.timed(lambda: segments.count(session, node, now)) for _ in range(3)]
        found, expected = audiences.count(session, node, now), segments.count(session, node, now)
        assert found == expected, (found, expected)
    with set_up.house.db.reader(brand) as session:  # who sees what the last one wrote down
        audience_memory.of(session).forget()
        stored = report.timed(lambda: audiences.count(session, node, now))
    warm = _warm(set_up, lambda session, at: audiences.count(session, node, at), now)
    edited = _edits(set_up, now)
    later = _warm(set_up, lambda session, at: audiences.count(session, node, at),
                  now + timedelta(days=2))  # fmt: skip
    _change(set_up)
    dirty = _warm(set_up, lambda session, at: audiences.count(session, node, at), now)
    with set_up.house.db.reader(brand) as session:
        assert audiences.count(session, node, now) == segments.count(session, node, now)
    slow = statistics.median(it.wall for it in sql) * 1000
    name = f"preview of a nested segment, {PEOPLE:,} people"
    return [
        report.row(f"{name}: SQL", "ms", [it.wall * 1000 for it in sql]),
        report.row(f"{name}: nothing read yet", "ms", [cold.wall * 1000]),
        report.row(f"{name}: from the database's sets", "ms", [stored.wall * 1000]),
        _p95(f"{name}: p95", warm, "target: 10"),
        report.row("preview / SQL", "x", [_p95_of(warm) / slow], "target: 0.02"),
        _p95(f"{name}: p95 with {CHANGED} people changed", dirty),
        _p95(f"{name}: p95 in two days", later),
        report.row("preview in two days / now", "x",
                   [statistics.median(later) / statistics.median(warm)], "target: 3"),
        _p95(f"{name}: p95 of a condition nobody asked for yet", edited),
    ]  # fmt: skip


def _warm(
    set_up: stage.Stage, look: Callable[[Session, datetime], object], at: datetime
) -> list[float]:
    """Milliseconds, each in a session of its own, as requests have it, seconds apart."""
    spent = []
    for n in range(WARM + 3):
        with set_up.house.db.reader(set_up.people.rosewood) as session:
            moment = at + timedelta(seconds=n)
            spent.append(report.timed(lambda s=session, m=moment: look(s, m)).wall * 1000)
    return spent[3:]


def _edits(set_up: stage.Stage, now: datetime) -> list[float]:
    """One condition is another one each time; everything else is known."""
    spent = []
    for n in range(10, 30):
        tree = nested()
        tree["all"][2]["none"][1]["value"] = f"t{n}"
        edited: Node = segment.parse(tree, {})
        with set_up.house.db.reader(set_up.people.rosewood) as session:
            spent.append(
                report.timed(lambda s=session, e=edited: audiences.count(s, e, now)).wall * 1000
            )
    return spent


def _change(set_up: stage.Stage) -> None:
    with set_up.house.db.writer(set_up.people.rosewood) as session:
        changed = (
            "UPDATE subscriber SET last_inbound_at = updated_at, country = 'MX' "  # noqa: S608
            f"WHERE id % {PEOPLE // CHANGED} = 3"
        )
        session.connection().execute(text(changed))
        session.commit()


def _p95_of(spent: list[float]) -> float:
    return sorted(spent)[int(len(spent) * 0.95) - 1]


def _p95(name: str, spent: list[float], note: str = "") -> report.Row:
    return report.Row(name, "ms", _p95_of(spent), min(spent), max(spent), note)
