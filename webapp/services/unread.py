"""After a downtime what people said meanwhile counts before anybody is written to."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from webapp.store import raw_events, workers

log = logging.getLogger(__name__)


@dataclass
class Unread:
    """What one sender found in the inbox when it began, until it is understood."""

    newest: int | None = None  # the last webhook that waited then

    def begin(self, session: Session) -> None:
        self.newest = raw_events.newest_new(session)
        if self.newest is not None:
            waiting = raw_events.waiting(session)
            log.info("nobody is written to before what people said is read: %d webhooks", waiting)

    def is_over(self, session: Session) -> bool:
        if self.newest is not None and not raw_events.is_new_up_to(session, self.newest):
            log.info("what people said is read: sending goes on")
            self.newest = None
        return self.newest is None


def holds_everybody(session: Session, now: datetime) -> bool:
    """Whether no sender may write to anybody yet: the one that began first waits for its inbox,
    and so do all that began later."""
    began_at = workers.first_began_at(session, now)
    return began_at is not None and raw_events.is_new_since_before(session, began_at)
