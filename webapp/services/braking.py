"""The brake on a run of which too much is refused: it pauses, and says why."""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from datetime import datetime

from sqlmodel import Session

from webapp.domain.brake import Brake
from webapp.domain.retry import Accepted, RefusedPerson
from webapp.domain.wording import say
from webapp.services import recording
from webapp.services.recording import Outcome


def feel(
    session: Session, brakes: MutableMapping[int, Brake], outcomes: Sequence[Outcome], now: datetime
) -> None:
    """Let the brake of each run (by its id) feel what came of its messages."""
    for run_id in {it.claim.occurrence_id for it in outcomes}:
        mine = [it for it in outcomes if it.claim.occurrence_id == run_id]
        if _is_too_much(brakes.setdefault(run_id, Brake()), mine):
            _pause(session, brakes.pop(run_id), mine, now)


def _is_too_much(brake: Brake, outcomes: Sequence[Outcome]) -> bool:
    told = [it.answer for it in outcomes if isinstance(it.answer, Accepted | RefusedPerson)]
    return brake.feel(isinstance(answer, RefusedPerson) for answer in told)


def _pause(session: Session, brake: Brake, outcomes: Sequence[Outcome], now: datetime) -> None:
    """A run that is resumed is watched anew: its brake is gone."""
    claim, last = next(
        (it.claim, it.answer) for it in reversed(outcomes) if isinstance(it.answer, RefusedPerson)
    )
    sentence = say(
        "Paused: %(refused)s of the last %(last)s messages were refused. The latest reason: "
        "%(why)s",
        refused=brake.refused,
        last=len(brake.recent),
        why=str(last.sentence),
    )
    recording.pause(session, claim.broadcast_id, claim.occurrence_id, sentence, now)
