from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from webapp.api.schemas.base import Answer, Body, Time
from webapp.api.schemas.broadcasts import Totals


class Occurrence(Answer):
    """One run of a broadcast: due, skipped, planning, sending, paused, done, missed, cancelled."""

    number: int
    state: str
    due_at: datetime
    retry_of: int | None = Field(description="The run whose failed people it asks once more.")
    awaits_until: datetime | None = Field(description="In mode window: the end of its period.")
    spread_until: datetime | None = Field(description="It goes out evenly until then.")
    started_at: datetime | None
    finished_at: datetime | None
    note: str | None
    totals: Totals | None = Field(description="Null before it has started.")


class OccurrenceChange(Body):
    """One of them."""

    skipped: bool | None = None
    due_at: Time | None = Field(default=None, description="Also of one that was missed.")
    seen: Literal[True] | None = Field(
        default=None, description="Somebody has read that it was missed."
    )
