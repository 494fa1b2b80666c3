"""Two rows that turn out to be one person become one. Nothing of either is lost.

What the other row was sent stays with it: the ledger is not rewritten, and its counts stay true.
What it did, wants and is called goes over; of two wishes the stricter one follows from their times,
as for any person. It is then no longer somebody to write to.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col

from webapp.domain.consent import Action
from webapp.models.raw_event import Event
from webapp.models.subscriber import Subscriber
from webapp.services import consents
from webapp.store import attributes, keys, segment_members, tags
from webapp.store import consents as consent_store

FILLED = (
    "first_name", "last_name", "locale", "timezone", "country", "city", "gender", "source",
)  # fmt: skip


def join(session: Session, person: Subscriber, other: Subscriber, now: datetime) -> None:
    """`other` becomes part of `person`, in the caller's transaction."""
    session.execute(
        update(Event).where(col(Event.subscriber_id) == other.id).values(subscriber_id=person.id)
    )
    _windows(person, other)
    _names(person, other)
    _belongings(session, person, other)
    _wishes(session, person, other, now)
    former = other.key
    _retire(session, other, now)
    for row in keys.of(session, other.id or 0):
        if row.key != person.key:
            keys.keep(session, person, row.key, row.ended_at)
    keys.forget(session, [other.id or 0])
    keys.keep(session, person, former)


def _windows(person: Subscriber, other: Subscriber) -> None:
    """The later of everything that grows, the earlier of everything that begins."""
    mine, theirs = _window(person), _window(other)
    if theirs > mine:
        person.window_opener = other.window_opener
        person.window_opened_at = other.window_opened_at
        person.window_ends_at = other.window_ends_at
    for name in ("last_inbound_at", "last_sent_at", "free_entry_ends_at", "window_closed_at"):
        setattr(person, name, _latest(getattr(person, name), getattr(other, name)))
    first = [at for at in (person.first_seen_at, other.first_seen_at) if at is not None]
    person.first_seen_at = min(first) if first else None
    if person.unavailable_at is None or other.unavailable_at is None:
        person.unavailable_at = None


def _window(person: Subscriber) -> tuple[str, str, str]:
    at = (person.window_ends_at, person.window_opened_at)
    written = [moment.isoformat() if moment else "" for moment in at]
    return written[0], written[1], person.window_opener or ""


def _latest(one: datetime | None, other: datetime | None) -> datetime | None:
    found = [at for at in (one, other) if at is not None]
    return max(found) if found else None


def _names(person: Subscriber, other: Subscriber) -> None:
    for name in FILLED:
        if getattr(person, name) is None:
            setattr(person, name, getattr(other, name))
    person.name_folded = person.name_folded or other.name_folded
    person.region = person.region or other.region


def _belongings(session: Session, person: Subscriber, other: Subscriber) -> None:
    pairs = {(person.id or 0, tag) for _, tag in tags.worn(session, [other.id or 0])}
    tags.put(session, person.brand_id, pairs - tags.worn(session, [person.id or 0]))
    attributes.hand_over(session, other.id or 0, person.id or 0)
    segment_members.hand_over(session, other.id or 0, person.id or 0)


def _wishes(session: Session, person: Subscriber, other: Subscriber, now: datetime) -> None:
    """Every act of consent is recorded again for the one who stays, with its time and proof."""
    for row in consent_store.ledger(session, other.id or 0):
        consents.record(
            session, person, Action(row.action), row.topic_id, at=row.at, now=now,
            wording=row.wording, source=row.source, evidence=row.evidence, token=row.token,
            token_expires_at=row.token_expires_at,
        )  # fmt: skip


def _retire(session: Session, other: Subscriber, now: datetime) -> None:
    """What waits for this row in a broadcast is skipped: its person has another row."""
    other.key = f"joined-{other.id}"
    other.erased_at = other.opted_out_at = other.updated_at = now
    other.name_folded = ""
    session.add(other)
    session.flush()
