"""Planning recipients against a bare INSERT ... SELECT of the same rows.

Everyone at once; a nested segment; and with what a brand may ask for: quiet hours where people live
in six zones, a cap on messages, each by their own clock. How many, and on which database: `ground`.

The clock has kept the sets of people before, as it does all the time, and somebody has looked at
how many are meant, as whoever schedules does.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import text

from tests import stage
from tests.bench import audiences, ground, reach, report
from webapp.models.brand import Brand
from webapp.models.broadcast import Broadcast
from webapp.models.segment import Segment
from webapp.services import audience_upkeep, planning
from webapp.store import planned_rows

PEOPLE = ground.people(1_000_000)


def run() -> list[report.Row]:
    with ground.with_people(PEOPLE) as (set_up, _):
        audiences.wear(set_up)
        reach.settle_in_zones(set_up)
        rows = _planned(set_up, "everyone")
        rows += _planned(set_up, "a nested segment", segment_id=_segment(set_up))
        with _house(set_up, cap=reach.CAP):
            rows += _planned(set_up, "everyone, with a cap")
        with _house(set_up, quiet_hours=reach.NIGHT):
            rows += _planned(set_up, "everyone, six zones with quiet hours")
        return rows


def _planned(set_up: stage.Stage, whom: str, **fields: object) -> list[report.Row]:
    plans, bares, n = [], [], 0
    for _ in range(report.REPEAT):
        broadcast = set_up.broadcast(**fields)  # type: ignore[arg-type]
        _look(set_up, broadcast)
        plans.append(ground.timed(set_up, set_up.start))
        n = _rows(set_up, broadcast)
        assert set_up.totals(broadcast).audience == n
        bares.append(ground.timed(set_up, lambda b=broadcast: _copy(set_up, b)))
        _stop(set_up, broadcast)
    name = f"plan of {n:,} recipients of {PEOPLE:,}, {whom}"
    return [
        report.row(name, "s", [it.wall for it in plans], "every row with its reason"),
        report.row(f"{name}, CPU", "s", [it.cpu for it in plans]),
        report.row(f"{name}: bare INSERT ... SELECT, CPU", "s", [it.cpu for it in bares]),
        report.row(f"{name}: plan / bare, CPU", "x", _ratios(plans, bares), "target: 1.2"),
    ]


def _look(set_up: stage.Stage, broadcast: int) -> None:
    house, now = set_up.house, set_up.clock.now()
    audience_upkeep.rebuild(house.db, now, budget_s=math.inf)
    audience_upkeep.tend(house.db, now)
    with house.db.reader(set_up.people.rosewood) as session:
        planning.forecast(session, session.get_one(Broadcast, broadcast), now, house.book)


def _ratios(plans: Sequence[report.Timing], bares: Sequence[report.Timing]) -> list[float]:
    return [plan.cpu / bare.cpu for plan, bare in zip(plans, bares, strict=True)]


def _segment(set_up: stage.Stage) -> int:
    now = set_up.clock.now()
    with set_up.house.db.writer(set_up.people.rosewood) as session:
        row = Segment(brand_id=set_up.people.rosewood, name="Nested", tree=audiences.nested(),
                      created_at=now, updated_at=now)  # fmt: skip
        session.add(row)
        session.commit()
        return row.id or 0


@contextmanager
def _house(set_up: stage.Stage, **rules: dict[str, Any]) -> Iterator[None]:
    """The brand keeps these rules for a while."""
    _keep(set_up, **rules)
    yield
    _keep(set_up, **dict.fromkeys(rules))


def _keep(set_up: stage.Stage, **rules: dict[str, Any] | None) -> None:
    with set_up.house.db.writer(set_up.people.rosewood) as session:
        brand = session.get_one(Brand, set_up.people.rosewood)
        for name, value in rules.items():
            setattr(brand, name, value)
        session.commit()


def _rows(set_up: stage.Stage, broadcast: int) -> int:
    query = text("SELECT count(*) FROM delivery WHERE broadcast_id = :b")
    with set_up.house.db.reader(set_up.people.rosewood) as session:
        return int(session.connection().execute(query, {"b": broadcast}).scalar() or 0)


def _copy(set_up: stage.Stage, broadcast: int) -> None:
    """The same columns of the same rows into the same table, as another step."""
    columns = ", ".join(planned_rows.PLANNED)
    chosen = columns.replace("step,", "step + 1,")
    copy = text(
        f"INSERT INTO delivery ({columns}) SELECT {chosen} FROM delivery WHERE broadcast_id = :b"  # noqa: S608
    )
    with set_up.house.db.writer(set_up.people.rosewood) as session:
        session.connection().execute(copy, {"b": broadcast})
        session.commit()


def _stop(set_up: stage.Stage, broadcast: int) -> None:
    """Nothing of this plan is to be sent."""
    with set_up.house.db.writer(set_up.people.rosewood) as session:
        session.connection().execute(
            text("UPDATE occurrence SET state = 'cancelled' WHERE broadcast_id = :b"),
            {"b": broadcast},
        )
        session.commit()
