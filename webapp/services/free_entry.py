"""WhatsApp's free 72 hours: somebody came by an ad, we answered within a day, all is free then.

They begin at our answer, not at the message: the first thing written to the person in the 24 hours
after it, by whatever app (facts A1). They are reckoned anew from all that is stored about the
person, so the order in which events come does not matter. Only messages that say they came from an
ad count: no event is known to tell of a Page's button, nor whether a post's is free.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session

from webapp.domain.event import WHATSAPP, EventKind
from webapp.domain.event import Event as Told
from webapp.domain.policy.rulebook import Rulebook
from webapp.models.channel import Channel
from webapp.models.subscriber import Subscriber
from webapp.store import events

RULE = "whatsapp.free_entry.72h"  # its params say how long
HOURS = 72
ANSWERED_WITHIN = timedelta(hours=24)
RECEIPTS = frozenset({EventKind.DELIVERY, EventKind.READ, EventKind.FAILED})


def reckon(
    session: Session, channel: Channel, person: Subscriber, told: Told, book: Rulebook
) -> None:
    """Keep when this person's free time ends. Nothing is reckoned without a word from an ad."""
    if channel.platform != WHATSAPP or told.kind in RECEIPTS:
        return
    ads = events.ad_messages(session, person.id or 0)
    answers = (_answer(session, person, asked) for asked in ads)
    ends = [at + _length(at, book) for at in answers if at is not None]
    person.free_entry_ends_at = max(ends) if ends else None


def _answer(session: Session, person: Subscriber, asked: datetime) -> datetime | None:
    return events.first_echo(session, person.id or 0, asked, asked + ANSWERED_WITHIN)


def _length(at: datetime, book: Rulebook) -> timedelta:
    rule = book.rule(RULE, at)
    hours = rule.params.get("hours") if rule else None
    return timedelta(hours=float(hours)) if hours else timedelta(hours=HOURS)
