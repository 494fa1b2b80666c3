"""Consent as it comes in: each act is written to the ledger, then what holds now is worked out.

These are steps of a larger use case (an event applied, an import, a person's page), so they flush
and never commit. An act counts from `at`, when the person did it; arriving late changes nothing
about that. The same act told twice is written once.

The person is locked first, so two who write at once follow one another, and what each works out is
worked out from all acts there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from webapp.domain import consent
from webapp.domain.consent import Action, Source
from webapp.models.opt_in import OptIn
from webapp.models.subscriber import Subscriber
from webapp.store import consents as store


def opt_in(
    session: Session,
    person: Subscriber,
    topic_id: int,
    *,
    at: datetime,
    now: datetime,
    **proof: object,
) -> OptIn | None:
    """`proof`: wording, source, evidence, token, token_expires_at, as in `models.opt_in.OptIn`."""
    return record(session, person, Action.OPT_IN, topic_id, at=at, now=now, **proof)


def stop(
    session: Session,
    person: Subscriber,
    topic_id: int,
    *,
    at: datetime,
    now: datetime,
    **proof: object,
) -> OptIn | None:
    return record(session, person, Action.STOP, topic_id, at=at, now=now, **proof)


def stop_all(
    session: Session, person: Subscriber, *, at: datetime, now: datetime, **proof: object
) -> OptIn | None:
    """STOP: no message of any kind until the person resumes. Sets `opted_out_at`."""
    return record(session, person, Action.STOP_ALL, None, at=at, now=now, **proof)


def resume(
    session: Session,
    person: Subscriber,
    topic_id: int | None = None,
    *,
    at: datetime,
    now: datetime,
    **proof: object,
) -> OptIn | None:
    """START, or one topic taken up again."""
    return record(session, person, Action.RESUME, topic_id, at=at, now=now, **proof)


def refresh(
    session: Session,
    person: Subscriber,
    topic_id: int,
    *,
    at: datetime,
    now: datetime,
    **proof: object,
) -> OptIn | None:
    """The platform gave a new token for a topic, at the person's tap."""
    return record(session, person, Action.REFRESH, topic_id, at=at, now=now, **proof)


def switch(
    session: Session,
    person: Subscriber,
    *,
    on: bool,
    at: datetime,
    now: datetime,
    **proof: object,
) -> OptIn | None:
    """Messages like ours, switched off or on again in the platform's own app."""
    act = Action.UNMUTE if on else Action.MUTE
    return record(session, person, act, None, at=at, now=now, **proof)


def record(
    session: Session,
    person: Subscriber,
    action: Action,
    topic_id: int | None,
    *,
    at: datetime,
    now: datetime,
    **proof: object,
) -> OptIn | None:
    """Append one act and bring the person's standing up to date; None when it is known already."""
    _lock(session, person)
    row = OptIn.model_validate(
        {
            "source": Source.WEBHOOK,
            **proof,
            "brand_id": person.brand_id,
            "subscriber_id": person.id,
            "topic_id": topic_id,
            "action": action.value,
            "at": min(at, now),
            "recorded_at": now,
        }
    )
    new = not _is_known(session, row)
    if new:
        store.append(session, [row])
    _project(session, person, now)
    return row if new else None


def _lock(session: Session, person: Subscriber) -> None:
    """Wait for whoever writes this person's acts, then forget what was read before they did."""
    session.flush()
    store.lock(session, [person.id or 0])
    session.refresh(person, ["opted_out_at"])


def _is_known(session: Session, row: OptIn) -> bool:
    return any(
        (known.topic_id, known.action, known.at, known.source, known.token)
        == (row.topic_id, row.action, row.at, row.source, row.token)
        for known in store.ledger(session, row.subscriber_id)
    )


def _project(session: Session, person: Subscriber, now: datetime) -> None:
    ledger = store.ledger(session, person.id or 0)
    standing = consent.standing(consent.heard(store.act(row) for row in ledger))
    topics = {int(topic): found for topic, found in standing.topics.items()}
    for topic, found in topics.items():
        store.set_standing(session, _resting_on(ledger, topic, found.since), topic, found)
    session.flush()
    store.end_standings(session, person.id or 0, topics.keys())
    stops = [row.at for row in ledger if row.action in (Action.STOP_ALL, Action.MUTE)]
    person.opted_out_at = max(stops) if standing.silent and stops else None
    person.updated_at = now
    session.add(person)
    session.flush()


def _resting_on(ledger: Sequence[OptIn], topic: int, since: datetime) -> OptIn:
    """The act a standing counts from: one on the topic itself before one on everything."""
    then = [row for row in ledger if row.at == since]
    return next((row for row in reversed(then) if row.topic_id == topic), then[-1])
