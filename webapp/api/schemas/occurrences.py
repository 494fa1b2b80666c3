from __future__ import annotations

from datetime import datetime

from pydantic import Field

from webapp.api.schemas.base import Answer, Body, Time
from webapp.api.schemas.broadcasts import Totals


class Occurrence(Answer):
    """One run of a broadcast: due, skipped, planning, sending, paused, done, missed, cancelled."""

    number: int
    state: str
    due_at: datetime
    awaits_until: datetime | None = Field(description="In mode window: the end of its period.")
    started_at: datetime | None
    finished_at: datetime | None
    note: str | None
    totals: Totals | None = Field(description="Null before it has started.")


class OccurrenceChange(Body):
    """One of the two."""

    skipped: bool | None = None
    due_at: Time | None = None
