"""The message as one person would get it: through the sender's own renderer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from webapp.domain import message as messages
from webapp.domain import segment as rules
from webapp.domain.content import Content
from webapp.domain.errors import Invalid
from webapp.domain.subscriber import Facts
from webapp.models.broadcast import Broadcast
from webapp.models.channel import Channel
from webapp.models.subscriber import Subscriber
from webapp.services import listing, recipients
from webapp.store import facts as known
from webapp.store import variables

SHOWN = 8  # people to look as
NOBODY = Facts()  # of whom nothing is known: every variable shows its fallback


@dataclass(frozen=True)
class Preview:
    """On `platform`; `person` None: as somebody of whom nothing is known."""

    platform: str
    content: Content
    person: Subscriber | None
    fallback: bool


def preview(
    session: Session, broadcast: Broadcast, content: Content, person_id: int | None, now: datetime
) -> Preview:
    """As this subscriber of the broadcast's channel; as nobody when there is no such person."""
    person = session.get(Subscriber, person_id) if person_id else None
    if person is not None and person.channel_id != broadcast.channel_id:
        person = None
    found = known.of(session, [person.id or 0], now) if person is not None else {}
    facts = found.get(person.id or 0, NOBODY) if person is not None else NOBODY
    rendered = messages.render(content, facts)
    platform = session.get_one(Channel, broadcast.channel_id).platform
    return Preview(platform, rendered, person, messages.uses_fallback(content, facts))


def people(session: Session, broadcast: Broadcast, search: str, now: datetime) -> list[Subscriber]:
    """A few people of the audience to look as: those who wrote last, or whose name matches. By the
    sets: it is asked at every change of the message."""
    channel, words = broadcast.channel_id, search.strip()
    try:
        node = recipients.rule_of(session, broadcast)
        found = listing.examples(session, node, channel, words, now, SHOWN)
        if found is None:
            clause = recipients.audience_clause(session, rules.to_json(node), now)
            found = variables.examples(session, channel, clause, words, SHOWN)
    except Invalid:
        return []
    return list(found)
