"""People by single digits of their rows: what `hour_columns` finds no set of the index for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pyroaring import BitMap64
from sqlalchemy import ColumnElement, true
from sqlmodel import Session, col, select

from webapp.models.subscriber import Subscriber
from webapp.store import hour_steps, id_lists, situations, standings
from webapp.store.hour_steps import Classes
from webapp.store.segment_hours import Inside
from webapp.store.standings import Look


def of_people(
    session: Session, look: Look, channel_id: int, name: str, people: BitMap64
) -> Classes:
    """These people by what `standings` calls by that name."""
    consent = situations.consent_of(look.view)
    digits = [it.expression for it in standings.digits_of(look, consent) if it.name == name]
    rows = _rows(look, consent, id_lists.people(session, list(people)), channel_id)
    return hour_steps.listed(session, col(Subscriber.id), digits, rows)


def of_segment(
    session: Session, look: Look, channel_id: int, inside: Inside, places: Sequence[int]
) -> Classes:
    """All people of the channel by some digits of a segment."""
    digits = [inside.digits[it] for it in places]
    rows = _rows(look, situations.consent_of(look.view), true(), channel_id)
    return hour_steps.listed(session, col(Subscriber.id), digits, rows)


def _rows(look: Look, consent: Any, clause: ColumnElement[bool], channel_id: int) -> Any:
    query: Any = select(col(Subscriber.id)).select_from(Subscriber)
    return situations.narrowed(query, look.view, consent, clause, channel_id)
