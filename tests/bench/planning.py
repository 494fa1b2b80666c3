"""Planning 1,000,000 recipients, against a bare INSERT ... SELECT of the same rows."""

from __future__ import annotations

from sqlalchemy import text

from tests import stage
from tests.bench import ground, report
from webapp.store import planned_rows

PEOPLE = 1_000_000


def run() -> list[report.Row]:
    plans: list[float] = []
    bares: list[float] = []
    cpus: list[float] = []
    with ground.with_people(PEOPLE) as (set_up, _):
        for _ in range(report.REPEAT):
            broadcast = set_up.broadcast()
            plan = report.timed(set_up.start)
            assert set_up.totals(broadcast).audience == PEOPLE + 4
            bare = report.timed(lambda b=broadcast: _copy(set_up, b))
            plans.append(plan.wall)
            cpus.append(plan.cpu)
            bares.append(bare.wall)
            _stop(set_up, broadcast)
    ratios = [plan / bare for plan, bare in zip(plans, bares, strict=True)]
    return [
        report.row(f"plan of {PEOPLE:,} recipients", "s", plans, "every row with its reason"),
        report.row(f"plan of {PEOPLE:,} recipients, CPU", "s", cpus),
        report.row("bare INSERT ... SELECT of the same rows", "s", bares, "one transaction"),
        report.row("plan / bare", "x", ratios, "target: 1.2"),
    ]


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
