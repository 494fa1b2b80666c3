"""Conditions that move with time, as hours between two steps of a ladder of the audience index.

What `segment_hours` asks of each row is here asked of the ladders that are kept anyway: when
windows end, when people last wrote, and what they did. Other conditions have none.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from pyroaring import BitMap64
from sqlmodel import Session

from webapp.domain.forecast import Hours
from webapp.domain.hourly_turns import Moments
from webapp.domain.segment import FieldType, Leaf, Op
from webapp.domain.segment_fields import NEGATIVES
from webapp.store import audience_parts as parts
from webapp.store import audience_traits as traits
from webapp.store import doings, hour_steps
from webapp.store.audience_ladders import Ladder
from webapp.store.audience_parts import Subject
from webapp.store.hour_steps import Always, Step, Steps

ENDS = parts.trait(traits.WINDOW_ENDS)
NO_TIME = timedelta()


class Between(NamedTuple):
    """The hours from which and up to which the positive condition holds for whoever is on a ladder;
    for others it never does."""

    about: Subject
    begin: Step
    end: Step


def between(leaf: Leaf, hours: Hours) -> Between | None:
    """None for a condition that no ladder tells."""
    op = NEGATIVES.get(leaf.op, leaf.op)
    if leaf.type is FieldType.WINDOW:
        return _of_window(leaf, op, hours)
    if leaf.type is FieldType.DOING:
        days = timedelta(days=doings.wanted_of(leaf).days or 0)
        ever = parts.subject(replace(leaf, op=op)).base
        return Between(ever, Always(0), _up_to(hours, -days))
    if leaf.field == "last_inbound_at":
        return _of_last_word(leaf, op, hours)
    return None


def at(about: Subject, now: datetime) -> Between | None:
    """Of a condition at one moment."""
    return between(about.leaf, Hours(now, 1)) if about.leaf else None


def holding(
    session: Session, about: Subject, ladder: Ladder, now: datetime, told: Between
) -> BitMap64:
    """For whom a condition holds, by the ladder that tells it."""
    sure, unsure = hour_steps.of_rungs(ladder, (told.begin, told.end))
    inside = [people for (begin, end), people in sure.items() if begin == 0 < end]
    return BitMap64.union(parts.among(session, about, now, unsure), *inside)


def _of_window(leaf: Leaf, op: Op, hours: Hours) -> Between | None:
    if op is Op.OPEN:
        return Between(ENDS, Always(0), _before(hours, NO_TIME))
    if op is Op.CLOSES_WITHIN:
        within = timedelta(hours=int(leaf.value))  # type: ignore[arg-type]
        return Between(ENDS, _before(hours, within), _before(hours, NO_TIME))
    return None


def _of_last_word(leaf: Leaf, op: Op, hours: Hours) -> Between | None:
    days = timedelta(days=int(leaf.value)) if isinstance(leaf.value, int) else NO_TIME
    if op is Op.WITHIN_DAYS:
        return Between(parts.BY_LAST_WORD, _before(hours, NO_TIME), _up_to(hours, -days))
    if op is Op.OVER_DAYS_AGO:
        return Between(parts.BY_LAST_WORD, _up_to(hours, -days), Always(hours.count))
    if op is Op.IN_COMING_DAYS:
        return Between(parts.BY_LAST_WORD, _before(hours, days), _up_to(hours, NO_TIME))
    return None


def _before(hours: Hours, later: timedelta) -> Steps:
    return Steps(Moments(hours.first + later, hours.count))


def _up_to(hours: Hours, later: timedelta) -> Steps:
    return Steps(Moments(hours.first + later, hours.count), including=True)
