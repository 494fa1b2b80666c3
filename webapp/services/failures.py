"""What a late failure says about the person: WhatsApp accepts first and tells later that a message
was not delivered.

The platform's word beats ours, and counts from its own time: what the person did after it stands.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session

from webapp.domain.event import Event as Told
from webapp.domain.event import EventKind
from webapp.domain.retry import PersonEffect
from webapp.models.subscriber import Subscriber
from webapp.services import consents
from webapp.store import consents as consent_store

A_DAY = timedelta(hours=24)  # the least that WhatsApp asks to wait after its cap per person
WEBHOOK = "webhook"


def affect(session: Session, person: Subscriber, told: Told, now: datetime) -> None:
    """In the caller's transaction; events that are no failure change nothing."""
    if told.kind is not EventKind.FAILED:
        return
    match told.effect:
        case PersonEffect.CLOSE_WINDOW:
            close_window(person, told.at)
        case PersonEffect.UNAVAILABLE:
            _lose(person, told.at)
        case PersonEffect.STOP_TOPIC:
            consents.stop_all(
                session, person, at=told.at, now=now, source=WEBHOOK, evidence=told.key
            )
        case PersonEffect.NEXT_ELIGIBLE:
            _wait(session, person, told.at)
        case _:
            return


def close_window(person: Subscriber, at: datetime) -> None:
    """Closed at `at`: only what the person did after it keeps a window open."""
    person.window_closed_at = max(at, person.window_closed_at or at)
    opened, ends = person.window_opened_at, person.window_ends_at
    if ends is not None and ends > at and (opened is None or opened <= at):
        person.window_ends_at = at


def _lose(person: Subscriber, at: datetime) -> None:
    heard = [seen for seen in (person.last_inbound_at, person.window_opened_at) if seen is not None]
    if not heard or max(heard) < at:
        person.unavailable_at = max(at, person.unavailable_at or at)


def _wait(session: Session, person: Subscriber, at: datetime) -> None:
    for row in consent_store.standing_rows(session, person.id or 0):
        row.next_eligible_at = max(at + A_DAY, row.next_eligible_at or at)
        session.add(row)
