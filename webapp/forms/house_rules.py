"""Quiet hours and a cap as a form: each is off where its box is not ticked."""

from __future__ import annotations

from datetime import time
from typing import Literal

from pydantic import Field

from webapp.domain.cap import MOST_DAYS, MOST_MESSAGES, Cap
from webapp.domain.errors import Invalid
from webapp.domain.quiet_hours import QuietHours, Then
from webapp.domain.wording import Sentence, say
from webapp.forms.reading import Form


class HouseRulesForm(Form):
    quiet: bool = False
    start: time | None = None
    end: time | None = None
    then: Literal["hold", "skip"] = "hold"
    capped: bool = False
    messages: int | None = Field(default=None, ge=1, le=MOST_MESSAGES)
    days: int | None = Field(default=None, ge=1, le=MOST_DAYS)

    def quiet_hours(self) -> QuietHours | None:
        """Raises Invalid by field."""
        if not self.quiet:
            return None
        clocks = {"start": self.start, "end": self.end}
        _require(dict(clocks), say("Give a time of day like 22:00."))
        return QuietHours.parse(
            {**{name: f"{it:%H:%M}" for name, it in clocks.items()}, "then": Then(self.then)}
        )

    def cap(self) -> Cap | None:
        """Raises Invalid by field."""
        if not self.capped:
            return None
        counts = {"messages": self.messages, "days": self.days}
        _require(dict(counts), say("Fill this in."))
        return Cap.parse(counts)


def _require(values: dict[str, object], sentence: Sentence) -> None:
    missing = {name: [sentence] for name, value in values.items() if value is None}
    if missing:
        raise Invalid(missing)
