"""What each month aims for: people reached, and money at most."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from sqlmodel import Session

from webapp import db
from webapp.domain.permission import Actor
from webapp.models.campaign import Target
from webapp.store import audits, targets

MEASURES: Final = ("reach", "budget")  # messages; millionths of the brand's currency
Aims = Mapping[tuple[date, str], int | None]


def save(session: Session, actor: Actor, year: int, aims: Aims, now: datetime) -> int:
    """Sets these months' targets of the year; None takes one away. Answers how many changed."""
    actor.require("target.edit")
    held = {(row.month, row.measure): row for row in targets.rows(session, year)}
    changed: dict[str, int | None] = {}
    for (month, measure), value in sorted(aims.items()):
        row = held.get((month, measure))
        if month.year == year and value != (row.value if row else None):
            _set(session, row, month, measure, value)
            changed[f"{measure} {month:%Y-%m}"] = value
    if changed:
        audits.add(session, actor, db.brand_of(session), "target.edit", None, now, **changed)
        session.commit()
    return len(changed)


def _set(
    session: Session, row: Target | None, month: date, measure: str, value: int | None
) -> None:
    if row is None:
        row = Target(brand_id=db.brand_of(session), month=month, measure=measure, value=value or 0)
        session.add(row)
    elif value is None:
        session.delete(row)
    else:
        row.value = value
        session.add(row)
