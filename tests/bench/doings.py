"""Conditions about what people did, and filters of the list of people, at 1,000,000 people.

`FANLIGHT_BENCH_DOINGS` says how many messages each person got: 20 at 1,000,000 people are
20,000,000 events. People and database: see `ground`.
"""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from tests import stage
from tests.bench import ground, report
from webapp.domain import segment
from webapp.services import audiences, listing
from webapp.store import (
    audience_memory,
    searches,
    segments,
    sums,
)
from webapp.store.searches import Search

PEOPLE = ground.people(1_000_000)
EACH = int(os.environ.get("FANLIGHT_BENCH_DOINGS", "3"))  # for each person
WARM = 20
RULES: dict[str, dict[str, Any]] = {
    "read at least once in 30 days": {
        "field": "read", "op": "at_least", "value": {"times": 1, "days": 30}},
    "received at most once in 30 days": {
        "field": "received", "op": "at_most", "value": {"times": 1, "days": 30}},
}  # fmt: skip
FILTERS = {
    "window closed": Search(window="closed"),
    "window open": Search(window="open"),
    "one country": Search(country="AU"),
    "opted out": Search(window="opted_out"),
    "a name of few": Search(text="p9999"),
    "letters of many": Search(text="p1"),
    "one letter of nobody": Search(text="zq"),
}


def run() -> list[report.Row]:
    with ground.with_people(PEOPLE) as (set_up, _):
        told = report.timed(lambda: _tell(set_up))
        rows = [report.row(f"{EACH * PEOPLE:,} doings written", "s", [told.wall])]
        for name, rule in RULES.items():
            rows += _counted(set_up, name, rule)
        return rows + [
            row for name, search in FILTERS.items() for row in _listed(set_up, name, search)
        ]


def _tell(set_up: stage.Stage) -> None:
    """Messages to everybody, days apart, two in three read; as the ledger keeps them."""
    broadcasts = [set_up.broadcast() for _ in range(EACH)]
    with ground.unwatched(set_up) as session:
        connection = session.connection()
        sums.lift(connection)
        for number, broadcast in enumerate(broadcasts):
            sent = ground.ago(set_up, number * 13 + 1, "id / 300")
            read = ground.ago(set_up, number * 13, "id * 37 % 86400")
            told = (
                "INSERT INTO delivery (brand_id, broadcast_id, occurrence, step, subscriber_id, "  # noqa: S608
                "channel_id, state, route, rule_ids, rulebook_version, price_micros, fallback, "
                f"sent_at, read_at) SELECT brand_id, {broadcast}, 1, 0, id, channel_id, 3, "
                f"'window', '', '', 0, false, {sent}, CASE WHEN (id * 7 + {number}) % 3 <> 0 "
                f"THEN {read} END FROM subscriber WHERE key LIKE 'b%' ORDER BY id"
            )
            connection.execute(text(told))
        sums.install(connection)


def _counted(set_up: stage.Stage, name: str, rule: dict[str, Any]) -> list[report.Row]:
    now, brand = set_up.clock.now(), set_up.people.rosewood
    node = segment.parse(rule, {})
    with set_up.house.db.reader(brand) as session:
        first = report.timed(lambda: audiences.count(session, node, now))
        sql = report.timed(lambda: segments.count(session, node, now))
        assert audiences.count(session, node, now) == segments.count(session, node, now)
    with set_up.house.db.reader(brand) as session:
        audience_memory.of(session).forget()
        stored = report.timed(lambda: audiences.count(session, node, now))
    warm = _each(set_up, lambda s, n: audiences.count(s, node, now + timedelta(seconds=n)))
    later = _each(set_up, lambda s, n: audiences.count(s, node, now + timedelta(days=3, seconds=n)))
    edits = [segment.parse({**rule, "value": {**rule["value"], "days": n + 2}}, {})
             for n in range(WARM)]  # fmt: skip
    edited = _each(set_up, lambda s, n: audiences.count(s, edits[n], now))
    at = now + timedelta(days=3)
    with set_up.house.db.reader(brand) as session:
        assert audiences.count(session, node, at) == segments.count(session, node, at)
    return [
        report.row(f"{name}: SQL", "ms", [sql.wall * 1000]),
        report.row(f"{name}: nothing read yet", "ms", [first.wall * 1000]),
        report.row(f"{name}: from the database's sets", "ms", [stored.wall * 1000]),
        _p95(f"{name}: p95", warm),
        _p95(f"{name}: p95 in three days", later),
        report.row(f"{name}: in three days / now", "x",
                   [statistics.median(later) / statistics.median(warm)], "target: 3"),
        _p95(f"{name}: p95 of a span nobody asked for yet", edited),
    ]  # fmt: skip


def _listed(set_up: stage.Stage, name: str, search: Search) -> list[report.Row]:
    now: datetime = set_up.clock.now()
    with set_up.house.db.reader(set_up.people.rosewood) as session:
        same = [row.id for row in listing.page(session, search, now)]
        sql = report.timed(lambda: searches.page(session, search, now))
        assert same == [row.id for row in searches.page(session, search, now)]
    warm = _each(set_up, lambda s, _n: listing.page(s, search, now))
    return [
        report.row(f"a page of people, {name}: SQL", "ms", [sql.wall * 1000]),
        _p95(f"a page of people, {name}: p95", warm),
    ]


def _each(set_up: stage.Stage, look: Callable[[Session, int], object]) -> list[float]:
    """Milliseconds of CPU, each in a session of its own."""
    spent = []
    for n in range(WARM):
        with set_up.house.db.reader(set_up.people.rosewood) as session:
            spent.append(report.timed(lambda s=session, m=n: look(s, m)).cpu * 1000)
    return spent


def _p95(name: str, spent: list[float]) -> report.Row:
    p95 = sorted(spent)[int(len(spent) * 0.95) - 1]
    return report.Row(f"{name}, CPU", "ms", p95, min(spent), max(spent), f"{PEOPLE:,} people")
