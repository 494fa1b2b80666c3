"""What the platform answered one sender, until it is written down."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import Session

from webapp.domain.brake import Brake
from webapp.services import braking, recording
from webapp.services.recording import Outcome


@dataclass
class Unwritten:
    """Kept for as long as it cannot be written down, the database being away."""

    outcomes: list[Outcome] = field(default_factory=list)
    since: datetime | None = None  # the first of them
    urgent: bool = False  # one of them stops more than its own row
    brakes: dict[int, Brake] = field(default_factory=dict)  # by run

    def hear(self, outcomes: Iterable[Outcome], now: datetime) -> None:
        new = list(outcomes)
        self.since = self.since if self.outcomes else now
        self.outcomes += new
        self.urgent = self.urgent or any(map(recording.stops_others, new))

    def has_waited(self, span: timedelta, now: datetime) -> bool:
        return bool(self.outcomes) and self.since is not None and now >= self.since + span

    def record(self, session: Session, worker_id: int, now: datetime) -> None:
        """In the caller's transaction; `clear` once that is committed."""
        if self.outcomes:
            recording.record(session, worker_id, self.outcomes, now)
            braking.feel(session, self.brakes, self.outcomes, now)

    def clear(self) -> None:
        self.outcomes, self.urgent = [], False
