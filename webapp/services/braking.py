"""The brake on a run of which too much is refused or not clearly answered: it pauses, says why."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from datetime import datetime

from sqlmodel import Session

from webapp.domain.brake import Brake, Felt
from webapp.domain.retry import Accepted, Ambiguous, RefusedPerson
from webapp.domain.wording import Sentence, say
from webapp.services import recording
from webapp.services.recording import Outcome

FELT: Mapping[type, Felt] = {
    Accepted: Felt.TAKEN,
    RefusedPerson: Felt.REFUSED,
    Ambiguous: Felt.UNCLEAR,
}


def feel(
    session: Session, brakes: MutableMapping[int, Brake], outcomes: Sequence[Outcome], now: datetime
) -> None:
    """Let the brake of each run (by its id) feel what came of its messages."""
    for run_id in {it.claim.occurrence_id for it in outcomes}:
        mine = [it for it in outcomes if it.claim.occurrence_id == run_id]
        if brakes.setdefault(run_id, Brake()).feel(filter(None, map(_felt, mine))):
            _pause(session, brakes.pop(run_id), mine, now)


def _felt(it: Outcome) -> Felt | None:
    """None for what is asked again later, and for what stops more than its own row by itself."""
    return FELT.get(type(it.answer))


def _pause(session: Session, brake: Brake, outcomes: Sequence[Outcome], now: datetime) -> None:
    """A run that is resumed is watched anew: its brake is gone. What made it too much is among
    `outcomes`: one that was taken never does."""
    claim, last = next(
        (it.claim, it.answer)
        for it in reversed(outcomes)
        if isinstance(it.answer, RefusedPerson | Ambiguous)
    )
    unclear = brake.count(Felt.UNCLEAR) > brake.count(Felt.REFUSED)
    sentence = (_unclear if unclear else _refused)(brake, str(last.sentence))
    recording.pause(session, claim.broadcast_id, claim.occurrence_id, sentence, now)


def _refused(brake: Brake, why: str) -> Sentence:
    return say(
        "Paused: %(refused)s of the last %(last)s messages were refused. The latest reason: "
        "%(why)s",
        refused=brake.count(Felt.REFUSED),
        last=len(brake.recent),
        why=why,
    )


def _unclear(brake: Brake, why: str) -> Sentence:
    return say(
        "Paused: of the last %(last)s messages %(unclear)s had no clear answer, so nobody knows "
        "whether they arrived, and none is sent again by itself. Resume when the platform answers "
        "again. The latest: %(why)s",
        unclear=brake.count(Felt.UNCLEAR),
        last=len(brake.recent),
        why=why,
    )
