"""Why nothing at all is being sent: ordered by a person, or because the database may be old."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from webapp.domain.wording import Sentence, say


class Cause(StrEnum):
    """Only a person ends a halt, whatever began it."""

    STOPPED = "stopped"  # somebody stopped everything
    RESTORED = "restored"  # a backup was restored
    BEHIND = "behind"  # this machine has sent later than the database remembers


_WORDS = {
    Cause.STOPPED: say("Everything was stopped by %(name)s."),
    Cause.RESTORED: say(
        "A backup was restored. What was sent after it was made is not in it, and would be sent "
        "again."
    ),
    Cause.BEHIND: say(
        "The database is older than the last message sent from this machine. What was sent since "
        "would be sent again."
    ),
}


@dataclass(frozen=True)
class Halt:
    """Nothing is sent in the whole installation since `at`."""

    cause: Cause
    at: datetime
    by: str = ""  # a person's name, where a person ordered it

    @property
    def sentence(self) -> Sentence:
        return say(_WORDS[self.cause].text, name=self.by or "fanlight")
